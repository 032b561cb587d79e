from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.secrets import rotate, signing_keys
from gateway.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_is_made_once_and_private(settings: Settings) -> None:
    old = os.umask(0)
    try:
        (key,) = signing_keys(settings)
    finally:
        os.umask(old)
    assert len(key) == 64
    assert signing_keys(settings) == (key,)
    folder = settings.data_dir / "keys"
    assert (mode(settings.data_dir), mode(folder), mode(folder / "signing-0001.key")) == (0o700, 0o700, 0o600)
    assert [path.name for path in folder.iterdir()] == ["signing-0001.key"]


def test_rotation_puts_the_newest_first(settings: Settings) -> None:
    (first,) = signing_keys(settings)
    assert rotate(settings).name == "signing-0002.key"
    assert rotate(settings).name == "signing-0003.key"
    keys = signing_keys(settings)
    assert len(set(keys)) == 3
    assert keys[-1] == first
    (settings.data_dir / "keys" / "signing-0001.key").unlink()
    assert signing_keys(settings) == keys[:2]


def test_processes_starting_together_agree(settings: Settings) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: signing_keys(settings), range(64)))) == 1


def test_given_keys_are_used_and_nothing_is_written(settings: Settings) -> None:
    given = Settings(data_dir=settings.data_dir, signing_keys=("new" * 11, "old" * 11))
    assert signing_keys(given) == (b"new" * 11, b"old" * 11)
    assert not settings.data_dir.exists()
    with pytest.raises(SettingsError):
        rotate(given)


@pytest.mark.parametrize("name", ["keys", "keys/signing-0001.key"])
def test_what_others_can_read_is_refused(settings: Settings, name: str) -> None:
    signing_keys(settings)
    (settings.data_dir / name).chmod(0o750 if name == "keys" else 0o640)
    with pytest.raises(SettingsError, match="others than the gateway's user"):
        signing_keys(settings)


def test_a_damaged_key_is_refused_without_showing_it(settings: Settings) -> None:
    signing_keys(settings)
    (settings.data_dir / "keys" / "signing-0001.key").write_text("half-a-key")
    with pytest.raises(SettingsError) as caught:
        signing_keys(settings)
    assert "half-a-key" not in str(caught.value)
    assert "signing-0001.key" in caught.value.problems[0].key


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"):
        signing_keys(Settings(data_dir=tmp_path / "file"))
