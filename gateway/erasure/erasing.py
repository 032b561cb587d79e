"""The job that carries tombstones out, until nothing of what was erased is left anywhere.

per site, for all of its erasures that are not done
    note where their rows are            (traces.py: durable, before anything goes)
    delete them                          hits, visits, facts, dead letters
    recompute the days they were on      from what remains; where raw hits have expired, the figures lose the rows alone
    scan                                 every journal, then every table: done where nothing is found

Each step may be repeated and may follow a crash of any other. It shares the rollup's lease, so that no figures are made
meanwhile from hits that are about to go.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.erasure.looks import SETTLED, Known, Looks
from gateway.erasure.tombstones import FOREVER, Kind
from gateway.erasure.traces import Trace, Traces, columns, run_of
from gateway.metrics import Metrics
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from gateway.state.tombstones import erasure_traces, journals, tombstones
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.rollup import Rollup

log = logging.getLogger("gateway.erasure")

_HERE = Path(__file__).parent
_LAST_DAY = date(2149, 6, 6)  # the last that a Date holds
_AT_ONCE = 50  # visitors in one go: a server takes 128 kB for one parameter, some 6,000 runs


class Pending(NamedTuple):
    """One erasure that is not done."""

    id: str
    site: int
    visitor: int
    before: int
    made: float


class Erasing:
    """Blocks. Raises WarehouseUnavailable, DBAPIError: then the next run goes on."""

    def __init__(
        self,
        state: State,
        warehouse: Warehouse,
        rollup: Rollup,
        looks: Looks,
        catalog: Catalog,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._state = state
        self._warehouse = warehouse
        self._rollup = rollup
        self._looks = looks
        self._catalog = catalog
        self._clock = clock
        self._metrics = metrics
        self._traces = Traces(state)

    def run(self) -> int:
        """Carry out what is not done; how many erasures are done now."""
        self._reopen()
        pending = self._pending()
        done = 0
        for site, of_site in groupby(pending, key=lambda one: one.site):
            some = list(of_site)
            for first in range(0, len(some), _AT_ONCE):
                done += self._erase(site, some[first : first + _AT_ONCE])
        self._metrics.erasures_pending.set(len(pending) - done)
        oldest = min((one.made for one in pending), default=None) if len(pending) > done else None
        self._metrics.erasures_oldest_seconds.set(self._clock.timestamp() - oldest if oldest is not None else 0.0)
        return done

    def replay(self) -> int:
        """Begin every erasure anew, done or not: after a restore. How many."""
        with self._state.begin() as connection:
            anew = sa.update(tombstones).where(tombstones.c.kind == Kind.ERASE).values(done=None, waits_for="")
            count = int(connection.execute(anew).rowcount)
            connection.execute(sa.update(erasure_traces).values(rolled=None))
            connection.execute(sa.update(journals).values(clean=0.0))  # what was put back has to be looked through
        return count

    def listed(self, only_pending: bool, most: int) -> list[dict[str, Any]]:
        """Tombstones, the newest first."""
        query = sa.select(tombstones).order_by(tombstones.c.made.desc(), tombstones.c.id).limit(most)
        if only_pending:
            query = query.where((tombstones.c.kind == Kind.ERASE) & tombstones.c.done.is_(None))
        with self._state.begin() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def _reopen(self) -> None:
        """Rows that came after an erasure was done were held back by delivery, which left traces."""
        late = sa.exists().where(
            (erasure_traces.c.site == tombstones.c.site)
            & (erasure_traces.c.visitor == tombstones.c.visitor)
            & erasure_traces.c.rolled.is_(None)
        )
        where = (tombstones.c.kind == Kind.ERASE) & tombstones.c.done.is_not(None) & late
        with self._state.begin() as connection:
            if connection.execute(sa.update(tombstones).where(where).values(done=None)).rowcount:
                connection.execute(sa.update(journals).values(clean=0.0))

    def _pending(self) -> list[Pending]:
        columns = [tombstones.c[name] for name in Pending._fields]
        query = sa.select(*columns).where((tombstones.c.kind == Kind.ERASE) & tombstones.c.done.is_(None))
        with self._state.begin() as connection:
            rows = connection.execute(query.order_by(tombstones.c.site, tombstones.c.made)).all()
        return [Pending(row.id, row.site, int(row.visitor, 16), row.before, row.made) for row in rows]

    def _erase(self, site: int, pending: Sequence[Pending]) -> int:
        who = self._who(site, pending)
        visitors = cast("list[int]", who["visitors"])
        runs = self._note(site, who, _made(pending))
        self._delete(who, runs)
        days = self._traces.days_to_roll(site, visitors)
        if days:
            self._rollup.days(site, days)
            self._recount(site, days)
            self._traces.rolled(site, visitors, days, self._clock.timestamp())
        # The journals first: what they hold no more is in the tables.
        looks = self._looks.known()
        traces = self._traces.of(site, visitors)
        left = {cast(int, row["visitor"]): row for row in self._query("left", who)}
        finished = []
        for one in pending:
            waits_for = _unclean(one, looks)
            if one.visitor in left:
                waits_for = f"{left[one.visitor]['rows']} rows in {left[one.visitor]['place']}"
            if waits_for:
                self._update(one, waits_for=waits_for)
            else:
                finished.append(one)
        for one in finished:
            self._traces.forget(site, [trace for trace in traces if trace.visitor == one.visitor])
            self._update(one, waits_for="", done=self._clock.timestamp())
        self._metrics.erasures.inc(len(finished))
        if finished:
            log.info("erasures done", extra={"site": site, "erasures": len(finished)})
        return len(finished)

    def _who(self, site: int, pending: Sequence[Pending]) -> dict[str, object]:
        before: dict[int, int] = {}
        for one in pending:
            before[one.visitor] = max(one.before, before.get(one.visitor, 0))
        served = self._catalog.get(site)
        zone = served.zone if served is not None else ZoneInfo("UTC")
        return {
            "site": site,
            "visitors": list(before),
            "befores": list(before.values()),
            "until": [_day_after(each, zone) for each in before.values()],
        }

    def _note(self, site: int, who: Mapping[str, object], made: Mapping[int, int]) -> list[Trace]:
        """Write down where rows are; the runs in which hits without an id are theirs too, as far as the erasure."""
        visitors = cast("list[int]", who["visitors"])
        touched = [Trace(cast(int, row["visitor"]), cast(date, row["day"])) for row in self._query("touched_days", who)]
        known = [trace for trace in self._traces.of(site, visitors) if trace.anon]
        rows = self._query("runs", {**who, **columns(known), "asked": max(made.values())})
        runs = [run_of(row, made) for row in rows if cast(int, row["begun"]) <= made[cast(int, row["owner"])]]
        noted = set(known)
        self._traces.note(site, [*touched, *(run for run in runs if run not in noted)])
        return runs

    def _delete(self, who: Mapping[str, object], runs: Sequence[Trace]) -> None:
        if runs:
            linked = {"site": who["site"], **columns(runs)}
            count = cast(int, self._query("linked", linked)[0]["rows"])
            if count:
                # First: without the rows that have the id, nothing but the traces tells whose these are.
                self._traces.note(cast(int, who["site"]), runs)
                self._warehouse.change(statements.read(_HERE, "delete_linked"), linked)
                self._metrics.erased_rows.labels("hits").inc(count)
        found: dict[str, dict[int, int]] = {}
        for row in self._query("left", who):
            found.setdefault(str(row["place"]), {})[cast(int, row["visitor"])] = cast(int, row["rows"])
        for place, rows in found.items():
            self._warehouse.change(statements.read(_HERE, f"delete_{place}"), who)
            self._metrics.erased_rows.labels(place).inc(sum(rows.values()))
            with self._state.begin() as connection:
                for visitor, count in rows.items():
                    of_visitor = (tombstones.c.site == who["site"]) & (tombstones.c.visitor == f"{visitor:016x}")
                    connection.execute(
                        sa.update(tombstones)
                        .where(of_visitor & (tombstones.c.kind == Kind.ERASE) & tombstones.c.done.is_(None))
                        .values(removed=tombstones.c.removed + count)
                    )

    def _recount(self, site: int, days: Sequence[date]) -> None:
        rows = self._query("overcounted", {"site": site, "days": days})
        if rows:
            counts = {"generations": [row["generation"] for row in rows], "counts": [row["visits"] for row in rows]}
            self._warehouse.change(statements.read(_HERE, "recount"), {"site": site, **counts})

    def _update(self, one: Pending, **values: object) -> None:
        with self._state.begin() as connection:
            connection.execute(sa.update(tombstones).where(tombstones.c.id == one.id).values(**values))

    def _query(self, name: str, parameters: Mapping[str, object]) -> list[dict[str, object]]:
        return self._warehouse.query(statements.read(_HERE, name), parameters)


def _made(pending: Sequence[Pending]) -> dict[int, int]:
    """Visitor → when the last erasure was asked for, milliseconds. Who comes back later without an id is nobody erased."""
    made: dict[int, int] = {}
    for one in pending:
        made[one.visitor] = max(ceil(one.made * 1000), made.get(one.visitor, 0))
    return made


def _unclean(one: Pending, looks: Sequence[Known]) -> str:
    """The journal that is not known to hold nothing of it, "" where all are clean."""
    for journal in looks:
        if journal.clean < one.made + SETTLED:
            return f"journal {journal.id[:8]} on {journal.host}"
    return "" if looks else "a first look at the journal"


def _day_after(before: int, zone: ZoneInfo) -> date:
    """The first site-local day of which nothing lies before `before`, milliseconds since the epoch."""
    if before == FOREVER:
        return _LAST_DAY
    last = datetime.fromtimestamp((before - 1) / 1000, UTC).astimezone(zone).date()
    return min(last + timedelta(days=1), _LAST_DAY)
