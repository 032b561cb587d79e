"""A site's overview of one whole day, week or month, without small figures: what shares show and letters bring.

Periods of one kind never overlap, and only those that are over are told, so no two of them can be subtracted from each other.
The tables are chosen likewise: none is a finer view of another one, but for the sources of a channel, which are told only
where the channel is, and hidden as parts of its figure (regions beside countries would give small countries away).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

import msgspec

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest
from gateway.reports import filters, guarded
from gateway.reports.guarded import Told
from gateway.reports.periods import Period, Span, start_of
from gateway.reports.run import MAX_LIMIT, Reports, StatsQuery
from gateway.sites.catalog import Catalog

Kind = Literal["day", "week", "month"]
# How many of each a reader may look back.
KINDS: dict[Kind, int] = {"day": 31, "week": 26, "month": 13}
HEADLINE = ("visitors", "visits", "pageviews", "actions_per_visit", "bounce_rate", "avg_seconds", "engaged_seconds")
_GOALS = ("conversions", "revenue")
_TABLES = {
    "page": ("visitors", "pageviews"),
    "entry_page": ("visits",),
    "referrer_type": ("visitors", "visits"),
    "country": ("visitors",),
    "device": ("visitors",),
    "browser": ("visitors",),
    "os": ("visitors",),
}
# Channel → what its visits came by.
_CHANNELS = {
    "search": "referrer",
    "website": "referrer",
    "social": "referrer",
    "ai": "referrer",
    "campaign": "campaign",
}
ROWS = 10
_KEPT_SECONDS = 600.0
_KEPT = 64


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a dimension, none of whose figures is hidden. `channel`: of visits by this one alone.

    `hidden`: how many more rows have figures that are not told, among all of them.
    """

    dimension: str
    channel: str
    metrics: tuple[str, ...]
    rows: tuple[Told, ...]
    hidden: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """`totals` and those of the period `before`; `series` by day, of one day by hour. None is a figure that is hidden.

    `cut`: nothing before this date is kept, so that `before` is compared with less than a whole period.
    """

    first: date
    last: date
    step: Literal["hour", "day"]
    metrics: tuple[str, ...]
    totals: Told
    before: Told
    series: tuple[Told, ...]
    tables: tuple[Table, ...]
    cut: date | None


class Overviews:
    """Blocking: call from a thread. An answer is kept for ten minutes, so that a link passed around costs little."""

    def __init__(self, reports: Reports, catalog: Catalog, clock: Clock) -> None:
        self._reports = reports
        self._catalog = catalog
        self._clock = clock
        self._known: dict[tuple[int, Span, str], tuple[float, Overview]] = {}
        self._lock = threading.Lock()

    def spans(self, site: int, kind: Kind) -> list[Span]:
        """The periods of a kind that are over and wholly kept, the newest first; never longer ago than KINDS says.

        Raises NotFound.
        """
        earliest = self._reports.earliest(site)
        found = [last_of(kind, self._reports.today(site))]
        while len(found) < KINDS[kind]:
            found.append(last_of(kind, found[-1].first))
        return [span for span in found if span.first >= earliest]

    def of(self, site: int, span: Span, chosen: str = "") -> Overview:
        """The overview of visits that the filter `chosen` lets through. Raises as Reports.run does."""
        key, now = (site, span, chosen), self._clock.timestamp()
        with self._lock:
            known = self._known.get(key)
        if known is not None and now - known[0] < _KEPT_SECONDS:
            return known[1]
        made = self._make(site, span, chosen)
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = (now, made)
            while len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
        return made

    def _make(self, site: int, span: Span, chosen: str) -> Overview:
        served = self._catalog.get(site)
        has_goals = served is not None and bool(served.site.goals)
        metrics = (*HEADLINE, *(_GOALS if has_goals else ()))
        step: Literal["hour", "day"] = "hour" if span.length == 1 else "day"

        def ask(**more: object) -> guarded.Guarded:
            values = {"site": site, "first": span.first, "last": span.last, "filter": chosen, **more}
            return guarded.run(self._reports, msgspec.convert(values, StatsQuery))

        before = before_of(span)
        earlier = ask(first=before.first, last=before.last, metrics=metrics)
        return Overview(
            first=span.first,
            last=span.last,
            step=step,
            metrics=metrics,
            totals=ask(metrics=metrics).totals,
            before=earlier.totals,
            series=ask(metrics=metrics, period=Period(step)).rows,
            tables=tuple(self._tables(ask, chosen, has_goals)),
            cut=earlier.cut,
        )

    def _tables(self, ask: Callable[..., guarded.Guarded], chosen: str, has_goals: bool) -> list[Table]:
        tables = []
        for dimension, metrics in _TABLES.items():
            found = ask(dimension=dimension, metrics=metrics, limit=MAX_LIMIT)
            tables.append(_table(found))
            if dimension == "referrer_type":
                told = [str(row[dimension]) for row in _open(found)]
                for channel in (one for one in told if one in _CHANNELS):
                    only = ";".join(part for part in (chosen, f"referrer_type=={channel}") if part)
                    by = ask(dimension=_CHANNELS[channel], metrics=metrics, limit=MAX_LIMIT, filter=only)
                    tables.append(_table(by, channel))
        if has_goals:
            tables.append(_table(ask(dimension="goal", metrics=("conversions", "conversion_rate"))))
        return [table for table in tables if table.rows or table.hidden]


def _table(found: guarded.Guarded, channel: str = "") -> Table:
    open_ = _open(found)
    query = found.query
    return Table(
        dimension=query.dimension,
        channel=channel,
        metrics=found.metrics,
        rows=tuple(open_[:ROWS]),
        hidden=found.row_count - len(open_),
    )


def _open(found: guarded.Guarded) -> list[Told]:
    """The rows of which everything is told: a name beside hidden figures would say that somebody was there."""
    return [row for row in found.rows if None not in row.values()]


def last_of(kind: Kind, today: date) -> Span:
    """The last whole period of a kind that is over on `today`."""
    last = start_of(today, Period(kind)) - timedelta(days=1)
    return Span(start_of(last, Period(kind)), last)


def before_of(span: Span) -> Span:
    """The period of the same kind right before."""
    if span.length in (1, 7):
        return span.previous()
    return Span(add_months(span.first, -1), span.first - timedelta(days=1))


def kind_of(text: str) -> Kind:
    """Raises BadRequest."""
    for kind in KINDS:
        if kind == text:
            return kind
    raise BadRequest(f"period is {', '.join(KINDS)}.", "$.period")


def checked_filter(text: str) -> str:
    """The filter as filters.py writes it. Raises BadRequest."""
    return filters.write(filters.parse(text.strip()))
