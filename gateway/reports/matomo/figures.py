"""The figures of one site, for the dates and the segment of a question: all of them asked of Reports, none made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from gateway.reports import filters
from gateway.reports.dimensions import metrics_of
from gateway.reports.filters import Condition, Filter
from gateway.reports.matomo.dates import Dates
from gateway.reports.matomo.pairs import Pairs
from gateway.reports.periods import Period
from gateway.reports.run import MAX_LIMIT, Reports, StatsQuery
from gateway.sites.catalog import ServedSite
from gateway.sites.site import Site

# Of many dates at once only the most frequent values, so that a year of days does not fill the memory.
_ROWS_AT_ONCE = 200_000
Figure = Mapping[str, object]


def home(site: Site) -> str:
    """The site's home page."""
    return site.main_url or f"https://{site.domains[0].removeprefix('*.')}/"


def origin(site: Site) -> str:
    parts = urlsplit(home(site))
    return f"{parts.scheme}://{parts.netloc}"


class Figures(NamedTuple):
    """Every answer is a list that belongs to `dates.spans`, one part for each."""

    reports: Reports
    pairs: Pairs
    served: ServedSite
    dates: Dates
    chosen: Filter

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
        return _firsts(self._run(dimension, where, ("distinct_values", "value_visits"), 1))

    def two(self, outer: str, inner: str, *where: Condition) -> list[list[Figure]]:
        """The metrics of each pair of values, which are under "outer" and "inner"."""
        return self._two(outer, inner, where, self._limit())

    def count_two(self, outer: str, inner: str, *where: Condition) -> list[int]:
        """How many pairs of values of visits there are, beyond the limit of rows too."""
        return [cast(int, row.get("pair_count", 0)) for row in _firsts(self._two(outer, inner, where, 1))]

    def _two(self, outer: str, inner: str, where: Sequence[Condition], limit: int) -> list[list[Figure]]:
        span = self.dates.whole.since(self.reports.earliest(self.served.id))
        if span is None:
            return [[] for _ in self.dates.spans]
        starts = [one.first for one in self.dates.spans]
        rows = self.pairs.rows(self.served.id, span, starts, self._filter(where), outer, inner, limit)
        return self._by_span(rows)

    def _run(
        self, dimension: str, where: Sequence[Condition], metrics: tuple[str, ...], limit: int
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
        return self._by_span(self.reports.run(query).rows)

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


def _firsts(found: Sequence[Sequence[Figure]]) -> list[Figure]:
    return [rows[0] if rows else {} for rows in found]
