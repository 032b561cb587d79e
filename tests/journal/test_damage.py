"""Damaged files: set aside, what is readable goes on, nothing stops the start."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from gateway.journal import salvage
from gateway.journal.chains import Chain, keep_heads, last_heads
from gateway.journal.names import Names
from gateway.journal.reader import Damaged, Segments
from gateway.journal.segment import SegmentWriter
from tests.journal.journals import append_all, make_journal, payloads, read_all

COUNT = 200


def crashed(directory: Path, *, finished: bool = False) -> Names:
    """A directory as a killed writer leaves it: one segment with its WAL, locks free."""
    origin = directory / "origin"

    async def run() -> None:
        journal = make_journal(origin)
        journal.open()
        for n in range(0, COUNT, 4):
            await append_all(journal, "hits", *[b"%d " % (n + k) + b"x" * 900 for k in range(4)])
        if finished:
            journal.close()
        for path in origin.iterdir():
            if not path.name.endswith("-shm"):
                shutil.copyfile(path, directory / path.name)
        journal.close()

    asyncio.run(run())
    shutil.rmtree(origin)
    (segment,) = directory.glob("*.segment")
    return Names(directory, segment.stem)


def flip(path: Path, offset: int, length: int = 1) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        found = file.read(length)
        file.seek(offset)
        file.write(bytes(byte ^ 0xFF for byte in found))


def numbers(directory: Path) -> list[int]:
    return [int(payload.split()[0]) for payload in payloads(directory)]


def starts_and_works(directory: Path) -> None:
    async def run() -> None:
        journal = make_journal(directory)
        journal.open()
        await journal.append("hits", [b"9999 new"])
        journal.close()

    asyncio.run(run())
    assert 9999 in numbers(directory)


def test_a_crashed_segment_is_whole(tmp_path: Path) -> None:
    damaged: list[int] = []
    names = crashed(tmp_path)
    records = read_all(tmp_path, lambda: damaged.append(1))[names.uuid]
    assert [record.seq for record in records] == list(range(1, COUNT + 1))
    assert not damaged


def test_a_torn_tail_loses_only_the_commit_that_was_torn(tmp_path: Path) -> None:
    damaged: list[int] = []
    names = crashed(tmp_path)
    with names.wal.open("r+b") as file:
        file.truncate(names.wal.stat().st_size - 1000)
    found = [record.seq for record in read_all(tmp_path, lambda: damaged.append(1))[names.uuid]]
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= COUNT - 4
    assert not damaged, "a torn tail is what a crash leaves"


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_flipped_byte_in_the_log_costs_little_and_is_noticed(tmp_path: Path, at: float) -> None:
    damaged: list[int] = []
    names = crashed(tmp_path)
    frames = (names.wal.stat().st_size - 32) // 4120
    flip(names.wal, 32 + int(frames * at) * 4120 + 2000)
    found = [record.seq for record in read_all(tmp_path, lambda: damaged.append(1))[names.uuid]]
    assert damaged
    assert len(found) > COUNT - 12, "what stands behind the damage is rescued"
    assert names.damaged.exists()
    assert names.damaged_wal.exists()
    starts_and_works(tmp_path)


def test_flipped_bytes_in_payloads_are_noticed(tmp_path: Path) -> None:
    damaged: list[int] = []
    names = crashed(tmp_path, finished=True)
    content = names.segment.read_bytes()
    flip(names.segment, content.index(b"x" * 800) + 100)
    segments = Segments(tmp_path, lambda: damaged.append(1))
    (segment,) = segments.claimed()
    with pytest.raises(Damaged, match="checksum") as error:
        segment.read(0, 1000, 10**9)
    segments.salvage(segment, error.value)
    assert len(segment.read(0, 1000, 10**9)) == COUNT - 1
    segments.release()
    assert damaged


@pytest.mark.parametrize("page", [0, 1, 4, 20])
def test_a_damaged_page_costs_its_records(tmp_path: Path, page: int) -> None:
    names = crashed(tmp_path, finished=True)
    flip(names.segment, page * 4096, 4096)
    segments = Segments(tmp_path, lambda: None)
    (segment,) = segments.claimed()
    try:
        found = segment.read(0, 1000, 10**9)
    except Damaged as error:
        segments.salvage(segment, error)
        found = segment.read(0, 1000, 10**9)
    segments.release()
    assert [record.seq for record in found] == sorted(record.seq for record in found)
    if page == 20:
        assert len(found) >= COUNT - 8
    starts_and_works(tmp_path)


def test_of_a_file_that_is_cut_to_half_the_first_half_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salvage, "LONGEST_GAP", 1_000)
    damaged: list[int] = []
    names = crashed(tmp_path, finished=True)
    with names.segment.open("r+b") as file:
        file.truncate(names.segment.stat().st_size // 2)
    records = read_all(tmp_path, lambda: damaged.append(1))[names.uuid]
    assert damaged
    assert COUNT // 3 < len(records) < COUNT * 2 // 3
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    starts_and_works(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 9000, bytes(100_000)])
def test_garbage_is_set_aside(tmp_path: Path, content: bytes) -> None:
    uuid = "00000000-0000-4000-8000-000000000000"
    (tmp_path / f"{uuid}.segment").write_bytes(content)
    damaged: list[int] = []
    assert read_all(tmp_path, lambda: damaged.append(1)) == {uuid: []}
    assert damaged
    assert (tmp_path / f"{uuid}.damaged").read_bytes() == content
    starts_and_works(tmp_path)


def test_a_salvaged_segment_keeps_its_name_and_numbers(tmp_path: Path) -> None:
    names = crashed(tmp_path)
    frames = (names.wal.stat().st_size - 32) // 4120
    flip(names.wal, 32 + frames // 2 * 4120 + 2000)
    ((uuid, records),) = read_all(tmp_path).items()
    assert uuid == names.uuid
    assert all(int(record.payload.split()[0]) == record.seq - 1 for record in records)


@pytest.mark.parametrize("steps", range(5))
def test_an_exchange_that_a_crash_interrupts_is_completed(tmp_path: Path, steps: int) -> None:
    names = crashed(tmp_path)
    frames = (names.wal.stat().st_size - 32) // 4120
    flip(names.wal, 32 + frames // 2 * 4120 + 2000)
    assert salvage.extract(names) > COUNT - 12
    if steps > 0:
        names.segment.replace(names.damaged)
    if steps > 1:
        names.wal.replace(names.damaged_wal)
    if steps > 2:
        names.shm.unlink(missing_ok=True)
    if steps > 3:
        names.salvaged.replace(names.segment)
    starts_and_works(tmp_path)
    assert len(numbers(tmp_path)) > COUNT - 12
    assert not names.salvaged.exists()


def test_leftovers_are_swept_but_nothing_alive_is(tmp_path: Path) -> None:
    uuid = "11111111-0000-4000-8000-000000000000"
    for ending in ("new", "lock", "claim", "delivery", "segment-wal"):
        (tmp_path / f"{uuid}.{ending}").write_bytes(b"")
    (tmp_path / f"{uuid}.damaged").write_bytes(b"evidence")

    async def run() -> None:
        alive = make_journal(tmp_path)
        alive.open()
        await alive.append("hits", [b"1"])
        second = make_journal(tmp_path)
        second.open()
        await second.append("hits", [b"2"])
        second.close()
        await alive.append("hits", [b"3"])
        alive.close()

    asyncio.run(run())
    assert [path.name for path in tmp_path.glob(f"{uuid}*")] == [f"{uuid}.damaged"]
    assert sorted(numbers(tmp_path)) == [1, 2, 3]


def test_damaged_files_are_kept_for_thirty_days(tmp_path: Path) -> None:
    uuid = "22222222-0000-4000-8000-000000000000"
    for name, days in ((f"{uuid}.damaged", 31), (f"{uuid}.damaged-wal", 29)):
        (tmp_path / name).write_bytes(b"evidence")
        os.utime(tmp_path / name, (time.time() - days * 86400,) * 2)
    starts_and_works(tmp_path)
    assert not (tmp_path / f"{uuid}.damaged").exists()
    assert (tmp_path / f"{uuid}.damaged-wal").exists()


def test_a_damaged_store_of_heads_does_not_stop_anything(tmp_path: Path) -> None:
    (tmp_path / "chains.sqlite").write_bytes(b"garbage" * 1000)
    assert last_heads(tmp_path, 0) == {}
    keep_heads(tmp_path, [Chain("consents", 0, 1, "c", 5, "aa")])
    assert last_heads(tmp_path, 0)["consents"].seq == 5
    keep_heads(tmp_path, [Chain("consents", 0, 1, "c", 4, "bb")])
    assert last_heads(tmp_path, 0)["consents"].head == "aa"


def test_sqlite_is_told_to_be_durable(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, 0.0)
    database: sqlite3.Connection = writer._database
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    writer.finish(0.0)


def test_a_log_that_is_cut_off_is_noticed_where_more_of_it_had_been_read(tmp_path: Path) -> None:
    damaged: list[int] = []
    names = crashed(tmp_path)
    segments = Segments(tmp_path, lambda: damaged.append(1))
    (segment,) = segments.claimed()
    log = names.wal.read_bytes()
    segment.progress(0, segment.last(), 0.0)
    segments.release()
    assert not damaged
    names.segment.with_suffix(".segment-wal").write_bytes(log[: len(log) // 2])
    names.shm.unlink(missing_ok=True)
    found = read_all(tmp_path, lambda: damaged.append(1))[names.uuid]
    assert len(found) <= COUNT
    assert damaged == ([1] if len(found) < COUNT else [])
    assert len(found) < COUNT
