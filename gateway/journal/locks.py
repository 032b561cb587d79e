"""A file lock that dies with its holder: who writes, and who delivers, one segment."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path


class FileLock:
    """An exclusive flock(2). It belongs to the open file, so it ends with `release()` or with the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, note: str = "") -> FileLock | None:
        """The lock, or None while anyone holds it. `note` is left in the file for whoever looks."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between our open and our flock the former holder may have unlinked the file: that lock protects nothing.
            if not os.path.samestat(os.fstat(descriptor), os.stat(path)):
                raise BlockingIOError
        except (BlockingIOError, FileNotFoundError):
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        lock = cls(path, descriptor)
        if note:
            lock.write(note)
        return lock

    def write(self, note: str) -> None:
        """Replaces the file's text. Advisory: not synced to disk."""
        text = note.encode()
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at the same time do not take each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def note_in(path: Path) -> str:
    """What the holder left in the file; empty where there is none."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
