"""Several processes: one that ends is replaced, one that cannot start ends all, none outlives who started it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from gateway import settings_loader
from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.settings_loader import Loaded
from gateway.workers import Workers, hang_up
from tests.running.gateways import SITE


def fails(_loaded: Loaded, _sockets: list[socket.socket], _words: Connection) -> None:
    raise SystemExit(1)


def serves(loaded: Loaded, _sockets: list[socket.socket], words: Connection) -> None:
    """Notes its process with the sites it was given, and stays until SIGTERM; notes when it is to reload."""
    note = loaded.settings.data_dir / str(os.getpid())
    signal.signal(signal.SIGHUP, lambda *_: note.write_text("told"))
    note.write_text(",".join(site.name for site in loaded.settings.sites))
    words.send(True)
    while True:
        signal.pause()


@pytest.fixture
def handlers() -> Iterator[None]:
    """Puts back what handled signals before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def notes(folder: Path) -> dict[int, str]:
    """What each worker that ever was wrote down."""
    return {int(path.name): path.read_text() for path in folder.iterdir() if path.name.isdigit()}


def running(loaded: Loaded, act: Callable[[], None]) -> None:
    """Run the workers while `act` does something to them in a thread; its end is theirs."""
    failures: list[BaseException] = []

    def acting() -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=acting)
    thread.start()
    Workers(serves, loaded, []).run()
    thread.join()
    if failures:
        raise failures[0]


@pytest.mark.usefixtures("handlers")
def test_one_that_is_killed_is_replaced_and_all_reload_together_what_is_sound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'workers = 2\ndata_dir = "{tmp_path}"\n[clickhouse]\nurl = "http://127.0.0.1:9"\n{SITE}')
    loaded = settings_loader.read(config, {})

    def act() -> None:
        until(lambda: list(notes(tmp_path).values()) == ["Shop", "Shop"])
        sound = config.read_text()
        config.write_text(sound.replace('"Shop"', '""'))
        hang_up(tmp_path)
        until(lambda: "nothing changed" in caplog.text)
        assert list(notes(tmp_path).values()) == ["Shop", "Shop"]
        config.write_text(sound.replace('"Shop"', '"Store"'))
        hang_up(tmp_path)
        until(lambda: list(notes(tmp_path).values()) == ["told", "told"])
        os.kill(min(notes(tmp_path)), signal.SIGKILL)
        until(lambda: sorted(notes(tmp_path).values()) == ["Store", "told", "told"])

    running(loaded, act)
    assert not any(Path(f"/proc/{pid}").exists() for pid in notes(tmp_path)), "stopped with the others"
    with pytest.raises(GatewayError, match="No gateway runs"):
        hang_up(tmp_path)


def test_a_worker_that_cannot_start_ends_all(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="A worker did not start"):
        Workers(fails, Loaded(Settings(workers=2, data_dir=tmp_path)), []).run()
