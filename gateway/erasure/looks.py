"""Looks through this data directory's journal for rows that are erased, and says when it last found none.

Every worker of every host looks through its own; the one that removes rows from the tables asks here whether all did. A
directory whose gateway is gone for good may still hold rows, so it is waited for until an operator says it is no more.
"""

from __future__ import annotations

import secrets
import socket
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.erasure.passing import erased_row
from gateway.erasure.tombstones import Kind, Tombstones
from gateway.journal.look import Unreadable, payloads
from gateway.state.database import State
from gateway.state.tombstones import journals, tombstones

# What a worker had decided before it knew of a tombstone is on disk by then (seconds).
SETTLED = 5.0
_NAME = "journal.id"


class Known(NamedTuple):
    """One journal. Times are seconds since the epoch; `clean`: when the last look began that found nothing."""

    id: str
    host: str
    looked: float
    clean: float


class Looks:
    """Blocks. Raises DBAPIError, OSError."""

    def __init__(self, state: State, clock: Clock, data_dir: Path, known: Tombstones) -> None:
        self._state = state
        self._clock = clock
        self._data_dir = data_dir
        self._tombstones = known
        self._id = ""

    def look(self) -> None:
        """Note this journal, and look through it while an erasure is waiting."""
        began = self._clock.timestamp()
        own = self._own()
        if not self._waited_for():
            return
        clean = self._is_clean()
        values = {"looked": began, **({"clean": began} if clean else {})}
        with self._state.begin() as connection:
            connection.execute(sa.update(journals).where(journals.c.id == own).values(**values))

    def known(self) -> list[Known]:
        columns = [journals.c[name] for name in Known._fields]
        with self._state.begin() as connection:
            return [Known(*row) for row in connection.execute(sa.select(*columns).order_by(journals.c.host))]

    def forget(self, id_: str) -> bool:
        """A data directory is no more; False where none is known by that id. One that is comes back by itself."""
        with self._state.begin() as connection:
            return bool(connection.execute(sa.delete(journals).where(journals.c.id == id_)).rowcount)

    def identity(self) -> str:
        """The random name of this data directory, the same for all its workers and at every start."""
        if not self._id:
            path = self._data_dir / _NAME
            if not path.exists():
                # Two workers may start at once: one of the names stays.
                fresh = path.with_name(f"{_NAME}.{secrets.token_hex(8)}")
                fresh.write_text(secrets.token_hex(16))
                try:
                    path.hardlink_to(fresh)
                except FileExistsError:
                    pass
                finally:
                    fresh.unlink()
            self._id = path.read_text().strip()
        return self._id

    def _own(self) -> str:
        own = self.identity()
        with self._state.begin() as connection:
            self._state.insert_or_ignore(
                connection, journals, id=own, host=socket.gethostname()[:254], looked=0.0, clean=0.0
            )
        return own

    def _waited_for(self) -> bool:
        waiting = sa.select(sa.func.count()).where((tombstones.c.kind == Kind.ERASE) & tombstones.c.done.is_(None))
        with self._state.begin() as connection:
            return bool(connection.execute(waiting).scalar())

    def _is_clean(self) -> bool:
        erased = self._tombstones.erased()
        try:
            return not any(erased_row(payload, erased) for payload in payloads(self._data_dir / "journal", "hits"))
        except Unreadable:
            return False
