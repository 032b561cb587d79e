"""Looking through a journal without claiming any of it: what is in there, delivered or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote


class Unreadable(Exception):
    """A file of the journal cannot be looked into; what it holds is not known."""


def payloads(directory: Path, stream: str) -> Iterator[bytes]:
    """Every record of one stream in every segment there is, the open ones included.

    A segment that is unlinked meanwhile is not missed: all of it was stored. Raises Unreadable, at the end of what can be
    read, where there is more.
    """
    unreadable = ""
    for path in sorted(directory.glob("*.segment")):
        try:
            with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0)) as database:
                for (payload,) in database.execute("SELECT payload FROM records WHERE stream = ?", (stream,)):
                    yield payload
        except sqlite3.Error as error:
            if path.exists():
                unreadable = f"{path.name}: {error}"
    for pattern in ("*.damaged*", "*.salvaged"):
        for path in directory.glob(pattern):
            unreadable = f"{path.name} was set aside as damaged; it is deleted after 30 days"
    if unreadable:
        raise Unreadable(unreadable)
