"""Consent in figures: banners shown, and what was answered, out of the ledger and the tallies.

The ledger forgets refusals after six months (RULES.md, Evidence), so answers are told of the last six months only: before that
everybody would seem to have agreed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal, cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest, NotFound
from gateway.reports import small_numbers
from gateway.reports.estimate import Estimate, Stratum, estimate
from gateway.reports.periods import Span
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog, ServedSite
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
REFUSAL_MONTHS = 6
By = Literal["day", "country", "language", "notice", "device", "purpose"]
BY: tuple[By, ...] = ("day", "country", "language", "notice", "device", "purpose")
ANSWERS = ("accepted", "refused", "custom", "withdrawn")
SIGNALS = ("do_not_sell", "gpc", "opt_in", "objected")
# What is known of each value: devices are in no row of the ledger, and a purpose is said yes or no to.
_KNOWN: Mapping[By, tuple[str, ...]] = {
    "device": ("shown", *ANSWERS),
    "purpose": ("accepted", "refused"),
}
ALL = ("shown", *ANSWERS, *SIGNALS)


def columns_of(by: By) -> tuple[str, ...]:
    return _KNOWN.get(by, ALL)


class ConsentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`rows`: each has its value under the name of what it is by. A figure that is hidden for being small is None.

    `cut`: the span reaches back to where refusals are kept no more; nothing before this date is told.
    """

    span: Span
    by: By
    totals: dict[str, int | None]
    rows: tuple[dict[str, str | int | None], ...]
    cut: date | None


class AudienceEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """`found` is None where too little was counted. `since`: the first day of the span with loads; None: none were counted.

    `loads`, and of these those of recorded visits, of refusals, and of nobody's answer.
    """

    span: Span
    since: date | None
    found: Estimate | None
    loads: int
    base: int
    refused: int
    unanswered: int


class ConsentReports:
    """Blocking: call from a thread. Each raises NotFound, WarehouseUnavailable."""

    def __init__(
        self,
        warehouse: Warehouse,
        catalog: Catalog,
        settings: Settings,
        clock: Clock,
        restricted: Restricted = lambda _site: frozenset(),
    ) -> None:
        self._warehouse = warehouse
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._restricted = restricted

    def consents(self, site: int, span: Span, by: By = "day", *, exact: bool = False) -> ConsentFigures:
        """`exact`: nothing is hidden. Raises BadRequest as well."""
        if by not in BY:
            raise BadRequest(f"by is {', '.join(BY)}.", "$.by")
        served = self._served(site)
        today = self._clock.now().astimezone(served.zone).date()
        earliest = add_months(today, -REFUSAL_MONTHS) + timedelta(days=1)
        kept = span.since(earliest)
        totals = dict.fromkeys(ALL, 0)
        found: dict[str, dict[str, int]] = {}
        if kept is not None:
            totals = next(iter(self._by(served, kept, "").values()), totals)
            found = self._by(served, kept, by)
            if by == "day":
                days = (kept.first + timedelta(days=n) for n in range(kept.length))
                found = {day.isoformat(): found.get(day.isoformat(), dict.fromkeys(ALL, 0)) for day in days}
        columns = columns_of(by)
        told: Sequence[Mapping[str, int | None]] = list(found.values())
        if not exact:
            told = small_numbers.protected(list(found.values()), columns)
        rows = [
            cast("dict[str, str | int | None]", {by: value, **{name: row[name] for name in columns}})
            for value, row in zip(found, told, strict=True)
        ]
        if by != "day":
            rows.sort(key=lambda row: -sum(cast(int, row[name] or 0) for name in columns))
        shown = {name: None if not exact and small_numbers.is_small(totals[name]) else totals[name] for name in ALL}
        cut = earliest if span.first < earliest else None
        return ConsentFigures(span=span, by=by, totals=shown, rows=tuple(rows), cut=cut)

    def audience(self, site: int, span: Span) -> AudienceEstimate:
        """The estimated whole audience of the days on which loads were counted."""
        served = self._served(site)
        today = self._clock.now().astimezone(served.zone).date()
        kept = span.since(add_months(today, -self._settings.retention.data_months))
        loads = self._ask("loads", {"site": site, "first": kept.first, "last": kept.last}) if kept else []
        if not loads or kept is None:
            return AudienceEstimate(span=span, since=None, found=None, loads=0, base=0, refused=0, unanswered=0)
        since = cast(date, loads[0]["day"])
        without, who = not_restricted(sorted(self._restricted(site)))
        visits = self._ask("recorded", {"site": site, "first": since, "last": kept.last, **who}, without)
        return AudienceEstimate(
            span=span,
            since=since,
            found=estimate(_strata(loads, visits)),
            loads=_sum(loads, "loads"),
            base=_sum(loads, "base"),
            refused=_sum(loads, "refused"),
            unanswered=_sum(loads, "unanswered"),
        )

    def _by(self, served: ServedSite, span: Span, by: str) -> dict[str, dict[str, int]]:
        """Figures by value; those that a value has none of are zero."""
        begin = datetime.combine(span.first, time(), served.zone)
        end = datetime.combine(span.last + timedelta(days=1), time(), served.zone)
        instants = {"since": int(begin.timestamp() * 1000), "until": int(end.timestamp() * 1000)}
        of_ledger = {"site": served.id, **instants}
        tallied = {"site": served.id, "first": span.first, "last": span.last, "dimension": by}
        found: dict[str, dict[str, int]] = {}
        if by == "purpose":
            _add(found, self._ask("purposes", of_ledger), ("accepted", "refused"))
        elif by == "device":
            _add(found, self._ask("tallied", tallied), ("shown", *ANSWERS))
        else:
            timezone = served.site.timezone
            answers = self._ask("answers", {**of_ledger, "dimension": by, "timezone": timezone})
            _add(found, answers, (*ANSWERS, *SIGNALS))
            _add(found, self._ask("tallied", tallied), ("shown",))
        return found

    def _served(self, site: int) -> ServedSite:
        served = self._catalog.get(site)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        return served

    def _ask(self, name: str, parameters: Mapping[str, object], without: str = "") -> list[dict[str, object]]:
        sql = statements.read(_HERE, name).replace("/* restricted */", without)
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        return self._warehouse.query(sql, parameters, limits)


def _add(found: dict[str, dict[str, int]], rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    for row in rows:
        figures = {name: max(0, cast(int, row[name])) for name in columns}
        if any(figures.values()):
            found.setdefault(str(row["value"]), dict.fromkeys(ALL, 0)).update(figures)


def _strata(loads: Sequence[Mapping[str, object]], visits: Sequence[Mapping[str, object]]) -> list[Stratum]:
    def key(row: Mapping[str, object]) -> tuple[date, str, str]:
        return cast(date, row["day"]), str(row["country"]), str(row["device"])

    counted = {key(row): row for row in loads}
    recorded = {key(row): row for row in visits}
    return [
        Stratum(
            *which,
            *(cast(int, recorded.get(which, {}).get("visits", 0)),),
            *(cast(int, counted.get(which, {}).get(name, 0)) for name in ("base", "loads")),
            *(cast(int, recorded.get(which, {}).get(name, 0)) for name in ("pages", "squares")),
        )
        for which in sorted(counted.keys() | recorded.keys())
    ]


def _sum(rows: Sequence[Mapping[str, object]], name: str) -> int:
    return max(0, sum(cast(int, row[name]) for row in rows))
