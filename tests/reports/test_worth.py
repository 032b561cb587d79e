"""What goals and events are worth: each goal its own, whatever others its hit reached; and no value that breaks a sum."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.hits import Hit, HitType, RawHit
from gateway.ingest.goals import Goals
from gateway.reports.run import StatsQuery
from gateway.sites.goals import Goal
from tests.warehouse.worlds import World, at, make_hit

DAY = date(2026, 11, 10)
GOALS = Goals(
    [
        Goal(id=1, name="Thanks", match="url", pattern="/thanks", how="starts", revenue=10.0),
        Goal(id=2, name="Big thanks", match="url", pattern="/thanks/big", how="starts", revenue=30.0),
    ]
)


def page(clock: str, path: str, **fields: Any) -> Hit:
    """A page view with the goals that it reaches."""
    url = f"https://shop.example{path}"
    raw = RawHit(site=1, type=HitType.PAGEVIEW, received=0, at=0, address="", user_agent="", url=url)
    goals, revenues = GOALS.reached(raw)
    return make_hit(at(DAY, clock), path=path, goals=goals, goal_revenues=revenues, revenue=sum(revenues), **fields)


def event(clock: str, value: float, **fields: Any) -> Hit:
    moment = at(DAY + timedelta(days=2), clock)
    return make_hit(moment, type=HitType.EVENT, category="video", action="play", value=value, **fields)


def by_goal(here: World, day: date) -> dict[object, object]:
    return {row["goal"]: row["revenue"] for row in here.reports.run(asked(day, "goal")).rows}


def asked(day: date, dimension: str = "", **more: Any) -> StatsQuery:
    return StatsQuery(site=1, first=day, last=day, dimension=dimension, **more)


def test_each_goal_has_the_revenue_of_its_own_conversions(here: World) -> None:
    """Goal 1 is reached once a visit by /thanks, at 10; goal 2 by /thanks/big, at 30, which reaches goal 1 as well."""
    here.store(
        [
            page("10:00", "/thanks", anon=1),
            page("10:01", "/thanks/big", anon=1),
            page("10:00", "/thanks/big", anon=2),
        ]
    )
    # A row of before there was a revenue for each goal, and one of an order, which is worth its own revenue alone.
    before = DAY + timedelta(days=1)
    here.store(
        [
            make_hit(at(before, "10:00"), anon=1, goals=(1, 2), revenue=40.0),
            make_hit(at(before, "10:01"), anon=2, type=HitType.ORDER, order_id=7, revenue=5.0),
        ]
    )
    here.rollup.run()
    assert by_goal(here, DAY) == {"1": 20.0, "2": 60.0}
    assert here.reports.run(asked(DAY)).totals["revenue"] == 80.0
    assert by_goal(here, before) == {"1": 20.0, "2": 20.0, "order": 5.0}


@pytest.mark.parametrize("filter_", ["", "device!=tv"])
def test_a_value_that_no_sum_can_hold_counts_as_none(here: World, filter_: str) -> None:
    """Two of 1.7e308 are infinite, and with two of -1.7e308 no number at all."""
    values = [1.7e308, 1.7e308, -1.7e308, -1.7e308, 2.5, -1e15]
    here.store([event(f"10:0{number}", value, anon=number // 2) for number, value in enumerate(values)])
    here.rollup.run()
    day = DAY + timedelta(days=2)
    assert here.reports.run(asked(day, filter=filter_)).totals["event_value"] == 2.5 - 1e15
    (row,) = here.reports.run(asked(day, "event_category", filter=filter_)).rows
    assert (row["events"], row["event_value"]) == (6, 2.5 - 1e15)
