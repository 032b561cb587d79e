"""The tombstones once more, as lines of a file beside the state database.

It serves twice. Its size tells every worker of this data directory, for the price of one stat(), that something was
added. And an operator who puts back an older state database puts back the tombstones too, from here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

NAME = "tombstones.jsonl"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One tombstone. It names nobody: `visitor` is a hash under a key that the gateway alone has."""

    id: str
    site: int
    visitor: str
    kind: str
    before: int
    made: float


class Record:
    """Several processes may append at once. Raises OSError where the file cannot be written."""

    def __init__(self, data_dir: Path) -> None:
        self._path = str(data_dir / NAME)

    def size(self) -> int:
        """Bytes; 0 where there is no file."""
        try:
            return os.stat(self._path).st_size
        except OSError:
            return 0

    def append(self, lines: Sequence[Line]) -> None:
        """On disk on return."""
        text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, text)  # one write: lines of two processes do not mix
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self) -> list[Line]:
        """All that can be read; a line torn by a crash is left out."""
        try:
            text = Path(self._path).read_bytes()
        except FileNotFoundError:
            return []
        found = []
        for line in text.splitlines():
            try:
                found.append(msgspec.json.decode(line, type=Line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return found

    def keep(self, ids: Iterable[str]) -> None:
        """Leave only these; the lines of others are gone on return."""
        wanted = frozenset(ids)
        lines = self.lines()
        kept = [line for line in lines if line.id in wanted]
        if len(kept) == len(lines):
            return
        fresh = f"{self._path}.new"
        with open(fresh, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in kept))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path)
