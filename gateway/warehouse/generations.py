"""New generations of days of sites: their visits, facts and audience, written before anything reads them.

visits     out of raw hits, or out of the visits as they are where raw hits are gone
facts      out of visits
           then the later days on which somebody who came or went is met the next time: these depend on what was before
audience   out of visits and facts, once all facts are there

Days of many sites go into one statement: to be understood costs a statement more than a small day does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, cast

from gateway.sites.site import Site
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
_CHUNK_ROWS = 1_000_000  # raw hits sessionised in one go, unless one day has more
TABLES = ("visits", "facts", "audience")


class Key(NamedTuple):
    """What has a generation of its own."""

    site: int
    day: date


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


class Counting(NamedTuple):
    """What of a site's settings tells how its hits are counted: sites of which it is the same go together."""

    repeating: tuple[int, ...] = ()
    of_actions: tuple[int, ...] = ()

    @classmethod
    def of(cls, served: Site | None) -> Counting:
        """A site that is served no more has figures still."""
        if served is None:
            return cls()
        return cls(
            tuple(sorted(goal.id for goal in served.goals if not goal.once)),
            tuple(sorted(one.id for one in served.dimensions if one.scope == "action")),
        )


class Generations:
    """The generations of sites that count alike: the published ones, and those written here.

    `published` says what is published of given days; `until`, the last published day of each site; `numbers`, generations.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        counting: Counting,
        published: Callable[[Collection[Key]], dict[Key, Published]],
        until: Mapping[int, date],
        numbers: Iterator[int],
    ) -> None:
        self._warehouse = warehouse
        self._counting = counting
        self._look = published
        self._until = until
        self._numbers = numbers
        self.published: dict[Key, Published] = {}
        self.fresh: dict[Key, int] = {}

    def write(
        self, from_hits: Collection[Key], from_visits: Collection[Key], sizes: Mapping[Key, int]
    ) -> dict[Key, int]:
        """Write these days and the later ones that depend on them; what got which generation. `sizes`: raw hits."""
        self.published = self._look([*from_hits, *from_visits])
        chunks = [*chunked(sorted(from_hits), sizes)]
        for chunk in chunks:
            self._from_hits(chunk)
        copied = sorted(from_visits)
        self._from_visits(copied)
        changed = list(self.fresh)
        while changed:
            changed = self._later(changed)
            self.published |= self._look(changed)
            self._from_visits(changed)
            copied += changed
        sizes_then = {key: was.made_of.rows for key, was in self.published.items()}
        for chunk in (*chunks, *chunked(sorted(copied), sizes_then)):
            self._run("write_audience", chunk, but=self.fresh)
        return self.fresh

    def _from_hits(self, keys: Sequence[Key]) -> None:
        new = {key: next(self._numbers) for key in keys}
        self._run("write_visits", keys, new, but={*self.fresh, *keys}, repeating=self._counting.repeating)
        self.fresh |= new
        self._run("write_facts", keys)

    def _from_visits(self, keys: Sequence[Key]) -> None:
        if not keys:
            return
        new = {key: next(self._numbers) for key in keys}
        olds = [self.published[key].generation for key in keys]
        self._run("copy_visits", keys, new, but=self.fresh, olds=olds)
        self.fresh |= new
        self._run("write_facts", keys)

    def _later(self, keys: Sequence[Key]) -> list[Key]:
        """The published days after these, not written here, whose figures depend on who was there on these."""
        keys = [key for key in keys if key.site in self._until and self._until[key.site] > key.day]
        if not keys:
            return []
        changed = [self.fresh[key] for key in keys]
        changed += [self.published[key].facts_generation for key in keys if key in self.published]
        parameters = {**columns(keys), **columns(self.fresh, "but_"), "changed": changed}
        found = self._warehouse.query(_sql("later_days"), parameters)
        return sorted(Key(cast(int, row["site"]), cast(date, row["day"])) for row in found)

    def _run(
        self,
        name: str,
        keys: Sequence[Key],
        new: Mapping[Key, int] | None = None,
        but: Collection[Key] = (),
        **parameters: Sequence[int],
    ) -> None:
        numbers = self.fresh if new is None else new
        common: dict[str, object] = {
            **columns(keys),
            "generations": [numbers[key] for key in keys],
            "fresh": [self.fresh[key] for key in self.fresh.keys() - set(keys)],
            **columns(but, "but_"),
            "of_actions": list(self._counting.of_actions),
        }
        self._warehouse.command(_sql(name), {**common, **{one: list(value) for one, value in parameters.items()}})


def columns(keys: Collection[Key], prefix: str = "") -> dict[str, object]:
    """Days of sites as a statement takes them: the arrays `sites` and `days`."""
    return {f"{prefix}sites": [key.site for key in keys], f"{prefix}days": [key.day for key in keys]}


def chunked(keys: Sequence[Key], sizes: Mapping[Key, int]) -> Iterator[list[Key]]:
    """Runs of keys with at most _CHUNK_ROWS hits together, or one key."""
    chunk: list[Key] = []
    rows = 0
    for key in keys:
        more = sizes.get(key, 0)
        if chunk and rows + more > _CHUNK_ROWS:
            yield chunk
            chunk, rows = [], 0
        chunk.append(key)
        rows += more
    if chunk:
        yield chunk


def _sql(name: str) -> str:
    return statements.read(_HERE, name)
