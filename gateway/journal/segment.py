"""One segment while it is being written."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from gateway.journal.chains import Chain
from gateway.journal.locks import FileLock
from gateway.journal.names import Names, sync_directory

# Up to this many rows go in as one statement: sqlite3 gives up the interpreter lock at every step and must win it back
# from the busy event loop, so a group should be one step, commit included.
ROWS_AT_ONCE = 64
PAGE = 4096
FRAME = PAGE + 24


# The same as a Row, and a third of the time to make: hits come by the thousand.
Columns = tuple[int, str, bytes, float, int]


class Row(NamedTuple):
    """One record as it is written."""

    seq: int
    stream: str
    payload: bytes
    at: float
    crc: int


class SegmentWriter:
    """Creates a fresh segment under a random UUID and appends to it. Used by one thread at a time.

    Raises OSError and sqlite3.Error.
    """

    def __init__(self, directory: Path, now: float) -> None:
        while True:
            self.names = Names(directory, str(uuid4()))
            lock = FileLock.take(self.names.writer, str(os.getpid()))
            if lock is not None:
                break
        self._lock = lock
        self.created = now
        self.records = 0
        self.size = 0  # bytes, estimated from what a commit writes to the WAL
        try:
            _create(self.names.fresh, self.names.uuid, now)
            self.names.fresh.rename(self.names.segment)
            sync_directory(directory)
            self._database = _open(self.names.segment)
        except BaseException:
            with contextlib.suppress(OSError):
                self.names.remove()
            lock.release()
            raise

    def write(self, rows: Sequence[Columns], chains: Iterable[Chain] = ()) -> int:
        """Commits rows and the heads of their chains together: all are on disk on return, none counts after an error.

        Answers by how many bytes the files grew, estimated.

        After an error the segment must be abandoned: whether that commit will be seen after a crash is not known.
        """
        heads = [(c.stream, c.slot, c.epoch, c.uuid, c.seq, c.head) for c in chains]
        if heads or len(rows) > ROWS_AT_ONCE:
            self._database.execute("BEGIN IMMEDIATE")
            for first in range(0, len(rows), ROWS_AT_ONCE):
                self._insert(rows[first : first + ROWS_AT_ONCE])
            self._database.executemany("INSERT OR REPLACE INTO chains VALUES (?, ?, ?, ?, ?, ?)", heads)
            self._database.execute("COMMIT")
        else:
            self._insert(rows)
        self.records += len(rows)
        grown = (sum([len(row[2]) for row in rows]) + 48 * len(rows)) // PAGE * FRAME + 2 * FRAME
        self.size += grown
        return grown

    def _insert(self, rows: Sequence[Columns]) -> None:
        places = ",(?,?,?,?,?)" * (len(rows) - 1)
        self._database.execute(
            f"INSERT INTO records VALUES (?,?,?,?,?){places}",  # noqa: S608 - only placeholders are added
            list(chain.from_iterable(rows)),
        )

    def finish(self, now: float) -> None:
        """Marks the segment finished, moves the WAL into it, and leaves it to readers. Never raises.

        An empty one is removed. What fails here is repeated by whoever adopts the segment.
        """
        try:
            if self.records:
                self._database.execute("UPDATE segment SET finished = ?", (now,))
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._database.close()
            if not self.records:
                self.names.remove()
        except (sqlite3.Error, OSError):
            self.abandon()
        finally:
            self._lock.release()

    def abandon(self) -> None:
        """Lets go after a failed commit, without trusting the disk with anything more. Never raises."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        self._lock.release()


def schema() -> str:
    return resources.files("gateway.journal").joinpath("segment.sql").read_text()


def _create(path: Path, uuid: str, now: float) -> None:
    """A complete, empty segment in one file, so that a `.segment` never exists without its tables."""
    database = _open(path)
    try:
        database.executescript(schema())
        database.execute("INSERT INTO segment VALUES (?, ?, NULL)", (uuid, now))
    finally:
        database.close()


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        # Automatic checkpoints would run inside a commit. The WAL is bounded by rotation, and moved when it ends.
        database.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        database.close()
        raise
    return database
