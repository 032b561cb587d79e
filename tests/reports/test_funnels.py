"""Funnels against a recount that knows visits as they were made up, and by hand where hits have to find their visit."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import BadRequest, NotFound
from gateway.hits import HitType
from gateway.reports import filters, funnels
from gateway.reports.filters import Condition
from gateway.reports.funnels import Funnel, FunnelQuery, Funnels, Within
from tests.stats import recount
from tests.stats.recount import Page, audience
from tests.warehouse.worlds import TODAY, Engine, World, at, days_before, make_hit, world

VISITS = audience(seed=11)
LAST = recount.FIRST + timedelta(days=recount.DAYS)
STEPS = (
    "page=^/", "page=@s", "page=@o,page=@x", "event_action==play", "event_category=@ID,page==/", "title=@a",
    "page==/\\", "title=^é,event_category==video",
)  # fmt: skip
FILTERS = ("", "country==FR", "country==FR,device==phone;pageviews>=2", "identified==0")


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Iterator[World]:
    with world(engine) as fresh:
        fresh.store(hit for visit in VISITS for hit in visit.hits())
        fresh.rollup.run()
        yield fresh


def funnel(here: World, steps: str, within: Within = "visit", restricted: Sequence[int] = (), **more: Any) -> Funnel:
    query = FunnelQuery(**{"site": 1, "first": days_before(30), "last": TODAY, **more}, steps=steps, within=within)
    return Funnels(here.warehouse, here.catalog, here.settings, here.clock, lambda _site: restricted).run(query)


def reached(here: World, steps: str, within: Within = "visit", **more: Any) -> list[int]:
    return [step.reached for step in funnel(here, steps, within, **more).steps]


def is_step(one: Condition, action: Page | float) -> bool:
    if isinstance(action, Page):
        has = {"page": action.path, "title": action.title}.get(one.field.name)
    else:
        has = {"event_category": "video", "event_action": "play"}.get(one.field.name)
    return has is not None and recount._HOLDS[one.operator](has, one.value)


def recounted(steps: str, within: Within, filter_: str, first: Any, last: Any) -> tuple[int, list[int]]:
    """Everybody, and how many came to each step."""
    chosen = filters.parse(filter_)
    some = [visit for visit in VISITS if first <= visit.start.date() <= last and recount.lets_through(chosen, visit)]
    if within == "visitor":
        some = [visit for visit in some if visit.visitor]
    of_one: dict[Any, list[Page | float]] = {}
    for number, visit in enumerate(sorted(some, key=lambda visit: visit.start)):
        of_one.setdefault(visit.visitor if within == "visitor" else number, []).extend(visit.actions)
    groups = funnels.parse(steps).groups
    counts = [0] * len(groups)
    for actions in of_one.values():
        depth = 0
        for action in actions:
            if depth < len(groups) and any(is_step(one, action) for one in groups[depth]):
                counts[depth] += 1
                depth += 1
    return len(of_one), counts


def test_any_funnel_is_that_of_a_recount(filled: World) -> None:
    chance = random.Random(3)
    seen = 0
    for _ in range(12):
        steps = ";".join(chance.choice(STEPS) for _ in range(chance.randint(2, 4)))
        within: Within = "visitor" if chance.random() < 0.5 else "visit"
        first = recount.FIRST + timedelta(days=chance.randint(0, 10))
        filter_ = chance.choice(FILTERS)
        found = funnel(filled, steps, within, filter=filter_, first=first, last=LAST)
        everybody, counts = recounted(steps, within, filter_, first, LAST)
        assert (found.everybody, [step.reached for step in found.steps]) == (everybody, counts), (
            steps,
            within,
            filter_,
        )
        assert [step.lost for step in found.steps] == [
            here - after for here, after in zip(counts, [*counts[1:], counts[-1]], strict=True)
        ]
        assert [step.of_first for step in found.steps] == [here / counts[0] if counts[0] else 0 for here in counts]
        seen += counts[1] > 0
    assert seen > 6, "most of the funnels are of somebody"


def test_hits_find_their_visit(filled: World) -> None:
    """A late id claims its run and no other; two ids in one run claim nothing; what came twice happened once."""
    day = days_before(2)
    on: dict[str, Any] = {"first": day, "last": day}
    home: dict[str, Any] = {"path": "/"}
    cart: dict[str, Any] = {"path": "/cart"}
    filled.store([
        # Without an id at first; the run of the afternoon stays without one.
        make_hit(at(day, "10:00"), anon=50, **home),
        make_hit(at(day, "10:01"), anon=50, visitor=5, **cart),
        make_hit(at(day, "15:00"), anon=50, **home),
        # One fingerprint, two ids: whose the first hit was is not known.
        make_hit(at(day, "10:00"), anon=60, **home),
        make_hit(at(day, "10:02"), anon=60, visitor=6, **cart),
        make_hit(at(day, "10:03"), anon=60, visitor=7, **cart),
        # Sent twice.
        make_hit(at(day, "11:00"), anon=70, number=700, **home),
        make_hit(at(day, "11:05"), anon=70, number=700, **home),
        make_hit(at(day, "11:06"), anon=70, **cart),
        # A new visit at once, and the order of time.
        make_hit(at(day, "12:00"), anon=80, visitor=8, **home),
        make_hit(at(day, "12:01"), anon=80, visitor=8, new_visit=True, **cart),
        make_hit(at(day, "12:02"), anon=90, **cart),
        make_hit(at(day, "12:03"), anon=90, **home),
        make_hit(at(day, "12:04"), anon=91, test=True, **home),
        make_hit(at(day, "12:05"), anon=91, test=True, **cart),
    ])  # fmt: skip
    filled.rollup.run()
    assert reached(filled, "page==/;page==/cart", **on) == [6, 2], (
        "50, its afternoon, 60, 70, 80 and 90; the carts of 5 and 70"
    )
    assert reached(filled, "page==/;page==/", **on) == [6, 0]
    assert reached(filled, "page==/;page==/cart", "visitor", **on) == [2, 2], (
        "5; and 8, whose cart is in the next visit"
    )
    assert reached(filled, "page==/;page==/cart", "visitor", restricted=[8], **on) == [1, 1]
    assert reached(filled, "page==/;page==/cart", filter="test==1", **on) == [1, 1]
    assert funnel(filled, "page==/;page==/cart", "visitor", **on).everybody == 4, "5, 6, 7 and 8"


def test_every_kind_of_step(filled: World) -> None:
    day = days_before(1)
    on: dict[str, Any] = {"first": day, "last": day}
    kinds: list[dict[str, Any]] = [
        {"path": "/shop", "title": "Shop"},
        {"type": HitType.SEARCH, "name": "boots", "category": "shoes"},
        {"type": HitType.DOWNLOAD, "name": "https://www.example.com/a.pdf"},
        {"type": HitType.OUTLINK, "name": "https://other.example/"},
        {"type": HitType.EVENT, "category": "Video", "action": "Play", "name": "Boots"},
        {"type": HitType.GOAL, "goals": (2,)},
        {"type": HitType.ORDER, "order_id": 77, "revenue": 5.0, "goals": (1,)},
    ]
    filled.store([make_hit(at(day, f"10:0{n}"), anon=1, **kind) for n, kind in enumerate(kinds)])
    # The page of thanks, loaded again on another day, is no order; nor is what the cart held a goal.
    filled.store([make_hit(at(day, "18:00"), anon=2, **kinds[0]), make_hit(at(day, "18:01"), anon=2, **kinds[6])])
    filled.rollup.run()
    steps = (
        "page=^/SH;search=@oot;search_category==shoes,download=$.PDF;outlink==https://other.example/;"
        "event_name==Boots;goal==2;goal==order"
    )
    assert reached(filled, steps, **on) == [2, 1, 1, 1, 1, 1, 1]
    assert reached(filled, "title==Shop;event_category==Video;event_action==Play", **on) == [2, 1, 0], (
        "one action, one step"
    )
    assert reached(filled, "page==/shop;goal==order", **on) == [2, 1]
    assert reached(filled, "page==/shop;goal==1", **on) == [2, 0]


def test_only_what_is_kept_is_told(filled: World) -> None:
    kept = filled.settings.retention.raw_months
    old = TODAY.replace(year=TODAY.year - kept // 12 - 1)
    found = funnel(filled, "page==/;page==/cart", first=old)
    assert found.cut is not None and old < found.cut < TODAY
    gone = funnel(filled, "page==/;page==/cart", first=old, last=old)
    assert (gone.everybody, [step.reached for step in gone.steps], gone.cut) == (0, [0, 0], found.cut)
    assert funnel(filled, "page==/;page==/cart", first=found.cut).cut is None
    with pytest.raises(NotFound):
        funnel(filled, "page==/;page==/cart", site=99)


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ("", "2 to 10 steps"),
        ("page==/", "2 to 10 steps"),
        (";".join(["page==/"] * 11), "2 to 10 steps"),
        ("page==/;country==FR", "Step 2: country is no action"),
        ("page==/;page!=/", "Step 2: a step is compared by"),
        ("goal=@1;page==/", "Step 1: a goal is named by"),
        ("goal==many;page==/", "Step 1: a goal is named by"),
        ("page==/;colour==red", "At character 9: Unknown dimension"),
    ],
)
def test_what_is_no_funnel_is_said(steps: str, what: str) -> None:
    with pytest.raises(BadRequest, match=what.replace("=", ".")) as told:
        funnels.parse(steps)
    assert told.value.where == "$.steps"
