"""The figures of one site, for the dates and the segment of a question: all of them asked of Reports, none made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from gateway.errors import Forbidden
from gateway.reports import filters, guarded
from gateway.reports.dimensions import metrics_of
from gateway.reports.filters import Condition, Filter
from gateway.reports.matomo.answers import HIDDEN, is_hidden
from gateway.reports.matomo.dates import Dates
from gateway.reports.matomo.pairs import Pairs
from gateway.reports.periods import Period
from gateway.reports.run import MAX_LIMIT, Reports, StatsQuery
from gateway.reports.small_numbers import is_small
from gateway.sites.catalog import ServedSite
from gateway.sites.site import Site

# Of many dates at once only the most frequent values, so that a year of days does not fill the memory.
_ROWS_AT_ONCE = 200_000
Figure = Mapping[str, object]
# What of events Pairs alone knows.
_ONLY_IN_PAIRS = {"valued_events": HIDDEN, "min_event_value": HIDDEN, "max_event_value": HIDDEN}


def home(site: Site) -> str:
    """The site's home page."""
    return site.main_url or f"https://{site.domains[0].removeprefix('*.')}/"


def origin(site: Site) -> str:
    parts = urlsplit(home(site))
    return f"{parts.scheme}://{parts.netloc}"


class Figures(NamedTuple):
    """Every answer is a list that belongs to `dates.spans`, one part for each.

    `guard`: for viewers, without small figures (docs/sharing.md): those are answers.HIDDEN, and there are no pairs, since a
    table of two words gives away what that of one hides.
    """

    reports: Reports
    pairs: Pairs
    served: ServedSite
    dates: Dates
    chosen: Filter
    guard: bool = False

    @property
    def origin(self) -> str:
        """Scheme and host of the site's home page, which the paths of its pages follow."""
        return origin(self.served.site)

    def totals(self, *where: Condition) -> list[Figure]:
        """The metrics of the whole site."""
        return _firsts(self._run("", where, (), MAX_LIMIT))

    def rows(self, dimension: str, *where: Condition) -> list[list[Figure]]:
        """The metrics of each value, which is under the dimension's name."""
        return self._run(dimension, where, self._metrics(dimension), self._limit())

    def counts(self, dimension: str, *where: Condition) -> list[Figure]:
        """Of all values, beyond the limit of rows too: how many (`distinct_values`), and their visits (`value_visits`)."""
        found = _firsts(self._run(dimension, where, ("distinct_values", "value_visits"), 1, guard=False))
        if not self.guard:
            return found
        # Of a part of the visits it could not be said what is left of the whole.
        part = bool(self.chosen.groups or where)
        return [
            {**row, "value_visits": HIDDEN} if part or is_small(cast(int, row.get("value_visits", 0))) else row
            for row in found
        ]

    def two(self, outer: str, inner: str, *where: Condition) -> list[list[Figure]]:
        """The metrics of each pair of values, which are under "outer" and "inner". Raises Forbidden for viewers."""
        if self.guard and not inner:
            alone = self._run(outer, where, self._metrics(outer), self._limit())
            return [[{**_ONLY_IN_PAIRS, **row, "outer": row[outer]} for row in rows] for rows in alone]
        if self.guard:
            raise Forbidden("Tables of two dimensions at once are not for viewers: leave expanded and flat out.")
        return self._two(outer, inner, where, self._limit())

    def count_two(self, outer: str, inner: str, *where: Condition) -> list[int | float]:
        """How many pairs of values of visits there are, beyond the limit of rows too."""
        if self.guard:
            return [HIDDEN for _ in self.dates.spans]
        return [cast(int, row.get("pair_count", 0)) for row in _firsts(self._two(outer, inner, where, 1))]

    def _two(self, outer: str, inner: str, where: Sequence[Condition], limit: int) -> list[list[Figure]]:
        span = self.dates.whole.since(self.reports.earliest(self.served.id))
        if span is None:
            return [[] for _ in self.dates.spans]
        starts = [one.first for one in self.dates.spans]
        rows = self.pairs.rows(self.served.id, span, starts, self._filter(where), outer, inner, limit)
        return self._by_span(_numbers(rows))

    def _run(
        self,
        dimension: str,
        where: Sequence[Condition],
        metrics: tuple[str, ...],
        limit: int,
        guard: bool | None = None,
    ) -> list[list[Figure]]:
        span = self.dates.whole
        query = StatsQuery(
            site=self.served.id,
            first=span.first,
            last=span.last,
            dimension=dimension,
            period=self.dates.period if len(self.dates.spans) > 1 else Period.RANGE,
            filter=filters.write(self._filter(where)),
            limit=limit,
            metrics=metrics,
            order="-visits",
            totals=False,
        )
        if not (self.guard if guard is None else guard):
            return self._by_span(_numbers(self.reports.run(query).rows))
        told = guarded.run(self.reports, query).rows
        hidden = [{name: HIDDEN if value is None else value for name, value in row.items()} for row in told]
        return self._by_span(hidden)

    def _metrics(self, dimension: str) -> tuple[str, ...]:
        """All that there are; where they differ, the visitors of each day too."""
        if not self.dates.long:
            return ()
        scopes = {f"dimension{one.id}": one.scope for one in self.served.site.dimensions}
        return (*metrics_of(dimension, scopes.get(dimension) == "action"), "daily_visitors")

    def _filter(self, where: Sequence[Condition]) -> Filter:
        return Filter((*self.chosen.groups, *((condition,) for condition in where)))

    def _limit(self) -> int:
        return max(100, min(MAX_LIMIT, _ROWS_AT_ONCE // len(self.dates.spans)))

    def _by_span(self, rows: Sequence[Figure]) -> list[list[Figure]]:
        spans = self.dates.spans
        if len(spans) == 1:
            return [list(rows)]
        found: list[list[Figure]] = [[] for _ in spans]
        # The first period may begin later than asked for: at the oldest day that is kept.
        place = {span.first: index for index, span in enumerate(spans)}
        for row in rows:
            day = row["date"] if isinstance(row["date"], date) else date.fromisoformat(str(row["date"]))
            index = place.get(day)
            if index is None:
                index = next(index for index, span in enumerate(spans) if span.first <= day <= span.last)
            found[index].append(row)
        return found


def _numbers(rows: Sequence[Figure]) -> list[Figure]:
    """The rows without what is no number, an average of nothing say: that is what hidden figures look like."""
    return [{name: 0 if is_hidden(value) else value for name, value in row.items()} for row in rows]


def _firsts(found: Sequence[Sequence[Figure]]) -> list[Figure]:
    return [rows[0] if rows else {} for rows in found]
