"""The last visits one by one, and what is going on now: without those who are not to be shown."""

from __future__ import annotations

import pytest

from gateway.errors import BadRequest, NotFound
from gateway.hits import Basis, HitType
from gateway.reports.periods import Span
from gateway.reports.real_time import Counters, RealTime
from gateway.reports.visit_log import Visit, VisitLog
from tests.warehouse.worlds import TODAY, World, at, make_hit

LATE, EXEMPT, RESTRICTED = 41, 42, 43


@pytest.fixture(scope="module")
def visited(shared: World) -> World:
    shared.store(
        [
            make_hit(at(TODAY, "11:40"), path="/a", anon=1),
            make_hit(
                at(TODAY, "11:41"), path="/b", anon=1, visitor=LATE, goals=(1,), revenue=5.0, dimensions={1: "gold"}
            ),
            make_hit(at(TODAY, "11:42"), type=HitType.SEARCH, name="shoes", count=3, anon=1, visitor=LATE),
            make_hit(at(TODAY, "11:43"), type=HitType.PING, anon=1, visitor=LATE),
            make_hit(at(TODAY, "11:50"), path="/c", anon=2, country="FR"),
            make_hit(at(TODAY, "11:51"), path="/d", anon=3, visitor=EXEMPT, basis=Basis.EXEMPT),
            make_hit(at(TODAY, "11:52"), path="/e", anon=4),
            make_hit(at(TODAY, "11:53"), path="/f", anon=4, visitor=RESTRICTED),
            make_hit(at(TODAY, "11:54"), path="/g", anon=5, test=True),
            make_hit(at(TODAY, "09:00"), path="/h", anon=6),
        ]
    )
    shared.rollup.run()
    return shared


def log(here: World) -> VisitLog:
    return VisitLog(here.warehouse, here.catalog, here.settings, here.clock, lambda _site: {RESTRICTED})


def told(visits: list[Visit]) -> list[list[str]]:
    return [[action.path or action.name for action in visit.done] for visit in visits]


def test_the_newest_visits_come_first_with_what_was_done(visited: World) -> None:
    today = Span(TODAY, TODAY)
    found = log(visited).last(1, today)
    assert told(found) == [["/c"], ["/a", "/b", "shoes"], ["/h"]]
    late = found[1]
    assert (late.visitor_type, late.conversions, late.revenue, late.dimensions) == ("new", ("1",), 5.0, {1: ("gold",)})
    assert (late.seconds, late.actions, late.searches, late.done[2].results) == (181, 3, 1, 3)
    assert told(log(visited).last(1, today, limit=1, offset=1)) == [["/a", "/b", "shoes"]]
    assert told(log(visited).last(1, today, "country==FR")) == [["/c"]]
    assert not {"visitor", "anon", "id"} & set(Visit.__struct_fields__), "under no number that a browser is filed under"


def test_wrong_questions_say_where(visited: World) -> None:
    for limit in (0, 1001):
        with pytest.raises(BadRequest, match="limit is"):
            log(visited).last(1, Span(TODAY, TODAY), limit=limit)
    with pytest.raises(NotFound):
        log(visited).last(77, Span(TODAY, TODAY))


def test_what_is_going_on_now(visited: World) -> None:
    now = RealTime(visited.warehouse, visited.catalog, visited.settings, visited.clock, lambda _site: {RESTRICTED})
    assert now.counters(1, 30) == Counters(visits=3, visitors=3, actions=5, converted=1)
    assert now.counters(1, 240) == Counters(visits=4, visitors=4, actions=6, converted=1)
    assert now.counters(2, 30) == Counters(0, 0, 0, 0)
    with pytest.raises(BadRequest):
        now.counters(1, 0)
