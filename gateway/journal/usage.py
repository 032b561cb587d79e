"""How full the journal's directory is and what waits in it, all writers together."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from gateway.journal.names import Names

_COUNTED = ("segment", "segment-wal", "salvaged", "new", "delivery", "delivery-wal", "delivery-journal")


class Waiting(NamedTuple):
    """A segment's records not known to be stored."""

    records: int
    oldest: float  # when the oldest was committed, seconds since the epoch; 0 where there is none


def bytes_used(directory: Path) -> int:
    """Bytes of all segments with their write-ahead logs and sidecars; damaged ones set aside do not count."""
    total = 0
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.partition(".")[2] in _COUNTED:
                with contextlib.suppress(FileNotFoundError):
                    total += entry.stat().st_size
    return total


def waiting(names: Names, *, written: int | None = None, begun: float = 0.0) -> Waiting:
    """What waits in one segment, by the word its reader left; `written` and `begun` are its writer's, and newer."""
    try:
        stored, last, oldest = names.reader.read_text().split()
        word = (int(stored), int(last), float(oldest))
    except (OSError, ValueError):
        word = (0, 0, begun)
    records = max(0, (word[1] if written is None else written) - word[0])
    return Waiting(records, (word[2] or begun) if records else 0.0)


def all_waiting(directory: Path, own: Names | None, written: int, begun: float) -> Waiting:
    """What waits in the whole directory."""
    records, oldest = 0, 0.0
    for path in directory.glob("*.segment"):
        names = Names(directory, path.stem)
        found = waiting(names, written=written, begun=begun) if own == names else waiting(names)
        records += found.records
        if found.oldest and (not oldest or found.oldest < oldest):
            oldest = found.oldest
    return Waiting(records, oldest)
