"""An export of visits as a source: read whole, since the newest visit comes first, and put into order on disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec

from gateway.imports import exported
from gateway.imports.entry import Entry, Left, Unreadable
from gateway.imports.files import STDIN, Stream
from gateway.imports.matomo_visit import Exported, entries
from gateway.imports.positions import Fingerprint, Position, Positions
from gateway.imports.sources import Read
from gateway.imports.tally import Tally

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


class ExportSource:
    """`position` is how many entries are taken, oldest first, of exactly this export."""

    first = 0.0  # what it begins with is not known before it is read

    def __init__(self, path: Path, stream: Stream, of: Exported, positions: Positions, tally: Tally) -> None:
        self._path = path
        self._of = of
        self._positions = positions
        self._tally = tally
        self._stream: Stream | None = stream if path == STDIN else None
        self._size = stream.size
        self._passed = 0.0  # share of the second half of the work: handing out
        self.fingerprint = Fingerprint("", 0)
        self.end = Position()
        if self._stream is None:
            stream.close()

    def done(self) -> int:
        read = self._stream.done() if self._stream is not None else 0
        return int((read + self._size * self._passed) / 2)

    def entries(self) -> Iterator[Read]:
        # A database without a name is SQLite's own temporary file, which nobody else can open and nothing leaves behind.
        order = sqlite3.connect("", isolation_level=None)
        try:
            order.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, at REAL, number INTEGER, entry BLOB)")
            order.execute("BEGIN")
            with contextlib.closing(self._stream or Stream(self._path)) as stream:
                count = self._fill(order, stream)
            order.execute("CREATE INDEX by_time ON entries (at, number)")
            order.execute("COMMIT")
            taken = self._positions.exact(self.fingerprint.head)
            self.end = Position(count)
            rows = order.execute("SELECT entry FROM entries ORDER BY at, number LIMIT -1 OFFSET ?", (taken,))
            for number, (entry,) in enumerate(rows, taken + 1):
                self._passed = number / count
                self._tally.read += 1
                yield Read(_decode(entry), Position(number))
        finally:
            order.close()

    def _fill(self, order: sqlite3.Connection, stream: Stream) -> int:
        """Put every entry into `order`; how many. Two of the same visit are one."""
        self._stream = stream
        insert = "INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)"
        count = told = 0
        for number, visit in exported.visits(stream):
            try:
                found = list(entries(visit, self._of))
            except Unreadable as error:
                self._tally.read += 1
                self._tally.unreadable(stream.name, number, str(error))
                continue
            for entry in found:
                if isinstance(entry, Left):
                    self._tally.read += 1
                    self._tally.left[entry] += 1
                elif order.execute(insert, (entry.id - 2**63, entry.raw.at, count, _encode(entry))).rowcount:
                    count += 1
                    told = (told + entry.id) % 2**64
        self.fingerprint = Fingerprint(blake2b(f"{count} {told}".encode(), digest_size=20).hexdigest(), 0)
        return count
