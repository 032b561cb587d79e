"""The golden data set through reports: neither order, nor repetition, nor lateness, nor who stored it makes a difference."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from gateway.reports.periods import Period
from gateway.reports.run import MAX_LIMIT, StatsQuery
from tests.reports.golden import GOLDEN, HITS, SITE, Golden
from tests.warehouse.worlds import Engine, World, world

# Those that depend on what came before: one month of them is enough to be shuffled.
HARD = [case for case in GOLDEN if case.first.month == 5]
FIRST, LAST = min(case.first for case in HARD), max(case.last for case in HARD)


@pytest.fixture(scope="module")
def golden(engine: Engine) -> Iterator[World]:
    with world(engine) as fresh:
        fresh.store(HITS)
        fresh.rollup.run()
        yield fresh


def figures(here: World, case: Golden) -> dict[str, float]:
    query = StatsQuery(site=SITE, first=case.first, last=case.last, metrics=tuple(case.expected))
    return here.reports.run(query).totals


def test_the_golden_figures(golden: World) -> None:
    assert {case.name: figures(golden, case) for case in GOLDEN} == {case.name: case.expected for case in GOLDEN}


def everything(here: World) -> list[object]:
    """Reports that together tell all visits, visitors and dimensions apart."""
    asked = [
        StatsQuery(site=SITE, first=FIRST, last=LAST, period=Period.DAY),
        StatsQuery(site=SITE, first=FIRST, last=LAST, period=Period.MONTH),
        *(
            StatsQuery(site=SITE, first=FIRST, last=LAST, dimension=dimension, limit=MAX_LIMIT)
            for dimension in ("page", "goal", "visitor_type")
        ),
    ]
    return [here.reports.run(query) for query in asked]


def test_shuffled_split_replayed_and_late_it_is_the_same(golden: World, engine: Engine) -> None:
    order = random.Random(7)
    hits = [hit for case in HARD for hit in case.hits]
    shuffled = [*hits, *order.sample(hits, 20)]  # clients retry
    order.shuffle(shuffled)
    workers = [shuffled[start::3] for start in range(3)]
    with world(engine) as other:
        for number, batch in enumerate(workers):
            for _ in range(2):  # a worker whose answer was lost sends its batch again
                other.store(batch, f"worker:{number}")
            if number != 1:
                other.rollup.run()
        assert everything(other) == everything(golden)
