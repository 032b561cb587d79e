"""Annotations: what happened on a day of a site, in a line, for everybody who reads its figures."""

from __future__ import annotations

import secrets
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.errors import BadRequest, NotFound
from gateway.state.database import State
from gateway.state.notes import notes as table

LONGEST = 500  # characters
MOST = 5000  # of a site


class Annotation(NamedTuple):
    """`by` wrote it last, at `changed`, seconds since the epoch."""

    id: str
    site: int
    day: date
    note: str
    by: str
    changed: float


class Notebook:
    """Calls block: from async code run them in a thread."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def find(self, site: int, first: date | None = None, last: date | None = None) -> list[Annotation]:
        """Those of a site from one day to another, by day."""
        query = sa.select(*(table.c[name] for name in Annotation._fields)).where(table.c.site == site)
        if first is not None:
            query = query.where(table.c.day >= first.isoformat())
        if last is not None:
            query = query.where(table.c.day <= last.isoformat())
        with self._state.begin() as connection:
            rows = connection.execute(query.order_by(table.c.day, table.c.changed, table.c.id)).all()
        return [
            Annotation(row.id, row.site, date.fromisoformat(row.day), row.note, row.by, row.changed) for row in rows
        ]

    def write(self, site: int, day: date, note: str, *, by: str, id_: str = "") -> Annotation:
        """A new one, or with `id_` that one anew. Raises BadRequest, NotFound."""
        note = " ".join(note.split())
        if not note or len(note) > LONGEST:
            raise BadRequest(f"A note has 1 to {LONGEST} characters.", "$.note")
        if not 2000 <= day.year <= 2100:
            raise BadRequest("A day between the years 2000 and 2100.", "$.day")
        written = Annotation(id_ or secrets.token_hex(8), site, day, note, by, self._clock.timestamp())
        values = {**written._asdict(), "day": day.isoformat()}
        own = (table.c.site == site, table.c.id == id_)
        with self._state.begin() as connection:
            if id_:
                if not connection.execute(sa.update(table).where(*own).values(values)).rowcount:
                    raise NotFound("There is no such note.", "$.id")
                return written
            if connection.execute(sa.select(sa.func.count()).where(table.c.site == site)).scalar_one() >= MOST:
                raise BadRequest(f"A site has at most {MOST} notes; remove some first.", "$.note")
            connection.execute(sa.insert(table).values(values))
        return written

    def purge(self, months: int) -> int:
        """Delete the notes at days whose figures are kept no more, `months` long, and that were not written since; how many."""
        before = add_months_to_instant(self._clock.now(), -months)
        old = sa.and_(table.c.day < before.date().isoformat(), table.c.changed < before.timestamp())
        with self._state.begin() as connection:
            return connection.execute(sa.delete(table).where(old)).rowcount

    def remove(self, site: int, id_: str) -> Annotation:
        """The note that was removed. Raises NotFound."""
        with self._state.begin() as connection:
            own = (table.c.site == site, table.c.id == id_)
            row = connection.execute(sa.select(table).where(*own)).one_or_none()
            connection.execute(sa.delete(table).where(*own))
        if row is None:
            raise NotFound("There is no such note.", "$.id")
        return Annotation(row.id, row.site, date.fromisoformat(row.day), row.note, row.by, row.changed)
