"""SQLite's write-ahead log, read without SQLite: to notice, and to rescue, what stands behind a damaged frame.

SQLite ends recovery silently at the first frame whose checksum fails. After a crash that is the torn tail of a commit
nobody was told of. But a complete commit behind that point was acknowledged, and only damage can hide it.
Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HEADER = 32
FRAME_HEADER = 24


class Frame(NamedTuple):
    """One page as a commit wrote it."""

    page: int  # from 1
    size_after_commit: int  # pages in the database; 0 unless this frame ends a commit
    content: bytes
    sound: bool


def hidden_commits(wal: Path, recovered: int) -> int:
    """How many complete commits stand in the file behind the `recovered` frames that SQLite sees."""
    try:
        with wal.open("rb") as file:
            header = file.read(HEADER)
            if len(header) < HEADER:
                return 0
            (page_size,) = struct.unpack(">I", header[8:12])
            if page_size not in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536):
                return 1  # a header that cannot be one: SQLite takes the file for empty
            frame, length = FRAME_HEADER + page_size, wal.stat().st_size
            count, index = 0, recovered
            while HEADER + (index + 1) * frame <= length:
                file.seek(HEADER + index * frame)
                head = file.read(FRAME_HEADER)
                if recovered == 0 or head[8:16] == header[16:24]:
                    count += struct.unpack(">I", head[4:8])[0] != 0
                index += 1
            return count
    except FileNotFoundError:
        return 0


def apply(wal: Path, database: Path) -> None:
    """Writes the pages of every sound frame into a copy of the database, oldest first, wherever the damage is."""
    if not wal.exists():
        return
    with database.open("r+b") as file:
        for frame in _frames(wal):
            if frame.sound and frame.page:
                file.seek((frame.page - 1) * len(frame.content))
                file.write(frame.content)


def _frames(wal: Path) -> Iterator[Frame]:
    with wal.open("rb") as file:
        header = file.read(HEADER)
        if len(header) < HEADER:
            return
        magic, _, page_size = struct.unpack(">III", header[:12])
        big_endian = bool(magic & 1)
        if page_size not in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536):
            page_size = 4096
        before = struct.unpack(">II", header[24:32])
        salts = b""
        while len(head := file.read(FRAME_HEADER)) == FRAME_HEADER:
            content = file.read(page_size)
            if len(content) < page_size:
                return
            salts = salts or head[8:16]
            page, size_after_commit = struct.unpack(">II", head[:8])
            stored = struct.unpack(">II", head[16:24])
            # Each frame's sum continues the one stored before it, so a frame behind a damaged one can still be judged.
            sound = head[8:16] == salts and _checksum(head[:8] + content, before, big_endian) == stored
            yield Frame(page, size_after_commit, content, sound)
            before = stored


def _checksum(data: bytes, start: tuple[int, ...], big_endian: bool) -> tuple[int, int]:
    one, two = start
    words = struct.unpack(f"{'>' if big_endian else '<'}{len(data) // 4}I", data)
    for index in range(0, len(words), 2):
        one = (one + words[index] + two) & 0xFFFFFFFF
        two = (two + words[index + 1] + one) & 0xFFFFFFFF
    return one, two
