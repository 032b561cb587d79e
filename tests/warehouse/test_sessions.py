"""Visits by Matomo's rules: short sequences of hits, and the visits that a human says they are."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.hits import Basis, Hit, HitType
from tests.warehouse.worlds import World, at, make_hit, without

DAY = date(2026, 11, 10)
AUTUMN = date(2026, 10, 25)  # 03:00 CEST becomes 02:00 CET in Paris
SPRING = date(2026, 3, 29)  # 02:00 CET becomes 03:00 CEST
A, B = 1001, 1002  # visitor ids
PV, EVENT, PING, ENGAGE = HitType.PAGEVIEW, HitType.EVENT, HitType.PING, HitType.ENGAGEMENT


class Visit(NamedTuple):
    """What is expected of one visit."""

    pages: str = ""  # paths seen, without slash
    duration: int = 0
    actions: int = 1
    visitor: int = 7
    engaged: float = 0.0
    campaign: str = ""


def p(clock: str, path: str = "a", **fields: Any) -> Hit:
    fields.setdefault("path", f"/{path}")
    return make_hit(at(DAY, clock), **fields)


def campaign(clock: str, name: str, path: str = "a", **fields: Any) -> Hit:
    return p(clock, path, referrer_type="campaign", referrer_name=name, campaign_name=name, **fields)


def engage(clock: str, page_view: int, seconds: float, **fields: Any) -> Hit:
    return p(clock, "", type=ENGAGE, page_view=page_view, seconds=seconds, **fields)


def paris(day: date, clock: str, path: str, fold: int = 0) -> Hit:
    local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo("Europe/Paris"), fold=fold)
    return make_hit(local.astimezone(UTC), zone="Europe/Paris", path=f"/{path}")


CASES: dict[str, tuple[list[Hit], list[Visit]]] = {
    "one page is a bounce of no time": ([p("10:00")], [Visit("a")]),
    "two pages: one plus the difference": ([p("10:00"), p("10:01", "b")], [Visit("ab", 61, 2)]),
    "two hits in one second": ([p("10:00:00.000"), p("10:00:00.400", "b")], [Visit("ab", 1, 2)]),
    "exactly 30 minutes is the same visit": ([p("10:00"), p("10:30", "b")], [Visit("ab", 1801, 2)]),
    "30 minutes and a second is another": ([p("10:00"), p("10:30:01", "b")], [Visit("a"), Visit("b")]),
    "30 minutes and a millisecond too": ([p("10:00"), p("10:30:00.001", "b")], [Visit("a"), Visit("b")]),
    "the gap runs from the last hit": ([p("10:00"), p("10:29", "b"), p("10:58", "c")], [Visit("abc", 3481, 3)]),
    "a ping extends": ([p("10:00"), p("10:20", type=PING), p("10:45", "b")], [Visit("ab", 2701, 2)]),
    "a ping's time counts": ([p("10:00"), p("10:05", type=PING)], [Visit("a", 301, 1)]),
    "a ping alone is no visit": ([p("10:00", type=PING)], []),
    "a leading ping is ignored": ([p("09:50", type=PING), p("10:00")], [Visit("a")]),
    "a ping after the gap starts nothing": ([p("10:00"), p("10:31", type=PING)], [Visit("a")]),
    "a late ping bridges nothing": (
        [p("10:00"), p("10:40", type=PING), p("11:00", "b")],
        [Visit("a"), Visit("b")],
    ),
    "engagement alone is no visit": ([engage("10:00", 1, 9)], []),
    "engagement: the highest of a page view": (
        [p("10:00", page_view=1), engage("10:01", 1, 5), engage("10:02", 1, 12.5), engage("10:01:30", 1, 9)],
        [Visit("a", 121, 1, engaged=12.5)],
    ),
    "engagement: summed over page views": (
        [
            p("10:00", page_view=1),
            engage("10:01", 1, 30),
            p("10:02", "b", page_view=2),
            engage("10:03", 2, 40),
            engage("10:04", 1, 31),
        ],
        [Visit("ab", 241, 2, engaged=71)],
    ),
    "engagement before its page view's visit is not counted": (
        [engage("09:00", 1, 50), p("10:00", page_view=2), engage("10:00:10", 2, 8)],
        [Visit("a", 11, 1, engaged=8)],
    ),
    "an event is an action": ([p("10:00"), p("10:00:10", "", type=EVENT)], [Visit("a", 11, 2)]),
    "an event may start a visit": ([p("10:00", "", type=EVENT)], [Visit("", 0, 1)]),
    "download, outlink and search are actions": (
        [p("10:00")] + [p(f"10:0{i}", "", type=t) for i, t in enumerate(("download", "outlink", "search"), 1)],
        [Visit("a", 181, 4)],
    ),
    "an order is no action": ([p("10:00"), p("10:01", "", type=HitType.ORDER)], [Visit("a", 61, 1)]),
    "a campaign in the middle starts a visit": (
        [p("10:00"), campaign("10:05", "x", "b")],
        [Visit("a"), Visit("b", campaign="x")],
    ),
    "the same campaign again does not": (
        [campaign("10:00", "x"), p("10:02", "b"), campaign("10:05", "x", "c")],
        [Visit("abc", 301, 3, campaign="x")],
    ),
    "another campaign does": (
        [campaign("10:00", "x"), campaign("10:05", "y", "b")],
        [Visit("a", campaign="x"), Visit("b", campaign="y")],
    ),
    "back to the first campaign is new again": (
        [campaign("10:00", "x"), campaign("10:05", "y", "b"), campaign("10:06", "x", "c")],
        [Visit("a", campaign="x"), Visit("b", campaign="y"), Visit("c", campaign="x")],
    ),
    "the same campaign with another keyword is new": (
        [campaign("10:00", "x", campaign_keyword="k"), campaign("10:05", "x", "b", campaign_keyword="l")],
        [Visit("a", campaign="x"), Visit("b", campaign="x")],
    ),
    "a direct hit never changes campaign": (
        [campaign("10:00", "x"), p("10:01", "b", campaign_name="y", referrer_type="direct")],
        [Visit("ab", 61, 2, campaign="x")],
    ),
    "a gap forgets the campaign": (
        [campaign("10:00", "x"), p("10:40", "b"), campaign("10:41", "x", "c")],
        [Visit("a", campaign="x"), Visit("b"), Visit("c", campaign="x")],
    ),
    "new_visit forgets the campaign": (
        [campaign("10:00", "x"), p("10:01", "b", new_visit=True), campaign("10:02", "x", "c")],
        [Visit("a", campaign="x"), Visit("b"), Visit("c", campaign="x")],
    ),
    "a ping with a campaign starts nothing": (
        [p("10:00"), campaign("10:01", "x", type=PING), p("10:02", "b")],
        [Visit("ab", 121, 2)],
    ),
    "new_visit starts a visit": ([p("10:00"), p("10:01", "b", new_visit=True)], [Visit("a"), Visit("b")]),
    "new_visit on a ping does not": ([p("10:00"), p("10:01", type=PING, new_visit=True)], [Visit("a", 61, 1)]),
    "a late id takes the whole run": (
        [p("10:00"), p("10:01", "b"), p("10:02", "c", visitor=A)],
        [Visit("abc", 121, 3, A)],
    ),
    "a late id in a ping does too": (
        [p("10:00"), p("10:01", type=PING, visitor=A)],
        [Visit("a", 61, 1, A)],
    ),
    "an id does not reach over a gap": (
        [p("10:00"), p("10:31", "b", visitor=A)],
        [Visit("a"), Visit("b", visitor=A)],
    ),
    "two ids of one fingerprint claim nothing": (
        [p("10:00"), p("10:01", "b", visitor=A), p("10:02", "c", visitor=B), p("10:03", "d", visitor=A)],
        [Visit("a"), Visit("bd", 121, 2, A), Visit("c", visitor=B)],
    ),
    "one id over two fingerprints is one visit": (
        [p("10:00", visitor=A), p("10:05", "b", visitor=A, anon=8)],
        [Visit("ab", 301, 2, A)],
    ),
    "two fingerprints without id are two": (
        [p("10:00"), p("10:01", "b", anon=8)],
        [Visit("a"), Visit("b", visitor=8)],
    ),
    "two tabs are one visit": (
        [
            p("10:00", page_view=1),
            p("10:00:05", "b", page_view=2),
            engage("10:20", 1, 600),
            engage("10:25", 2, 300),
            p("10:26", "c", page_view=3),
        ],
        [Visit("abc", 1561, 3, engaged=900)],
    ),
    "a hit sent twice counts once": (
        [p("10:00", number=5), p("10:00", number=5), p("10:01", "b")],
        [Visit("ab", 61, 2)],
    ),
    "a retry counts as it first happened": (
        [p("10:00", number=5), p("10:00:30", number=5)],
        [Visit("a")],
    ),
    "a retry from another address too": (
        [p("10:00", number=5), p("10:00:30", number=5, anon=8)],
        [Visit("a")],
    ),
    "a test visit is kept apart": (
        [p("10:00"), p("10:01", "b", test=True)],
        [Visit("a"), Visit("b")],
    ),
}


@pytest.fixture(scope="module")
def found(shared: World) -> dict[str, list[Visit]]:
    """The visits of every case: each runs on a day of its own, all of them in one query."""
    days = {name: DAY - timedelta(days=number) for number, name in enumerate(CASES)}
    hits = [_on_day(hit, days[name]) for name, (given, _) in CASES.items() for hit in given]
    random.Random(5).shuffle(hits)
    shared.store(hits)
    rows = shared.sessions(1, min(days.values()), DAY)
    return {name: [_visit(row) for row in rows if row["day"] == day] for name, day in days.items()}


def _on(hit: Hit, site: int) -> Hit:
    return msgspec.structs.replace(hit, site=site)


def _on_day(hit: Hit, day: date) -> Hit:
    return msgspec.structs.replace(hit, day=day.isoformat(), ts=hit.ts - (DAY - day).days * 86_400_000)


@pytest.mark.parametrize("name", list(CASES))
def test_visits(found: dict[str, list[Visit]], name: str) -> None:
    assert found[name] == CASES[name][1]


def _visit(row: dict[str, Any]) -> Visit:
    assert row["pageviews"] == len(row["pages"]) == len(row["titles"]) == len(row["page_seconds"])
    assert row["identified"] == (row["visitor"] in (A, B))
    if row["pages"]:
        assert (row["entry_page"], row["exit_page"]) == (row["pages"][0], row["pages"][-1])
    return Visit(
        "".join(page.strip("/") for page in row["pages"]),
        row["duration"],
        row["actions"],
        row["visitor"],
        row["engaged"],
        row["campaign_name"],
    )


def test_midnight_of_the_sites_zone_ends_a_visit(shared: World) -> None:
    day, after = date(2026, 7, 1), date(2026, 7, 2)
    hits = [paris(day, "23:50:00", "a"), paris(day, "23:59:59", "b"), paris(after, "00:00:00", "c")]
    shared.store(_on(hit, 10) for hit in hits)
    found = shared.sessions(10, day, after)
    assert [(row["day"], row["pages"], row["duration"]) for row in found] == [
        (day, ["/a", "/b"], 600),
        (after, ["/c"], 0),
    ]
    (alone,) = shared.sessions(10, after)
    assert without(alone, "returning") == without(found[1], "returning"), "a day means the same alone and among others"


def test_the_night_the_clocks_go_back(shared: World) -> None:
    hits = [
        paris(AUTUMN, "02:50:00", "a"),
        paris(AUTUMN, "02:10:00", "b", fold=1),
        paris(AUTUMN, "02:50:00", "c", fold=1),
    ]
    shared.store(_on(hit, 11) for hit in hits)
    found = shared.sessions(11, AUTUMN)
    assert [(row["pages"], row["duration"], row["local_hour"]) for row in found] == [
        (["/a", "/b"], 1201, 2),
        (["/c"], 0, 2),
    ]


def test_the_night_the_clocks_go_forward(shared: World) -> None:
    shared.store(_on(hit, 12) for hit in [paris(SPRING, "01:50:00", "a"), paris(SPRING, "03:10:00", "b")])
    assert [(row["pages"], row["duration"]) for row in shared.sessions(12, SPRING)] == [(["/a", "/b"], 1201)]


def test_a_visit_is_described_by_its_first_hit(shared: World) -> None:
    first = {
        "country": "FR",
        "browser": "Firefox",
        "os": "Linux",
        "device": "desktop",
        "language": "fr",
        "screen": "1x1",
    }
    other = {
        "country": "DE",
        "browser": "Chrome",
        "os": "Android",
        "device": "phone",
        "language": "de",
        "screen": "2x2",
    }
    hits = [
        p("09:59", type=PING, visitor=A, anon=9, **other),
        p("10:00", visitor=A, referrer_type="search", referrer_name="Qwant", basis=Basis.EXEMPT, **first),
        p("10:01", "b", visitor=A, anon=8, **other),
    ]
    shared.store(_on(hit, 13) for hit in hits)
    (row,) = shared.sessions(13, DAY)
    assert {name: row[name] for name in first} == first
    assert (row["referrer_type"], row["referrer_name"], row["basis"]) == ("search", "Qwant", "exempt")


def test_time_on_a_page_is_until_the_next_one_or_the_last_hit(shared: World) -> None:
    hits = [p("10:00"), p("10:01:30", "b"), p("10:01:40", type=PING), p("10:02", "c"), p("10:02:05", "", type=EVENT)]
    shared.store(_on(hit, 14) for hit in hits)
    (row,) = shared.sessions(14, DAY)
    assert row["page_seconds"] == [90, 30, 5]


def test_order_repetition_and_batches_change_nothing(shared: World) -> None:
    order = random.Random(11)
    start = at(DAY, "06:00")
    hits = [
        make_hit(
            start + timedelta(seconds=order.randrange(40_000)),
            path=f"/{order.randrange(20)}",
            anon=order.randrange(60),
            visitor=order.choice((0, 0, order.randrange(1, 40))),
            type=order.choice((PV, PV, PV, EVENT, PING, ENGAGE)),
            page_view=order.randrange(30),
            seconds=float(order.randrange(100)),
            new_visit=order.random() < 0.05,
            campaign_name=order.choice(("", "", "", "x", "y")),
            referrer_type=order.choice(("direct", "campaign")),
        )
        for _ in range(1500)
    ]
    shared.store(_on(hit, 20) for hit in hits)
    again = hits + order.sample(hits, 500)
    order.shuffle(again)
    for begin in range(0, len(again), 300):
        shared.store((_on(hit, 21) for hit in again[begin : begin + 300]), f"again:{begin}")
    for begin in range(0, len(again), 300):  # the journal sends a batch again whose answer was lost
        shared.store((_on(hit, 21) for hit in again[begin : begin + 300]), f"again:{begin}")
    once, twice = shared.sessions(20, DAY), shared.sessions(21, DAY)
    assert len(once) > 300
    assert [without(row, "site") for row in once] == [without(row, "site") for row in twice]
