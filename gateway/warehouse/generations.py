"""New generations of a site's days: their visits, facts and audience, written before anything reads them.

visits     out of raw hits, or out of the visits as they are where raw hits are gone
facts      out of visits
           then the later days on which somebody who came or went is met the next time: these depend on what was before
audience   out of visits and facts, once all facts are there
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, cast

from gateway.sites.site import Site
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
_CHUNK_ROWS = 1_000_000  # raw hits sessionised in one go, unless one day has more
TABLES = ("visits", "facts", "audience")


class Raw(NamedTuple):
    """What there is, or was, of raw hits of one (site, day)."""

    rows: int
    latest: datetime


class Published(NamedTuple):
    """What `rollups` says of one (site, day)."""

    generation: int
    facts_generation: int
    made_of: Raw
    has_audience: bool


class Generations:
    """The generations of one site: the published ones, and those written here."""

    def __init__(
        self,
        warehouse: Warehouse,
        site: int,
        served: Site | None,
        published: Mapping[date, Published],
        numbers: Iterator[int],
    ) -> None:
        self._warehouse = warehouse
        self._site = site
        self._published = published
        self._numbers = numbers
        self.fresh: dict[date, int] = {}
        # A site that is served no more has figures still.
        self._repeating = [goal.id for goal in served.goals if not goal.once] if served else []
        self._of_actions = [one.id for one in served.dimensions if one.scope == "action"] if served else []

    def write(
        self, from_hits: Sequence[date], from_visits: Sequence[date], sizes: Mapping[date, int]
    ) -> dict[date, int]:
        """Write these days and the later ones that depend on them; day → generation. `sizes`: raw hits of each day."""
        chunks = [*_chunks(from_hits, sizes)]
        for chunk in chunks:
            self._from_hits(chunk)
        copied = sorted(from_visits)
        self._from_visits(copied)
        changed = list(self.fresh)
        while changed:
            changed = self._later(changed)
            self._from_visits(changed)
            copied += changed
        sizes_then = {day: was.made_of.rows for day, was in self._published.items()}
        for chunk in (*chunks, *_chunks(sorted(copied), sizes_then)):
            self._audience(chunk)
        return self.fresh

    def _from_hits(self, days: list[date]) -> None:
        history = [*self._current(days, "generation").values()]
        self.fresh |= {day: next(self._numbers) for day in days}
        generations = [self.fresh[day] for day in days]
        self._run("write_visits", days, generations=generations, history=history, repeating=self._repeating)
        self._run("write_facts", days, fresh=generations)

    def _from_visits(self, days: list[date]) -> None:
        if not days:
            return
        olds = [self._published[day].generation for day in days]
        history = [*self._current([], "generation").values()]
        self.fresh |= {day: next(self._numbers) for day in days}
        generations = [self.fresh[day] for day in days]
        self._run("copy_visits", days, generations=generations, olds=olds, history=history)
        self._run("write_facts", days, fresh=generations)

    def _later(self, days: Sequence[date]) -> list[date]:
        """The published days after these, not written here, whose figures depend on who was there on these."""
        first = min(days)
        later = [was.facts_generation for day, was in self._published.items() if day > first and day not in self.fresh]
        if not later:
            return []
        changed = [self.fresh[day] for day in days]
        changed += [self._published[day].facts_generation for day in days if day in self._published]
        parameters = {"site": self._site, "first": first, "days": list(days), "later": later, "changed": changed}
        return [cast(date, row["next"]) for row in self._warehouse.query(_sql("later_days"), parameters)]

    def _audience(self, days: list[date]) -> None:
        history = [*self._current(days, "facts_generation").values()]
        self._run("write_audience", days, fresh=[self.fresh[day] for day in days], history=history)

    def _current(self, but: Sequence[date], kind: str) -> dict[date, int]:
        """The generation of each day as it is now, of all days but these."""
        now = {day: cast(int, getattr(was, kind)) for day, was in self._published.items()} | self.fresh
        return {day: generation for day, generation in now.items() if day not in but}

    def _run(self, name: str, days: Sequence[date], **parameters: object) -> None:
        common = {"site": self._site, "first": min(days), "last": max(days), "days": list(days)}
        self._warehouse.command(_sql(name), {**common, "of_actions": self._of_actions, **parameters})


def _sql(name: str) -> str:
    return statements.read(_HERE, name)


def _chunks(days: Sequence[date], sizes: Mapping[date, int]) -> Iterator[list[date]]:
    """Runs of consecutive days with at most _CHUNK_ROWS hits together."""
    chunk: list[date] = []
    rows = 0
    for day in days:
        more = sizes.get(day, 0)
        if chunk and (day - chunk[-1] > timedelta(days=1) or rows + more > _CHUNK_ROWS):
            yield chunk
            chunk, rows = [], 0
        chunk.append(day)
        rows += more
    if chunk:
        yield chunk
