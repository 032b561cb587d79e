"""Journal files as bad disks leave them: the gateway starts, says what was lost, sets them aside, and loses nothing else."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.journal.locks import note_in
from gateway.journal.segment import FRAME
from gateway.journal.wal import HEADER
from tests.faults.client import PATIENCE
from tests.faults.proxy import Mode
from tests.faults.stand import Stand

SET_ASIDE = "journal segment damaged: set aside"
SOME_SEGMENTS = 20.0  # seconds, in which several are begun
LEAST = 10  # records of a segment that is to be damaged, so that there is something to lose and something to keep


class Row(msgspec.Struct):
    """What tells a hit or a consent."""

    path: str = ""
    script: str = ""


class Victims(NamedTuple):
    """Four segments. A writer that was killed left the records of the first two in the write-ahead log."""

    torn: Path
    flipped: Path
    halved: Path
    garbled: Path


def four_ways(stand: Stand, number: int) -> None:
    """All processes are killed; what SQLite finds in a segment before and not afterwards counts as destroyed."""
    said = len(_words(stand))
    stand.proxy.turn(Mode.REFUSE)
    with stand.load() as load:
        load.takes(60, 6)
        # Nothing is delivered, and a worker begins another segment every two seconds.
        give_up = time.monotonic() + SOME_SEGMENTS
        while _victims(stand) is None and time.monotonic() < give_up:
            load.takes(20, 2)
        stand.kill_all()
        # A worker had just begun another one, or the other has all the connections: they are dealt out anew.
        while (victims := _victims(stand)) is None:
            assert time.monotonic() < give_up + PATIENCE, "there are segments to damage"
            stand.start()
            load.takes(60, 6)
            stand.kill_all()
        before = [_ids(segment) for segment in victims]
        known = {segment.stem: _known(segment) for segment in victims}
        _cut(_log(victims.torn), _log(victims.torn).stat().st_size - FRAME // 2)  # a disk that lied about fsync
        _flip(_log(victims.flipped), (0.3, 0.5, 0.7)[number % 3])
        _cut(victims.halved, victims.halved.stat().st_size // 2)
        victims.garbled.write_bytes(b"no database " * 2000)
        for segment, ids in zip(victims, before, strict=True):
            stand.destroyed |= ids - _ids(segment)
        stand.start()
        damaged = {segment.stem for segment in victims[1:]}
        stand.waits(lambda: {one["segment"] for one in _words(stand)[said:]} == damaged, "the log says which")
        for one in _words(stand)[said:]:
            assert one["salvaged"] + one["lost"] >= known[one["segment"]], one
            # Of garbage nothing is left, and of a small file's first half perhaps nothing.
            assert one["salvaged"] > 0 or one["segment"] != victims.flipped.stem, one
            assert (stand.data / "journal" / one["file"]).exists(), "set aside"
        stand.proxy.turn(Mode.PASS)
        load.takes()


def _victims(stand: Stand) -> Victims | None:
    """Those with the most records; None while there are too few."""
    live: list[tuple[int, Path]] = []
    finished: list[tuple[int, Path]] = []
    for segment in (stand.data / "journal").glob("*.segment"):
        count = len(_ids(segment))
        if count >= LEAST:
            (live if _log(segment).exists() and _log(segment).stat().st_size > 0 else finished).append((count, segment))
    if len(live) < 2 or len(finished) < 2:
        return None
    (_, torn), (_, flipped) = sorted(live)[-2:]
    (_, halved), (_, garbled) = sorted(finished)[-2:]
    return Victims(torn, flipped, halved, garbled)


def _known(segment: Path) -> int:
    """How many records whoever delivers it had noted that it has."""
    noted = note_in(segment.with_suffix(".claim")).split()
    return int(noted[1]) if len(noted) > 1 else 0


def _words(stand: Stand) -> list[dict[str, Any]]:
    """What was said of damaged segments."""
    lines = stand.gateway.log.read_text(errors="replace").splitlines()
    return [json.loads(line) for line in lines if SET_ASIDE in line]


def _log(segment: Path) -> Path:
    """Its write-ahead log."""
    return segment.with_name(f"{segment.name}-wal")


def _ids(segment: Path) -> set[str]:
    """Of the records that SQLite finds, in a copy, so that looking changes nothing."""
    copy = segment.parent.parent / "looked-at"
    payloads: list[bytes] = []
    with contextlib.suppress(FileNotFoundError):  # it was removed, or its log became part of it
        shutil.copyfile(segment, copy)
        shutil.copyfile(_log(segment), f"{copy}-wal")
    with contextlib.suppress(sqlite3.DatabaseError), closing(sqlite3.connect(copy)) as database:
        payloads = [payload for (payload,) in database.execute("SELECT payload FROM records")]
    for path in copy.parent.glob(f"{copy.name}*"):
        path.unlink()
    rows = [msgspec.json.decode(payload, type=Row) for payload in payloads]
    return {row.path.strip("/") or row.script for row in rows} - {""}


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def _flip(path: Path, at: float) -> None:
    """One byte, in the middle of a frame."""
    frames = (path.stat().st_size - HEADER) // FRAME
    with path.open("r+b") as file:
        file.seek(HEADER + int(frames * at) * FRAME + FRAME // 2)
        (found,) = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([found ^ 0xFF]))
