"""A damaged segment: set aside as `.damaged`, replaced by what was readable of it.

The replacement keeps the segment's UUID and every record's seq, so what was stored already stays stored, and a batch
that may have been sent is sent again under its own token. `settle()` completes an exchange that a crash interrupted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zlib import crc32

from gateway.journal import wal
from gateway.journal.names import Names, sync_directory
from gateway.journal.segment import PAGE, Row, schema

# A damaged inner page hides some thousands of records; behind that many in a row nothing more is looked for.
LONGEST_GAP = 50_000
_HEADER = 100  # bytes
_MOST_TIMES = 1_000


def extract(names: Names) -> int:
    """Builds the replacement from the raw files, before SQLite may touch them; answers how many records it has.

    Raises OSError or sqlite3.Error where even that cannot be written (a full disk): nothing has changed then.
    """
    copy = names.path("rescue")
    for path in (copy, names.salvaged):
        path.unlink(missing_ok=True)
    shutil.copyfile(names.segment, copy)
    wal.apply(names.wal, copy)
    _lengthen(copy)
    if names.wal.exists() and not names.damaged_wal.exists():
        # Another name for it: closing the damaged database may unlink the WAL, and it is evidence.
        os.link(names.wal, names.damaged_wal)
    count = 0
    with closing(sqlite3.connect(names.salvaged, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous = FULL")
        target.executescript(schema())
        target.execute("BEGIN")
        target.execute("INSERT INTO segment VALUES (?, 0, NULL)", (names.uuid,))
        with contextlib.suppress(sqlite3.Error), closing(_open_copy(copy)) as source:
            for row in _readable(source):
                target.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?)", row)
                count += 1
            with contextlib.suppress(sqlite3.Error):
                chains = source.execute("SELECT * FROM chains").fetchall()
                target.executemany("INSERT INTO chains VALUES (?, ?, ?, ?, ?, ?)", chains)
        target.execute("COMMIT")
    for path in names.directory.glob(f"{names.uuid}.rescue*"):
        path.unlink(missing_ok=True)
    sync_directory(names.directory)
    return count


def exchange(names: Names) -> None:
    """Puts the replacement in the damaged segment's place. A crash may follow any step; `settle()` goes on."""
    if names.segment.exists():
        names.segment.replace(names.damaged)
    if names.wal.exists():
        names.wal.replace(names.damaged_wal)
    names.shm.unlink(missing_ok=True)
    names.salvaged.replace(names.segment)
    sync_directory(names.directory)


def settle(names: Names) -> None:
    """Completes an interrupted exchange, or drops a replacement that was not yet complete."""
    if names.salvaged.exists():
        if names.segment.exists():
            names.salvaged.unlink()
        else:
            exchange(names)


def _lengthen(copy: Path) -> None:
    """Gives a copy the length that its header tells of: SQLite reads nothing of a file that is cut short.

    Format: https://www.sqlite.org/fileformat2.html#the_database_header
    """
    with copy.open("r+b") as file:
        header = file.read(_HEADER)
        if len(header) == _HEADER and header.startswith(b"SQLite format 3\0"):
            page, pages = int.from_bytes(header[16:18]), int.from_bytes(header[28:32])
            length, told = file.seek(0, os.SEEK_END), page * pages
            if (
                length < told <= _MOST_TIMES * max(length, PAGE)
            ):  # a header that is damaged itself may tell of terabytes
                file.truncate(told)


def _open_copy(copy: Path) -> sqlite3.Connection:
    database = sqlite3.connect(copy, isolation_level=None)
    with contextlib.suppress(sqlite3.Error):
        # The pages of its WAL are in the copy already.
        database.execute("PRAGMA journal_mode = DELETE")
    return database


def _readable(source: sqlite3.Connection) -> Iterator[Row]:
    """Every record whose page and checksum are sound, stepping over those that are not."""
    try:
        source.execute("SELECT 1 FROM records LIMIT 0").fetchone()
    except sqlite3.Error:  # not even the table's definition is left
        return
    seq, gap = 0, 0
    while gap < LONGEST_GAP:
        try:
            for values in source.execute(
                "SELECT seq, stream, payload, at, crc FROM records WHERE seq > ? ORDER BY seq", (seq,)
            ):
                seq = values[0]
                row = sound(values)
                if row is not None:
                    gap = 0
                    yield row
            return
        except (sqlite3.Error, UnicodeDecodeError):
            seq += 1
            gap += 1


def sound(values: tuple[object, ...]) -> Row | None:
    """The record, or None where a column is not what was written."""
    match values:
        case (int(seq), str(stream), bytes(payload), float(at), int(crc)) if crc32(payload) == crc:
            return Row(seq, stream, payload, at, crc)
        case _:
            return None
