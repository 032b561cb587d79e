"""What people keep under a name, of one site: segments and funnels.

Each belongs to who made it, and is theirs alone unless it is shared with all who read the site.
"""

from __future__ import annotations

import secrets
import unicodedata
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.errors import BadRequest, Conflict, NotFound
from gateway.state.database import State
from gateway.state.saved import saved

LONGEST_NAME = 100
KEPT_MONTHS = 13  # after somebody last saw it in a menu, or changed it
_NOTED_EVERY = 30 * 86_400.0  # seconds: looking is written down no more often
MOST = 200  # of one kind, owner and site


class Kind(StrEnum):
    SEGMENT = "segment"
    FUNNEL = "funnel"


class Saved(NamedTuple):
    id: str
    site: int
    kind: Kind
    name: str
    body: str
    owner: str
    shared: bool


class Shelf:
    """Where they are kept. Who may do what is asked before (web/keeping.py). Calls block: run them in a thread."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def seen_by(self, user: str, site: int, kind: Kind) -> list[Saved]:
        """Those of `user` and those that are shared, by name."""
        theirs = sa.or_(saved.c.owner == user, saved.c.shared)
        now = self._clock.timestamp()
        with self._state.begin() as connection:
            rows = connection.execute(
                sa.select(saved).where(saved.c.site == site, saved.c.kind == kind.value, theirs)
            ).all()
            if aged := [row.id for row in rows if row.changed <= now - _NOTED_EVERY]:
                connection.execute(sa.update(saved).where(saved.c.id.in_(aged)).values(changed=now))
        return sorted(map(_saved, rows), key=lambda one: (one.name.casefold(), one.id))

    def one(self, site: int, kind: Kind, saved_id: str) -> Saved:
        """Raises NotFound."""
        with self._state.begin() as connection:
            row = connection.execute(
                sa.select(saved).where(saved.c.id == saved_id, saved.c.site == site, saved.c.kind == kind.value)
            ).one_or_none()
        if row is None:
            raise NotFound(f"There is no such {kind}.", "$.id")
        return _saved(row)

    def add(self, site: int, kind: Kind, owner: str, name: str, body: str, *, shared: bool) -> Saved:
        """Raises BadRequest for a name that cannot be one, Conflict where the owner has it already or too many."""
        new = Saved(secrets.token_hex(8), site, kind, tidy(name), body, owner, shared)
        try:
            with self._state.begin() as connection:
                theirs = (saved.c.site == site, saved.c.kind == kind.value, saved.c.owner == owner)
                if (connection.scalar(sa.select(sa.func.count()).where(*theirs)) or 0) >= MOST:
                    raise Conflict(f"There are {MOST} of yours here already: delete one first.", "$.name")
                connection.execute(sa.insert(saved).values(**_row(new), changed=self._clock.timestamp()))
        except sa.exc.IntegrityError:
            raise _taken() from None
        return new

    def change(self, one: Saved, name: str, body: str, *, shared: bool) -> Saved:
        """Raises as add() does; NotFound where it was deleted meanwhile."""
        changed = one._replace(name=tidy(name), body=body, shared=shared)
        try:
            with self._state.begin() as connection:
                values = {**_row(changed), "changed": self._clock.timestamp()}
                done = connection.execute(sa.update(saved).where(saved.c.id == one.id).values(values))
        except sa.exc.IntegrityError:
            raise _taken() from None
        if not done.rowcount:
            raise NotFound(f"There is no such {one.kind}.", "$.id")
        return changed

    def purge(self) -> int:
        """Delete what nobody has looked at for KEPT_MONTHS; how many."""
        before = add_months_to_instant(self._clock.now(), -KEPT_MONTHS).timestamp()
        with self._state.begin() as connection:
            return connection.execute(sa.delete(saved).where(saved.c.changed < before)).rowcount

    def remove(self, one: Saved) -> None:
        """It may be gone already."""
        with self._state.begin() as connection:
            connection.execute(sa.delete(saved).where(saved.c.id == one.id))


def tidy(name: str) -> str:
    """The name without what cannot be seen at its ends. Raises BadRequest."""
    found = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(found) <= LONGEST_NAME or not found.isprintable():
        raise BadRequest(f"A name has 1 to {LONGEST_NAME} characters that can be seen.", "$.name")
    return found


def _taken() -> Conflict:
    return Conflict("There is one of this name already.", "$.name")


def _row(one: Saved) -> dict[str, object]:
    return {**one._asdict(), "kind": one.kind.value}


def _saved(row: sa.Row[tuple[object, ...]]) -> Saved:
    return Saved(row.id, row.site, Kind(row.kind), row.name, row.body, row.owner, row.shared)
