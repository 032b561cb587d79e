"""Live: the last visits one by one and what is going on now, on chDB; without whoever may be in no such list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.hits import Basis, HitType
from tests.matomo_api.audience import DESK, HOME, PHONE, TUE, audience
from tests.matomo_api.client import Client
from tests.warehouse.engines import engine
from tests.warehouse.worlds import NOW, Engine, at, make_hit, world

__all__ = ["engine"]

# What is asked of the database is tested on a server too, where it is written (tests/reports).
pytestmark = pytest.mark.parametrize("engine", ["chdb"], indirect=True, scope="module")

_LAST = "method=Live.getLastVisitsDetails&idSite=1&format=json"
_TUESDAY = f"{_LAST}&period=day&date=2026-11-10"


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    exempt: dict[str, Any] = {**PHONE, "visitor": 5, "anon": 15, "basis": Basis.EXEMPT}
    with world(engine) as fresh:
        now = [
            make_hit(NOW - timedelta(minutes=10), anon=31, **DESK, **HOME),
            make_hit(NOW - timedelta(minutes=9), anon=31, type=HitType.GOAL, goals=(1,), **DESK),
        ]
        fresh.store([*audience(), make_hit(at(TUE, "11:00"), **exempt, **HOME), *now])
        fresh.rollup.run()
        with Client(fresh.reports, fresh.warehouse, fresh.settings) as one:
            yield one


def test_the_last_visits(client: Client) -> None:
    """The exempt visit of Tuesday, 11:00, and the one of a test domain are in figures or nowhere, but never here."""
    rows = client.get(_TUESDAY).json()
    assert [(row["serverDate"], row["serverTimePrettyFirstAction"]) for row in rows] == [
        ("2026-11-10", "10:00:00"),
        ("2026-11-10", "09:00:00"),
    ]
    visit = rows[1]
    expected = {
        "idSite": 1, "siteName": "Site 1", "goalConversions": 1, "visitorType": "returning", "visitConverted": 1,
        "visitEcommerceStatus": "ordered", "visitDuration": 41, "visitDurationPretty": "41s", "actions": 3, "searches": 1,
        "revenue": 30, "referrerType": "campaign", "referrerTypeName": "Campaigns", "referrerName": "spring",
        "deviceType": "Smartphone", "deviceBrand": "Apple", "browser": "Mobile Safari 18.1", "browserCode": "MF",
        "operatingSystem": "iOS 18.1", "country": "France", "countryCode": "fr", "city": "Paris", "region": "IDF",
        "continentCode": "eur", "language": "French", "resolution": "390x844", "visitServerHour": 9,
    }  # fmt: skip
    assert {name: visit[name] for name in expected} == expected
    steps = [(one["type"], one["url"], one["timeSpent"]) for one in visit["actionDetails"]]
    boots = "https://www.example.com/shop/boots"
    assert steps[0] == ("action", boots, 10)
    assert steps[2] == ("outlink", "https://partner.example/x", 20)
    assert [(one["type"], one.get("siteSearchKeyword"), one.get("revenue")) for one in visit["actionDetails"]] == [
        ("action", None, None),
        ("search", "red", None),
        ("outlink", None, None),
        ("ecommerceOrder", None, 30),
    ]


def test_no_row_says_who_it_was(client: Client) -> None:
    names = set(client.get(_TUESDAY).json()[0])
    assert not names & {"visitorId", "visitIp", "userId", "fingerprint", "orderId"}


def test_events_and_goals_of_a_visit(client: Client) -> None:
    [visit] = client.get(f"{_LAST}&period=day&date=2026-11-09&segment=countryCode==fr").json()
    assert [one["type"] for one in visit["actionDetails"]] == ["action", "action", "event", "download", "goal"]
    _, _, event, download, goal = visit["actionDetails"]
    assert (event["eventCategory"], event["eventAction"], event["eventName"], event["eventValue"]) == (
        "Video",
        "play",
        "Trailer",
        2,
    )
    assert download["url"] == "https://www.example.com/files/a.pdf"
    assert (goal["goalId"], goal["goalName"], goal["revenue"]) == (1, "Newsletter", 5)


@pytest.mark.parametrize(
    ("more", "hours"),
    [
        ("&period=range&date=2026-11-09,2026-11-10", [10, 9, 11, 10]),
        ("&period=range&date=2026-11-09,2026-11-10&filter_limit=1", [10]),
        ("&period=range&date=2026-11-09,2026-11-10&filter_limit=1&filter_offset=2", [11]),
        ("&period=range&date=2026-11-09,2026-11-10&countVisitorsToFetch=2", [10, 9]),
        ("&period=range&date=2026-11-09,2026-11-10&filter_limit=0", []),
        (f"&minTimestamp={int(at(TUE, '09:30').timestamp())}", [11, 10]),
        ("&period=range&date=2026-11-09,2026-11-10&segment=referrerType==campaign,referrerType==website", [10, 9]),
        ("", [11, 10, 9, 11, 10]),
    ],
)
def test_which_visits(client: Client, more: str, hours: list[int]) -> None:
    assert [row["visitServerHour"] for row in client.get(f"{_LAST}{more}").json()] == hours


def test_visits_without_what_was_done(client: Client) -> None:
    rows = client.get(f"{_TUESDAY}&doNotFetchActions=1&showColumns=visitDuration,actionDetails").json()
    assert rows == [{"visitDuration": 21}, {"visitDuration": 41}]
    assert "<visitDuration>41</visitDuration>" in client.get(_TUESDAY.replace("json", "xml")).text
    assert client.get(_TUESDAY, "hits").status_code == 403
    assert client.get(f"{_LAST}&segment=userId==ada").status_code == 400


def test_counters(client: Client) -> None:
    counters = "method=Live.getCounters&idSite=1&format=json"
    one = {"visits": 1, "actions": 1, "visitors": 1, "visitsConverted": 1}
    assert client.get(f"{counters}&lastMinutes=30").json() == [one]
    assert client.get(f"{counters}&lastMinutes=5").json() == [dict.fromkeys(one, 0)]
    assert client.get(f"{counters}&showColumns=visits").json() == [{"visits": 1}]
    assert client.get(counters.replace("=1&", "=all&")).json() == [one]
    for wrong in ("&lastMinutes=0", "&lastMinutes=2881", "&segment=countryCode==fr"):
        assert client.get(counters + wrong).status_code == 400
