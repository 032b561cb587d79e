"""Files as they lie on disk: plain, gzip, bzip2 or xz, or standard input, told apart by how they begin."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from gateway.errors import GatewayError
from gateway.imports.positions import HEAD

STDIN = Path("-")
LONGEST_LINE = 65_536
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)

_MAGIC: Mapping[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}


class Stream:
    """The decompressed bytes of one file, front to back. `name` is its own name, without its folder."""

    def __init__(self, path: Path) -> None:
        self.name = "standard input" if path == STDIN else path.name
        self._raw = cast(BinaryIO, sys.stdin.buffer if path == STDIN else path.open("rb"))
        self.size = 0 if path == STDIN else path.stat().st_size
        # Peeked at, not sought: standard input cannot go back.
        self._buffered = io.BufferedReader(cast(io.RawIOBase, self._raw), HEAD)
        start = self._buffered.peek(8)[:8]
        if start.startswith(b"\x28\xb5\x2f\xfd"):
            self._buffered.close()
            raise GatewayError(f"{self.name} is compressed with zstd: zstd -dc {self.name} | gateway import … -")
        opened = next((how for magic, how in _MAGIC.items() if start.startswith(magic)), None)
        self.compressed = opened is not None
        self._inner = cast(BinaryIO, opened(cast(BinaryIO, self._buffered)) if opened else self._buffered)
        self.head = self._guard(self._inner.read, HEAD)
        self._stream = io.BufferedReader(_Rejoined(self.head, self._inner), 4 * HEAD)
        self.offset = 0

    def done(self) -> int:
        """Bytes of the file on disk that were read so far."""
        try:
            return self._raw.tell()
        except (OSError, ValueError):
            return 0

    def skip(self, to: int) -> None:
        while self.offset < to:
            part = self._guard(self._stream.read, min(to - self.offset, 1_000_000))
            if not part:
                return
            self.offset += len(part)

    def read(self, size: int) -> bytes:
        part = self._guard(self._stream.read, size)
        self.offset += len(part)
        return part

    def lines(self) -> Iterator[bytes]:
        """Lines with their ends, of at most LONGEST_LINE; what is longer comes as its first part."""
        while line := self._guard(self._stream.readline, LONGEST_LINE):
            self.offset += len(line)
            end = line
            while not end.endswith(b"\n") and len(end) == LONGEST_LINE:
                end = self._guard(self._stream.readline, LONGEST_LINE)
                self.offset += len(end)
            yield line

    def close(self) -> None:
        for part in (self._stream, self._inner, self._buffered):
            part.close()

    def _guard(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except DAMAGED:
            raise GatewayError(f"{self.name} is damaged, or not whole: it cannot be decompressed to its end.") from None


class _Rejoined(io.RawIOBase):
    """A stream from its beginning again, of which `head` was already read."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        if self._head:
            size = min(len(view), len(self._head))
            view[:size] = self._head[:size]
            self._head = self._head[size:]
            return size
        part = self._rest.read(len(view))
        view[: len(part)] = part
        return len(part)
