"""Frozen batches: which rows go under which token, decided once and durable before the first send.

A batch is (segment, table, first seq, last seq, month): the rows of that table and month between two seqs, and its token says
exactly that. Bounds only ever move forward or inward (a definitely rejected batch is halved), so a token never comes
back for other rows; and since a segment's rows never change, sending a batch again sends the identical rows.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from gateway.delivery.months import month
from gateway.journal.reader import Record

log = logging.getLogger("gateway.delivery")


class Bounds(NamedTuple):
    """Which rows of a segment one insert carries."""

    table: str
    first: int
    last: int
    month: str

    def token(self, segment: str) -> str:
        """The deduplication token: the same bounds, the same token, for ever."""
        token = f"{segment}:{self.table}:{self.first}-{self.last}"
        return f"{token}:{self.month}" if self.month else token

    def rows(self, records: Iterable[Record]) -> list[Record]:
        """Those of a table's records that belong to the batch."""
        return [
            record
            for record in records
            if self.first <= record.seq <= self.last
            and record.stream == self.table
            and month(self.table, record.payload) == self.month
        ]


class Batch(NamedTuple):
    """Bounds as they are noted in the sidecar."""

    id: int
    bounds: Bounds


def cut(records: Sequence[Record]) -> dict[Bounds, list[Record]]:
    """Records as batches, one per table and month, with the tightest bounds."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record.stream, month(record.stream, record.payload)), []).append(record)
    return {Bounds(table, rows[0].seq, rows[-1].seq, of): rows for (table, of), rows in groups.items()}


def halves(bounds: Bounds, rows: Sequence[Record]) -> dict[Bounds, list[Record]]:
    """Two batches in place of one, each with bounds strictly within. Needs at least two rows."""
    middle = len(rows) // 2
    return {
        Bounds(bounds.table, part[0].seq, part[-1].seq, bounds.month): list(part)
        for part in (rows[:middle], rows[middle:])
    }


class Batches:
    """The sidecar of one segment: a SQLite file of its own, so that the journal's commits never wait for it.

    Every change is on disk on return. Raises sqlite3.Error.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._database = _open(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            # Which rows were stored is not known any more. Sent twice they carry the same ids, and reads take one row
            # per id; not sent they would be lost.
            log.error("delivery notes damaged: segment sent anew", extra={"file": path.name, "error": str(error)})
            path.replace(path.with_name(f"{path.stem}.damaged-delivery"))
            for ending in ("-wal", "-shm", "-journal"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            self._database = _open(path)
        ((self.cut_to,),) = self._database.execute("SELECT seq FROM cut")

    def pending(self) -> list[Batch]:
        """The batches not known to be stored, oldest first."""
        return [
            Batch(id_, Bounds(table, first, last, of))
            for id_, table, first, last, of in self._database.execute(
                "SELECT id, stream, first, last, month FROM batches ORDER BY first, id"
            )
        ]

    def add(self, bounds: Iterable[Bounds], cut_to: int) -> list[Batch]:
        """Freezes the next batches; everything up to seq `cut_to` is in one now."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            added = self._insert(bounds)
            self._database.execute("UPDATE cut SET seq = ?", (cut_to,))
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self.cut_to = cut_to
        return added

    def replace(self, batch: Batch, parts: Iterable[Bounds]) -> list[Batch]:
        """Freezes parts in place of a batch that was definitely rejected."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.execute("DELETE FROM batches WHERE id = ?", (batch.id,))
            added = self._insert(parts)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        return added

    def stored(self, batch: Batch) -> None:
        """The batch needs nothing more."""
        self._database.execute("DELETE FROM batches WHERE id = ?", (batch.id,))

    def close(self) -> None:
        self._database.close()

    def _insert(self, bounds: Iterable[Bounds]) -> list[Batch]:
        added = []
        for each in bounds:
            row = self._database.execute("INSERT INTO batches (stream, first, last, month) VALUES (?, ?, ?, ?)", each)
            added.append(Batch(int(row.lastrowid or 0), each))
        return added


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(resources.files("gateway.delivery").joinpath("batches.sql").read_text())
    except BaseException:
        database.close()
        raise
    return database
