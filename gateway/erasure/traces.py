"""Where an erased visitor's rows were found, noted before they go (state/tombstones.py has the table).

Whatever is interrupted finds here which days have to be recomputed, and which hits without an id belong to a visit of
theirs: once the rows with the id are gone, nothing else would say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

import sqlalchemy as sa

from gateway.state.database import State
from gateway.state.tombstones import erasure_traces as table


class Trace(NamedTuple):
    """One run of one day's fingerprint; `anon` 0: only the day is known. Milliseconds since the epoch."""

    visitor: int
    day: date
    test: bool = False
    anon: int = 0
    first: int = 0
    last: int = 0


class Traces:
    """Every method blocks on the state database. Raises DBAPIError."""

    def __init__(self, state: State) -> None:
        self._state = state

    def note(self, site: int, traces: Iterable[Trace]) -> None:
        """On disk on return; their days have to be recomputed from now on."""
        with self._state.begin() as connection:
            for trace in traces:
                values = _values(site, trace)
                if not self._state.insert_or_ignore(connection, table, **values, rolled=None):
                    connection.execute(sa.update(table).where(_is(values)).values(rolled=None))

    def of(self, site: int, visitors: Sequence[int]) -> list[Trace]:
        return self._select((table.c.site == site) & table.c.visitor.in_([_hex(one) for one in visitors]))

    def days_to_roll(self, site: int, visitors: Sequence[int]) -> list[date]:
        """Days that were not recomputed since their last trace."""
        where = (table.c.site == site) & table.c.visitor.in_([_hex(one) for one in visitors])
        return sorted({trace.day for trace in self._select(where & table.c.rolled.is_(None))})

    def rolled(self, site: int, visitors: Sequence[int], days: Sequence[date], at: float) -> None:
        of_days = table.c.day.in_([day.isoformat() for day in days])
        of_visitors = table.c.visitor.in_([_hex(one) for one in visitors])
        with self._state.begin() as connection:
            connection.execute(sa.update(table).where((table.c.site == site) & of_visitors & of_days).values(rolled=at))

    def forget(self, site: int, traces: Iterable[Trace]) -> None:
        """These are needed no more; what was noted since stays."""
        with self._state.begin() as connection:
            for trace in traces:
                connection.execute(sa.delete(table).where(_is(_values(site, trace)) & table.c.rolled.is_not(None)))

    def _select(self, where: sa.ColumnElement[bool]) -> list[Trace]:
        with self._state.begin() as connection:
            rows = connection.execute(sa.select(table).where(where)).all()
        return [
            Trace(int(row.visitor, 16), date.fromisoformat(row.day), row.test, int(row.anon, 16), row.first, row.last)
            for row in rows
        ]


def run_of(row: Mapping[str, object], until: Mapping[int, int]) -> Trace:
    """A row of queries/runs.sql, as far as `until` of its visitor: visitor → milliseconds."""
    owner = cast(int, row["owner"])
    return Trace(
        owner,
        cast(date, row["day"]),
        bool(row["test"]),
        cast(int, row["anon"]),
        cast(int, row["begun"]),
        min(cast(int, row["ended"]), until[owner]),
    )


def columns(traces: Sequence[Trace]) -> dict[str, object]:
    """As the statements take them: a list for each column."""
    return {
        "days": [trace.day for trace in traces],
        "tests": [trace.test for trace in traces],
        "anons": [trace.anon for trace in traces],
        "firsts": [trace.first for trace in traces],
        "lasts": [trace.last for trace in traces],
        "owners": [trace.visitor for trace in traces],
    }


def _hex(number: int) -> str:
    return f"{number:016x}"


def _values(site: int, trace: Trace) -> dict[str, object]:
    return {
        **trace._asdict(),
        "site": site,
        "visitor": _hex(trace.visitor),
        "day": trace.day.isoformat(),
        "anon": _hex(trace.anon),
    }


def _is(values: dict[str, object]) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == value for name, value in values.items()))
