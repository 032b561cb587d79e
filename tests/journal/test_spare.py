"""A full disk: hits are refused, consents go on in the spare room, and once there is room again everything does."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import JournalFull, Unavailable
from gateway.journal.journal import Journal
from tests.faults.stand import small_disk
from tests.journal.journals import make_journal, payloads


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "16m") as mounted:
        if mounted is None:
            pytest.skip("only root may mount a small disk")
        yield mounted


def fill(path: Path) -> None:
    with path.open("ab") as file, contextlib.suppress(OSError):
        while True:
            os.write(file.fileno(), bytes(1024))


async def told(journal: Journal, payload: bytes, *, reserve: bool) -> str:
    try:
        await journal.append("hits", [payload], reserve=reserve)
    except Unavailable as error:
        assert error.retry_after
        return type(error).__name__
    return "ok"


def test_consents_go_on_while_the_disk_is_full(disk: Path) -> None:
    async def run() -> None:
        journal = make_journal(disk / "journal", spare_bytes=4_000_000)
        journal.open()
        assert await told(journal, b"before", reserve=False) == "ok"
        fill(disk / "ballast")
        while (refusal := await told(journal, b"x" * 9000, reserve=False)) == "ok":
            pass
        assert refusal == "Unavailable", "the commit that failed"
        async with asyncio.timeout(30):
            while not journal.is_writable():
                await asyncio.sleep(0.02)
        assert await told(journal, b"a hit", reserve=False) == JournalFull.__name__
        assert [await told(journal, b"consent %d" % n, reserve=True) for n in range(100)] == ["ok"] * 100
        (disk / "ballast").unlink()
        async with asyncio.timeout(30):
            while await told(journal, b"after", reserve=False) != "ok":
                await asyncio.sleep(0.05)
        journal.close()

    asyncio.run(run())
    found = set(payloads(disk / "journal"))
    assert {b"before", b"after", *(b"consent %d" % n for n in range(100))} <= found
    assert b"a hit" not in found


def test_it_opens_on_a_disk_that_is_full(disk: Path) -> None:
    async def run() -> None:
        journal = make_journal(disk / "journal", spare_bytes=4_000_000)
        journal.open()
        journal.close()
        fill(disk / "ballast")
        journal.open()
        assert await told(journal, b"a hit", reserve=False) == JournalFull.__name__
        assert await told(journal, b"a consent", reserve=True) == "ok"
        journal.close()

    asyncio.run(run())
    assert payloads(disk / "journal") == [b"a consent"]


def test_a_spare_of_nothing_takes_no_room(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path, spare_bytes=0)
        journal.open()
        assert await told(journal, b"a hit", reserve=False) == "ok"
        journal.close()

    asyncio.run(run())
    assert not list(tmp_path.glob("*.spare"))
