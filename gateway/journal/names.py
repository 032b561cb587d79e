"""The files of one segment, by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Names(NamedTuple):
    """Paths of a segment's files in the journal's directory."""

    directory: Path
    uuid: str

    def path(self, ending: str) -> Path:
        return self.directory / f"{self.uuid}.{ending}"

    @property
    def segment(self) -> Path:
        """The records: a SQLite database in WAL mode."""
        return self.path("segment")

    @property
    def wal(self) -> Path:
        return self.path("segment-wal")

    @property
    def shm(self) -> Path:
        return self.path("segment-shm")

    @property
    def writer(self) -> Path:
        """Locked by the one process that appends, for as long as it may."""
        return self.path("lock")

    @property
    def reader(self) -> Path:
        """Locked by the one process that delivers; holds its progress as `stored last oldest_at`."""
        return self.path("claim")

    @property
    def sidecar(self) -> Path:
        """What delivery remembers about this segment."""
        return self.path("delivery")

    @property
    def fresh(self) -> Path:
        """A segment being created: not yet one."""
        return self.path("new")

    @property
    def salvaged(self) -> Path:
        """What was readable of a damaged segment, complete as soon as `segment` has moved to `damaged`."""
        return self.path("salvaged")

    @property
    def damaged(self) -> Path:
        return self.path("damaged")

    @property
    def damaged_wal(self) -> Path:
        return self.path("damaged-wal")

    def remove(self) -> None:
        """Unlinks all but damaged files: the segment first, lest one be found without its sidecar; the locks last."""
        for path in (self.segment, self.wal, self.shm):
            path.unlink(missing_ok=True)
        sync_directory(self.directory)
        locks = (self.reader, self.writer)
        for path in self.directory.glob(f"{self.uuid}.*"):
            if path not in locks and not path.suffix.startswith(".damaged"):
                path.unlink(missing_ok=True)
        for path in locks:
            path.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Makes creations, renames and removals in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
