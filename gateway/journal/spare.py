"""Room on the disk that belongs to the journal: taken while there is enough, given back to consents once there is none.

A disk that is full refuses everybody alike. What this file holds is what a refusal or a withdrawal can still be written to, and
what delivery needs for its notes, so that a disk that the journal itself has filled can be emptied again.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from pathlib import Path

ROOM = 1_000_000  # bytes: with less free a disk counts as full


class Spare:
    """A file of `size` bytes, 0 for none. Used by one thread at a time, and one process for each path."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self.is_whole = True  # False while the disk has no room for it

    def take(self) -> bool:
        """Allocates what is missing of it; False where the disk has no room. Never raises."""
        if not self._size:
            self._path.unlink(missing_ok=True)
            return True
        if not self.is_whole and _room(self._path) < self._size + ROOM:
            return False
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
                os.ftruncate(descriptor, self._size)
            except OSError:
                os.ftruncate(descriptor, 0)  # a part of it would be of no use to anybody
                raise
            finally:
                os.close(descriptor)
        except OSError as error:
            # Where files cannot be allocated beforehand there is none, and nothing to wait for.
            self.is_whole = error.errno not in (errno.ENOSPC, errno.EDQUOT)
            return self.is_whole
        self.is_whole = True
        return True

    def serves(self, error: BaseException) -> bool:
        """Gives it to whoever writes next, where an error of writing means that the disk is full. False where it did not."""
        if self._size and self.is_whole and (_says_full(error) or _room(self._path) < ROOM):
            self.is_whole = False
            with contextlib.suppress(OSError):
                os.truncate(self._path, 0)
            return True
        return False


def _says_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _room(path: Path) -> int:
    """Bytes that this user may still write to the disk."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return 0
    return disk.f_bavail * disk.f_frsize
