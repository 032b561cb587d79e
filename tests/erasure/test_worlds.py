"""Any order of visits, deliveries, erasures, rollups and crashes ends in the world in which the erased never came."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.hits import Hit
from tests.erasure.erasures import Erasures, figures
from tests.warehouse.worlds import Engine, World, at, days_before, make_hit, world

FIRST = days_before(8)


def visits(order: random.Random, count: int) -> list[Hit]:
    """Page views of six visitors, each with a browser of its own, and of browsers without an id."""
    hits = []
    for _ in range(count):
        visitor = order.choice((0, 1, 2, 3, 4, 5, 2**64 - 6))
        begin = at(days_before(order.randrange(1, 5)), f"{order.randrange(24):02}:{order.randrange(60):02}")
        hits += [
            make_hit(
                begin + timedelta(minutes=minute),
                visitor=visitor,
                anon=10_000 + order.randrange(40) if visitor == 0 else visitor % 100 + 1,
                path=f"/{order.randrange(4)}",
                title=f"Page {order.randrange(4)}",
                country=order.choice(("FR", "DE")),
                test=order.random() < 0.1,
            )
            for minute in range(order.randrange(1, 4))
        ]
    return hits


def assert_same(there: Erasures, engine: Engine, hits: list[Hit]) -> None:
    with world(engine) as other:
        if hits:
            other.store(hits)
        other.rollup.run()
        expected, found = figures(other.reports, FIRST), figures(there.reports, FIRST)
    for asked in expected:
        assert found[asked] == expected[asked], asked


@pytest.mark.parametrize("seed", range(3))
def test_the_erased_never_came(there: Erasures, engine: Engine, seed: int) -> None:
    order = random.Random(seed)
    came: list[Hit] = []
    erased: set[int] = set()
    acts = ["accept", "accept", "deliver", "rollup", "erase", "job", "crash", "replay", "segment"]
    for _ in range(14):
        match order.choice(acts):
            case "accept":
                fresh = visits(order, 4)
                came += fresh
                there.accept(fresh)
            case "deliver":
                there.deliver()
            case "rollup":
                there.rollup.run()
            case "erase":
                visitor = order.choice((1, 2, 3, 2**64 - 6))
                erased.add(visitor)
                there.tombstones.erase(1, [visitor])
            case "job":
                there.work()
            case "crash":
                there.crash_at(order.randrange(1, 15))
            case "replay":
                there.erasing.replay()
                there.accept(order.sample(came, min(3, len(came))))  # the same rows once more, under their own ids
            case "segment":
                there.end_segment()
    there.finish()
    assert not any(there.count(sorted(erased)).values()) if erased else True
    assert_same(there, engine, [hit for hit in came if hit.visitor not in erased])


def test_restricted_rows_are_in_no_report_and_return_when_it_is_lifted(there: Erasures, engine: Engine) -> None:
    order = random.Random(9)
    came = visits(order, 40)
    there.accept(came)
    there.deliver()
    there.rollup.run()
    whole = figures(there.reports, FIRST)
    there.tombstones.restrict(1, [1, 2, 2**64 - 6])
    assert_same(there, engine, [hit for hit in came if hit.visitor not in (1, 2, 2**64 - 6)])
    there.tombstones.lift(1, [2])
    assert_same(there, engine, [hit for hit in came if hit.visitor not in (1, 2**64 - 6)])
    there.tombstones.lift(1, [1, 2**64 - 6])
    assert figures(there.reports, FIRST) == whole


def test_ten_thousand_restrictions_fit_into_a_report(here: World, tmp_path: Path) -> None:
    there = Erasures(here, tmp_path)
    there.accept(
        [make_hit(at(days_before(1), "10:00"), visitor=2**63 + 5), make_hit(at(days_before(1), "10:00"), anon=8)]
    )
    there.deliver()
    there.rollup.run()
    there.tombstones.restrict(1, range(2**63, 2**63 + 10_000))
    assert figures(there.reports, FIRST)["days"].totals["visitors"] == 1
    there.close()
