"""The golden data set: short sequences of hits, and the figures that a human says they make. One table for every reporting API.

    here.store(HITS)                 # tests/warehouse/worlds.py; or each of HITS through a journal
    here.rollup.run()
    for case in GOLDEN: ask site SITE, from case.first to case.last, for the metrics that case.expected names

All of it is of site SITE, in Europe/Paris, with the goals and custom dimensions of `worlds.make_site`: goal 1 counts once a
visit, goal 2 each time. Each case has days and browsers of its own, so that they can be stored together, in any order.

A hit is written `time what options`. Time is of the site's clock; `+1` in front: the next day; `*` behind: the second time that
the clock shows this, in the night when it is put back. What: a path, or a type of hit. Options: id=A a visitor id (A, B),
by=2 another fingerprint, n=5 the client's own id of the hit, campaign=x, keyword=k, new (new_visit), view=1 the page view,
attention=12.5 seconds of it so far, goal=1, order=77, revenue=5, name=…, category=…, test.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.hits import Hit, HitType
from tests.warehouse.worlds import make_hit

SITE = 2
ZONE = "Europe/Paris"
_START = date(2026, 4, 1)
_SPRING, _AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


class Golden(NamedTuple):
    """Expected are the metrics of the days [first, last] as one range, seconds in all visits together."""

    name: str
    first: date
    last: date
    hits: tuple[Hit, ...]
    expected: dict[str, float]


def _figures(
    visits: int, visitors: int, actions: int, pageviews: int, bounces: int, seconds: int, **more: float
) -> dict[str, float]:
    zero = dict.fromkeys(
        ("downloads", "outlinks", "searches", "events", "conversions", "converted_visits", "revenue", "orders"), 0
    )
    counted = {"visits": visits, "visitors": visitors, "actions": actions, "pageviews": pageviews, "bounces": bounces}
    return {**counted, "seconds": seconds, **zero, **more}


_f = _figures
# name, hits, figures: visits, visitors, actions, page views, bounces, seconds
_TABLE: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("one page is a bounce of no time", "10:00 /a", _f(1, 1, 1, 1, 1, 0)),
    ("two pages: one second and the difference", "10:00 /a, 10:01 /b", _f(1, 1, 2, 2, 0, 61)),
    ("two hits in one second", "10:00:00.000 /a, 10:00:00.400 /b", _f(1, 1, 2, 2, 0, 1)),
    ("30:00 is the same visit", "10:00 /a, 10:30 /b", _f(1, 1, 2, 2, 0, 1801)),
    ("30:01 is another", "10:00 /a, 10:30:01 /b", _f(2, 1, 2, 2, 2, 0)),
    ("so is a millisecond over 30:00", "10:00 /a, 10:30:00.001 /b", _f(2, 1, 2, 2, 2, 0)),
    ("the pause runs from the last hit", "10:00 /a, 10:29 /b, 10:58 /c", _f(1, 1, 3, 3, 0, 3481)),
    ("a ping extends", "10:00 /a, 10:20 ping, 10:45 /b", _f(1, 1, 2, 2, 0, 2701)),
    ("a ping's time counts, its visit bounces still", "10:00 /a, 10:05 ping", _f(1, 1, 1, 1, 1, 301)),
    ("a ping alone is nothing", "10:00 ping", _f(0, 0, 0, 0, 0, 0)),
    ("a ping before all is ignored", "09:50 ping, 10:00 /a", _f(1, 1, 1, 1, 1, 0)),
    ("a ping after the pause is nothing", "10:00 /a, 10:31 ping", _f(1, 1, 1, 1, 1, 0)),
    ("a ping after the pause bridges nothing", "10:00 /a, 10:40 ping, 11:00 /b", _f(2, 1, 2, 2, 2, 0)),
    (
        "the highest attention of a page view counts",
        "10:00 /a view=1, 10:01 engagement view=1 attention=5, 10:02 engagement view=1 attention=12.5",
        _f(1, 1, 1, 1, 1, 121, engaged_seconds=12.5),
    ),
    (
        "two tabs are one visit",
        "10:00 /a view=1, 10:00:05 /b view=2, 10:20 engagement view=1 attention=600,"
        " 10:25 engagement view=2 attention=300, 10:26 /c view=3",
        _f(1, 1, 3, 3, 0, 1561, engaged_seconds=900),
    ),
    ("an event is an action", "10:00 /a, 10:00:10 event category=video", _f(1, 1, 2, 1, 0, 11, events=1)),
    ("an event alone is a visit", "10:00 event category=video", _f(1, 1, 1, 0, 1, 0, events=1)),
    (
        "downloads, outlinks and searches are actions",
        "10:00 /a, 10:01 download name=x.pdf, 10:02 outlink name=example.org, 10:03 search name=shoes",
        _f(1, 1, 4, 1, 0, 181, downloads=1, outlinks=1, searches=1),
    ),
    ("contents are none", "10:00 /a, 10:00:05 content category=teaser name=blue", _f(1, 1, 1, 1, 1, 6)),
    ("a campaign starts a visit", "10:00 /a, 10:05 /b campaign=x", _f(2, 1, 2, 2, 2, 0)),
    ("the same campaign does not", "10:00 /a campaign=x, 10:02 /b, 10:05 /c campaign=x", _f(1, 1, 3, 3, 0, 301)),
    ("another campaign does", "10:00 /a campaign=x, 10:05 /b campaign=y", _f(2, 1, 2, 2, 2, 0)),
    (
        "back to the first campaign does again",
        "10:00 /a campaign=x, 10:05 /b campaign=y, 10:06 /c campaign=x",
        _f(3, 1, 3, 3, 3, 0),
    ),
    (
        "the same campaign with another keyword does",
        "10:00 /a campaign=x keyword=k, 10:05 /b campaign=x keyword=l",
        _f(2, 1, 2, 2, 2, 0),
    ),
    (
        "a pause forgets the campaign",
        "10:00 /a campaign=x, 10:40 /b, 10:41 /c campaign=x",
        _f(3, 1, 3, 3, 3, 0),
    ),
    ("a campaign on a ping is none", "10:00 /a, 10:01 ping campaign=x, 10:02 /b", _f(1, 1, 2, 2, 0, 121)),
    ("new_visit starts a visit", "10:00 /a, 10:01 /b new", _f(2, 1, 2, 2, 2, 0)),
    ("new_visit on a ping does not", "10:00 /a, 10:01 ping new", _f(1, 1, 1, 1, 1, 61)),
    (
        "new_visit forgets the campaign",
        "10:00 /a campaign=x, 10:01 /b new, 10:02 /c campaign=x",
        _f(3, 1, 3, 3, 3, 0),
    ),
    ("a late id takes the whole visit", "10:00 /a, 10:01 /b, 10:02 /c id=A", _f(1, 1, 3, 3, 0, 121)),
    ("a late id in a ping does too", "10:00 /a, 10:01 ping id=A", _f(1, 1, 1, 1, 1, 61)),
    ("a late id does not reach over a pause", "10:00 /a, 10:31 /b id=A", _f(2, 2, 2, 2, 2, 0)),
    (
        "two ids of one fingerprint take nothing",
        "10:00 /a, 10:01 /b id=A, 10:02 /c id=B, 10:03 /d id=A",
        _f(3, 3, 4, 4, 2, 121),
    ),
    ("one id under two fingerprints is one visit", "10:00 /a id=A, 10:05 /b id=A by=2", _f(1, 1, 2, 2, 0, 301)),
    ("two fingerprints are two visitors", "10:00 /a, 10:01 /b by=2", _f(2, 2, 2, 2, 2, 0)),
    ("a hit sent twice counts once", "10:00 /a n=1, 10:00 /a n=1, 10:01 /b", _f(1, 1, 2, 2, 0, 61)),
    ("a retry counts as it first happened", "10:00 /a n=1, 10:00:30 /a n=1", _f(1, 1, 1, 1, 1, 0)),
    ("a retry from another address too", "10:00 /a n=1, 10:00:30 /a n=1 by=2", _f(1, 1, 1, 1, 1, 0)),
    ("midnight ends a visit", "23:59:50 /a id=A, +1 00:00 /b id=A", _f(2, 1, 2, 2, 2, 0)),
    ("a fingerprint is another one tomorrow", "23:59:50 /a, +1 00:00 /b by=2", _f(2, 2, 2, 2, 2, 0)),
    ("midnight is that of the site", "00:10 /a id=A, 00:20 /b id=A, 01:30 /c id=A", _f(2, 1, 3, 3, 1, 601)),
    ("the night the clock is put back", "02:50 /a, 02:10* /b, 02:50* /c", _f(2, 1, 3, 3, 1, 1201)),
    ("the night the clock is put forward", "01:50 /a, 03:10 /b", _f(1, 1, 2, 2, 0, 1201)),
    (
        "a goal counts once a visit",
        "10:00 /a goal=1 revenue=5, 10:01 /a goal=1 revenue=5",
        _f(1, 1, 2, 2, 0, 61, conversions=1, converted_visits=1, revenue=5),
    ),
    (
        "and in the next visit again",
        "10:00 /a goal=1 revenue=5, 11:00 /a goal=1 revenue=5",
        _f(2, 1, 2, 2, 2, 0, conversions=2, converted_visits=2, revenue=10),
    ),
    (
        "a goal that may counts each time",
        "10:00 /a goal=2 revenue=5, 10:01 goal goal=2 revenue=7",
        _f(1, 1, 1, 1, 1, 61, conversions=2, converted_visits=1, revenue=12),
    ),
    (
        "an order is a conversion and no action",
        "10:00 /a, 10:01 order order=1 revenue=30",
        _f(1, 1, 1, 1, 1, 61, conversions=1, converted_visits=1, revenue=30, orders=1),
    ),
    (
        "an order seen again is the same",
        "10:00 /a, 10:01 order order=1 revenue=30, 10:02 order order=1 revenue=30",
        _f(1, 1, 1, 1, 1, 121, conversions=1, converted_visits=1, revenue=30, orders=1),
    ),
    (
        "also on the next day",
        "10:00 order order=1 revenue=30 id=A, +1 10:00 order order=1 revenue=30 id=A",
        _f(2, 1, 0, 0, 0, 0, conversions=1, converted_visits=1, revenue=30, orders=1),
    ),
    (
        "orders without a number are different ones",
        "10:00 order revenue=30, 10:01 order revenue=30",
        _f(1, 1, 0, 0, 0, 61, conversions=2, converted_visits=1, revenue=60, orders=2),
    ),
    ("a cart is no order", "10:00 /a, 10:01 cart revenue=30", _f(1, 1, 1, 1, 1, 61)),
    ("a test visit is in no figure", "10:00 /a, 10:01 /b test", _f(1, 1, 1, 1, 1, 0)),
)
_ON = {"the night the clock is put back": _AUTUMN, "the night the clock is put forward": _SPRING}
_NAMES = {"name": "name", "category": "category", "keyword": "campaign_keyword"}


def _hit(text: str, day: date, case: int, nth: int) -> Hit:
    words = text.split()
    if words[0] == "+1":
        day, words = day + timedelta(days=1), words[1:]
    clock, what = words[0], words[1]
    local = datetime.fromisoformat(f"{day}T{clock.rstrip('*')}").replace(
        tzinfo=ZoneInfo(ZONE), fold=clock.endswith("*")
    )
    # `new` and `test` say it by being there.
    options = {name: value for name, _, value in (word.partition("=") for word in words[2:])}
    fields: dict[str, Any] = {column: options[name] for name, column in _NAMES.items() if name in options}
    if what.startswith("/"):
        fields["path"] = what
    else:
        fields["type"] = HitType(what)
    if "campaign" in options:
        fields |= {"referrer_type": "campaign", "campaign_name": options["campaign"]}
    return make_hit(
        local.astimezone(UTC),
        zone=ZONE,
        site=SITE,
        number=case * 1000 + (int(options["n"]) if "n" in options else 100 + nth),
        anon=case * 10 + int(options.get("by", 1)),
        visitor={"": 0, "A": case * 10 + 8, "B": case * 10 + 9}[options.get("id", "")],
        new_visit="new" in options,
        test="test" in options,
        page_view=case * 10 + int(options["view"]) if "view" in options else 0,
        seconds=float(options.get("attention", 0)),
        goals=(int(options["goal"]),) if "goal" in options else (),
        order_id=case * 10 + int(options["order"]) if "order" in options else 0,
        revenue=float(options.get("revenue", 0)),
        **fields,
    )


def _golden() -> tuple[Golden, ...]:
    cases, day = [], _START
    for number, (name, text, expected) in enumerate(_TABLE, 1):
        first = _ON.get(name, day)
        last = first + timedelta(days=1) if "+1 " in text else first
        if name not in _ON:
            day = last + timedelta(days=1)
        hits = tuple(_hit(one, first, number, nth) for nth, one in enumerate(text.split(","), 1))
        cases.append(Golden(name, first, last, hits, expected))
    return tuple(cases)


GOLDEN = _golden()
HITS = [hit for case in GOLDEN for hit in case.hits]
