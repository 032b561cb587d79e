"""Published heads: one signed line a day, each bound to the one before; whoever changes the file is found out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.clock import FrozenClock
from gateway.consent import heads, ledger
from gateway.consent.signing import LedgerKeys
from gateway.errors import GatewayError
from gateway.journal.journal import Journal
from gateway.metrics import Metrics
from gateway.settings import Journal as JournalSettings
from tests.ledger.ledgers import BEGUN, KEYS, record


async def _write(data_dir: Path, clock: FrozenClock, rows: int) -> None:
    """A gateway that starts, writes answers and stops."""
    journal = Journal(
        data_dir / "journal",
        settings=JournalSettings(),
        clock=clock,
        metrics=Metrics(),
        seals={"consents": ledger.seal},
    )
    journal.open()
    for number in range(rows):
        await journal.append("consents", [msgspec.json.encode(record(number))])
    await asyncio.to_thread(journal.close)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(BEGUN)


def test_once_a_day_with_the_last_hash_of_each_writer(tmp_path: Path, clock: FrozenClock) -> None:
    asyncio.run(_write(tmp_path, clock, 3))
    assert heads.publish(tmp_path, clock, KEYS)
    assert not heads.publish(tmp_path, clock, KEYS), "today's is there"
    clock.advance(timedelta(days=1))
    asyncio.run(_write(tmp_path, clock, 2))
    assert heads.publish(tmp_path, clock, KEYS)
    first, second = heads.published(tmp_path, clock, KEYS)
    assert (first.seq, second.seq) == (3, 2) and first.chain != second.chain
    assert (first.waiting, second.waiting) == (False, True)
    assert (heads.file_in(tmp_path).stat().st_mode & 0o077) == 0


def test_nothing_was_published_yet(tmp_path: Path, clock: FrozenClock) -> None:
    assert heads.published(tmp_path, clock, KEYS) == []
    assert heads.publish(tmp_path, clock, KEYS), "a ledger without rows has a line without heads"
    assert heads.published(tmp_path, clock, KEYS) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(
            lambda lines: [lines[0].replace('"seq":3', '"seq":4'), *lines[1:]], "line 1: was altered", id="altered"
        ),
        pytest.param(lambda lines: [lines[0], lines[2]], "line 2: does not follow", id="a line taken out"),
        pytest.param(lambda lines: [lines[1], lines[0], lines[2]], "line 1: does not follow", id="moved"),
        pytest.param(lambda lines: ["x", *lines], "not readable", id="garbage"),
    ],
)
def test_a_changed_file_is_found_out(
    tmp_path: Path, clock: FrozenClock, change: Callable[[list[str]], list[str]], what: str
) -> None:
    asyncio.run(_write(tmp_path, clock, 3))
    for _ in range(3):
        heads.publish(tmp_path, clock, KEYS)
        clock.advance(timedelta(days=1))
    file = heads.file_in(tmp_path)
    file.write_text("\n".join(change(file.read_text().splitlines())) + "\n")
    with pytest.raises(GatewayError, match=what):
        heads.published(tmp_path, clock, KEYS)


def test_another_key_is_not_ours_and_a_rotated_one_still_is(tmp_path: Path, clock: FrozenClock) -> None:
    asyncio.run(_write(tmp_path, clock, 3))
    heads.publish(tmp_path, clock, KEYS)
    with pytest.raises(GatewayError, match="another key"):
        heads.published(tmp_path, clock, LedgerKeys([b"n" * 32]))
    assert len(heads.published(tmp_path, clock, LedgerKeys([b"n" * 32, b"k" * 32]))) == 1


def test_a_line_that_a_crash_cut_off_is_written_again(tmp_path: Path, clock: FrozenClock) -> None:
    asyncio.run(_write(tmp_path, clock, 3))
    heads.publish(tmp_path, clock, KEYS)
    file = heads.file_in(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"time":"2026-01-16T')
    clock.advance(timedelta(days=1))
    assert len(heads.published(tmp_path, clock, KEYS)) == 1
    assert heads.publish(tmp_path, clock, KEYS)
    assert file.read_bytes().startswith(whole) and len(heads.published(tmp_path, clock, KEYS)) == 2
