"""Goals as sites define them: what reaches them, in which time, and what a configuration may not say."""

from __future__ import annotations

import time

import pytest

from gateway.hits import HitType, RawHit
from gateway.ingest.goals import Goals
from gateway.sites.goals import Comparison, CustomDimension, Goal, GoalMatch, check
from tests.matomo.trackers import Tracker


def page(url: str, title: str = "", revenue: float = 0.0) -> RawHit:
    return RawHit(
        site=1,
        type=HitType.PAGEVIEW,
        received=0.0,
        at=0.0,
        address="",
        user_agent="",
        url=url,
        title=title,
        revenue=revenue,
    )


@pytest.mark.parametrize(
    ("how", "pattern", "url", "reached"),
    [
        ("exact", "/thanks", "https://shop.example/thanks", True),
        ("exact", "/thanks", "https://shop.example/thanks?order=1#top", True),
        ("exact", "/thanks?step=2", "https://shop.example/thanks?step=2", True),
        ("exact", "/thanks?step=2", "https://shop.example/thanks?step=1", False),
        ("exact", "/#/thanks", "https://shop.example/#/thanks", True),
        ("exact", "/thanks", "https://shop.example/thanks/", False),
        ("exact", "/", "https://shop.example", True),
        ("exact", "https://shop.example/thanks", "https://shop.example/THANKS?x=1", True),
        ("exact", "https://shop.example/thanks", "https://www.shop.example/thanks", False),
        ("contains", "thank", "https://shop.example/fr/thanks", True),
        ("contains", "order=", "https://shop.example/thanks?order=1", True),
        ("contains", "/thanks", "https://thanks.example/", False),
        ("starts", "/fr/", "https://shop.example/fr/a", True),
        ("starts", "/fr/", "https://shop.example/a/fr/", False),
        ("starts", "https://shop.example/fr", "https://shop.example/fr/a", True),
        ("glob", "/*/thanks", "https://shop.example/fr/thanks?x", True),
        ("glob", "/*/thanks", "https://shop.example/thanks", False),
        ("glob", "*/order/*/done", "https://shop.example/order/7/done", True),
        ("glob", "/a*a", "https://shop.example/a", False),
        ("glob", "/a*b*c", "https://shop.example/axbybzc", True),
        ("glob", "/a*b*c", "https://shop.example/acb", False),
        ("glob", "/thanks", "https://shop.example/thanks", True),
    ],
)
def test_pages(how: Comparison, pattern: str, url: str, reached: bool) -> None:
    goals = Goals([Goal(id=5, name="G", match="url", pattern=pattern, how=how, revenue=2.0)])
    assert goals.reached(page(url)) == (((5,), (2.0,)) if reached else ((), ()))


def test_a_hit_may_reach_several_and_says_itself_what_each_is_worth() -> None:
    goals = Goals(
        [
            Goal(id=1, name="A", match="url", pattern="shop", revenue=2.0),
            Goal(id=2, name="B", match="title", pattern="hello", revenue=3.0),
            Goal(id=3, name="C", match="manual", revenue=9.0),
        ]
    )
    assert goals.reached(page("https://shop.example/", "Hello")) == ((1, 2), (2.0, 3.0))
    assert goals.reached(page("https://shop.example/", "Hello", revenue=4.0)) == ((1, 2), (4.0, 4.0))


@pytest.mark.parametrize("match", ["url", "title"])
def test_no_pattern_and_no_page_take_long(match: GoalMatch) -> None:
    """What would make a backtracking matcher take years."""
    goals = Goals([Goal(id=1, name="G", match=match, pattern="*a" * 200 + "*b", how="glob")])
    text = "a" * 8_192
    started = time.process_time()
    assert goals.reached(page(f"https://shop.example/{text}", text)) == ((), ())
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("goals", "dimensions", "parameters", "key"),
    [
        ((Goal(id=1, name="A"), Goal(id=1, name="B")), (), (), "sites[0].goals"),
        (tuple(Goal(id=1 + number, name="A") for number in range(201)), (), (), "sites[0].goals"),
        ((Goal(id=1, name=" "),), (), (), "sites[0].goals[0].name"),
        ((Goal(id=1, name="A", pattern="x"),), (), (), "sites[0].goals[0].pattern"),
        ((Goal(id=1, name="A", match="url"),), (), (), "sites[0].goals[0].pattern"),
        ((Goal(id=1, name="A", match="url", pattern="**", how="glob"),), (), (), "sites[0].goals[0].pattern"),
        ((), (CustomDimension(id=1, name="A"), CustomDimension(id=1, name="B")), (), "sites[0].dimensions"),
        ((), (CustomDimension(id=1, name=" "),), (), "sites[0].dimensions[0].name"),
        ((), (), ("q", " "), "sites[0].search_parameters[1]"),
    ],
)
def test_what_a_configuration_may_not_say(
    goals: tuple[Goal, ...], dimensions: tuple[CustomDimension, ...], parameters: tuple[str, ...], key: str
) -> None:
    (problem,) = check(goals, dimensions, parameters, "sites[0].")
    assert problem.key == key
    assert problem.fix


def test_what_it_may() -> None:
    goals = (Goal(id=1, name="A"), Goal(id=2, name="B", match="url", pattern="/b"))
    assert list(check(goals, (CustomDimension(id=1, name="Plan"),), ("q",), "")) == []


def test_our_own_script_is_told_of_an_unknown_goal_as_well(tracker: Tracker) -> None:
    body = {"site": 1, "type": "goal", "goal": 99, "url": "https://shop.example/"}
    answer = tracker.browser.post("/v1/hit", body)
    assert (answer.status_code, answer.json()["error"]["where"]) == (400, "$.goal")
    assert tracker.browser.post("/v1/hit", {**body, "goal": 2}).status_code == 202
    (row,) = tracker.rows()
    assert (row["goals"], row["revenue"], row["goal_revenues"]) == ([2], 10.0, [10.0])
