"""What lies in the journal's directory and belongs to no segment any more."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from gateway.journal import salvage
from gateway.journal.locks import FileLock
from gateway.journal.names import Names

log = logging.getLogger("gateway.journal")

# Long enough to look into it; then it goes, because what was set aside holds visitors' rows, and no retention job reads it.
DAMAGED_SECONDS = 30 * 86_400.0


def sweep(directory: Path) -> None:
    """Clears what a crash left of segments being made, exchanged or removed. Never touches a living writer's."""
    names = {Names(directory, path.name.split(".")[0]) for path in directory.iterdir() if _is_part(path)}
    for candidate in names:
        if candidate.segment.exists() and not candidate.salvaged.exists():
            continue
        writer = FileLock.take(candidate.writer)
        if writer is None:
            continue
        claim = FileLock.take(candidate.reader)
        if claim is None:
            writer.release()
            continue
        try:
            salvage.settle(candidate)
            if not candidate.segment.exists():
                candidate.remove()
        finally:
            claim.release()
            writer.release()


def forget_damaged(directory: Path, now: float) -> None:
    """Deletes files set aside as damaged once they have not changed for 30 days. `now`: seconds since the epoch."""
    for path in directory.glob("*.damaged*"):
        with contextlib.suppress(FileNotFoundError):
            if now - path.stat().st_mtime > DAMAGED_SECONDS:
                path.unlink()
                log.warning("damaged file deleted after 30 days", extra={"file": path.name})


def _is_part(path: Path) -> bool:
    uuid, _, ending = path.name.partition(".")
    return len(uuid) == 36 and bool(ending) and not ending.startswith("damaged")
