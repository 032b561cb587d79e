"""Segments from the reading side: each claimed by exactly one deliverer, read while it is written, removed whole."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.journal import chains, salvage, wal
from gateway.journal.locks import FileLock, is_held, note_in
from gateway.journal.names import Names

log = logging.getLogger("gateway.journal")


class Record(NamedTuple):
    """One record as it is read."""

    seq: int
    stream: str
    payload: bytes
    at: float  # seconds since the epoch


class Damaged(Exception):
    """A segment cannot be read as it was written."""


class SegmentReader:
    """A claimed segment. Reading raises Damaged where the file is; used by one thread at a time."""

    def __init__(self, names: Names, claim: FileLock) -> None:
        self.names = names
        self.uuid = names.uuid
        self.final = False  # True once no writer can add anything
        self.noted = _noted(names)  # seq of the last record that its former reader saw
        self._claim = claim
        self._database: sqlite3.Connection | None = None

    def last(self) -> int:
        """The seq of the last record; 0 where there is none."""
        ((last,),) = self._query("SELECT max(seq) FROM records")
        return last if isinstance(last, int) else 0

    def read(self, after: int, limit: int, most_bytes: int) -> list[Record]:
        """Records of all streams behind seq `after`, in order: up to `limit`, and `most_bytes` unless one is larger."""
        records: list[Record] = []
        size = 0
        # Some hundreds at a time: payloads of the largest size would otherwise fill the memory before they are counted.
        while len(records) < limit:
            some = self._records(
                "SELECT seq, stream, payload, at, crc FROM records WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, min(500, limit - len(records))),
            )
            for record in some:
                size += len(record.payload)
                if size > most_bytes and records:
                    return records
                records.append(record)
                after = record.seq
            if not some:
                break
        return records

    def first_after(self, seq: int) -> float:
        """When the first record behind seq was committed; 0 where there is none."""
        rows = self._query("SELECT at FROM records WHERE seq > ? ORDER BY seq LIMIT 1", (seq,))
        return at if rows and isinstance(at := rows[0][0], float) else 0.0

    def range(self, stream: str, first: int, last: int) -> list[Record]:
        """The records of one stream with `first` ≤ seq ≤ `last`, in order."""
        return self._records(
            "SELECT seq, stream, payload, at, crc FROM records WHERE seq BETWEEN ? AND ? AND stream = ? ORDER BY seq",
            (first, last, stream),
        )

    def progress(self, stored: int, last: int, oldest: float) -> None:
        """Leaves word for `Journal.pending()`: everything up to seq `stored` is in the warehouse; advisory."""
        with contextlib.suppress(OSError):
            self._claim.write(f"{stored} {last} {oldest:.3f}")

    def remove(self) -> None:
        """Unlinks a final segment, keeping its chains' heads. Raises OSError or sqlite3.Error; then try again."""
        heads = chains.chains_in(self.names.segment)
        chains.keep_heads(self.names.directory, heads)
        self._close()
        self.names.remove()
        self._claim.release()

    def release(self) -> None:
        """Leaves the segment to others."""
        self._close()
        self._claim.release()

    def examine(self) -> None:
        """Looks at a final segment as its writer left it. Raises Damaged."""
        self._query("SELECT uuid FROM segment")
        ((_, recovered, _),) = self._query("PRAGMA wal_checkpoint(PASSIVE)")
        hidden = wal.hidden_commits(self.names.wal, max(0, recovered if isinstance(recovered, int) else 0))
        if hidden:
            raise Damaged(f"{hidden} commits stand behind a damaged place of the write-ahead log")
        self.last()

    def salvage(self) -> int:
        """Replaces a final, damaged segment by what is readable of it; answers how many records that is."""
        count = salvage.extract(self.names)
        self._close()
        salvage.exchange(self.names)
        return count

    def _records(self, query: str, values: tuple[object, ...]) -> list[Record]:
        records = []
        for found in self._query(query, values):
            row = salvage.sound(found)
            if row is None:
                raise Damaged(f"record {found[0]!r} differs from its checksum")
            records.append(Record(row.seq, row.stream, row.payload, row.at))
        return records

    def _query(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        try:
            if self._database is None:
                self._database = sqlite3.connect(
                    self.names.segment, isolation_level=None, check_same_thread=False, timeout=5.0
                )
                self._database.execute("PRAGMA wal_autocheckpoint = 0")
            return self._database.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            # Busy, full or unreadable for now is not damage; a text that is no text, and a missing table, are.
            if "no such table" in str(error) or "decode" in str(error):
                raise Damaged(str(error)) from error
            raise
        except sqlite3.DatabaseError as error:
            raise Damaged(str(error)) from error

    def _close(self) -> None:
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None


class Segments:
    """The segments that this process delivers: its own while they grow, and those of writers that are gone."""

    def __init__(self, directory: Path, on_damage: Callable[[], object]) -> None:
        self._directory = directory
        self._on_damage = on_damage
        self._claimed: dict[str, SegmentReader] = {}

    def claimed(self) -> list[SegmentReader]:
        """All that are this process's to deliver now, oldest file first; new ones are claimed here."""
        for path in sorted(self._directory.glob("*.segment"), key=_born):
            names = Names(self._directory, path.stem)
            if names.uuid not in self._claimed and self._is_ours(names):
                claim = FileLock.take(names.reader)
                if claim is None:
                    continue
                if not names.segment.exists():  # its former reader was just removing it
                    claim.release()
                    names.reader.unlink(missing_ok=True)
                    continue
                self._claimed[names.uuid] = SegmentReader(names, claim)
        for segment in list(self._claimed.values()):
            if not segment.names.segment.exists():  # a writer that ends removes its segment if it is empty
                segment.release()
                del self._claimed[segment.uuid]
        return [segment for segment in self._claimed.values() if segment.final or self._looked_at(segment)]

    def salvage(self, segment: SegmentReader, why: Exception) -> None:
        """Sets a final segment's damaged file aside; what is readable goes on. Raises OSError, sqlite3.Error."""
        count = segment.salvage()
        lost = max(segment.noted, segment.last()) - count
        self._on_damage()
        log.error(
            "journal segment damaged: set aside, readable records go on",
            extra={
                "segment": segment.uuid,
                "error": str(why),
                "salvaged": count,
                "lost": lost,
                "file": segment.names.damaged.name,
            },
        )

    def remove(self, segment: SegmentReader) -> None:
        segment.remove()
        self._claimed.pop(segment.uuid, None)

    def release(self) -> None:
        for segment in self._claimed.values():
            segment.release()
        self._claimed.clear()

    def _is_ours(self, names: Names) -> bool:
        # The number only says whom to prefer; that exactly one delivers is the claim's doing.
        return note_in(names.writer) == str(os.getpid()) or not is_held(names.writer)

    def _looked_at(self, segment: SegmentReader) -> bool:
        """Whether a segment can be read now: while its writer lives, or after an examination once it is gone."""
        if is_held(segment.names.writer):
            return True
        try:
            try:
                segment.examine()
            except Damaged as error:
                self.salvage(segment, error)
            else:
                self._compare(segment)
        except (OSError, sqlite3.Error):  # a full disk, for one: later
            log.exception("segment not adopted for now", extra={"segment": segment.uuid})
            return False
        segment.final = True
        return True

    def _compare(self, segment: SegmentReader) -> None:
        """A log that is cut off looks as a crash leaves it, unless more of it had been read before."""
        lost = segment.noted - segment.last()
        if lost > 0:
            self._on_damage()
            log.error(
                "journal segment cut off: its last records are gone", extra={"segment": segment.uuid, "lost": lost}
            )


def _noted(names: Names) -> int:
    """The seq of the last record, by the word that the last reader left; 0 where it left none."""
    try:
        return int(note_in(names.reader).split()[1])
    except (IndexError, ValueError):
        return 0


def _born(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
