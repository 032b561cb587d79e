"""Counts and sums over values are of all values, however few rows are asked for at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.hits import HitType
from gateway.reports.matomo import figures
from gateway.web import matomo_api
from tests.matomo_api.client import Client
from tests.warehouse.engines import engine, here
from tests.warehouse.worlds import World, at, make_hit

__all__ = ["engine", "here"]

FIRST = date(2026, 11, 19)
DAYS = [FIRST + timedelta(days=number) for number in range(2)]
MANY = 130  # values of each kind a day
DISTINCT = ("Websites", "WebsitesUrls", "SearchEngines", "Keywords", "Campaigns")


def test_more_values_than_rows(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On each day 130 visitors come twice, from a website and an engine, to a page, search, file and link of their own."""
    monkeypatch.setattr(figures, "_ROWS_AT_ONCE", 200)  # 100 for each day
    hits = []
    for day in DAYS:
        for n in range(MANY):
            clock = f"10:{n // 60:02}:{n % 60:02}"
            came: dict[int, dict[str, Any]] = {
                0: {"referrer_type": "website", "referrer_name": f"w{n}.example", "referrer_path": f"/{n}"},
                1: {"referrer_type": "search", "referrer_name": f"Engine {n}", "keyword": f"k{n}"},
            }
            moment, anon = at(day, clock), 1_000 + n
            # 130 websites in the first hour, 130 engines in the second.
            hits += [make_hit(moment + timedelta(hours=kind), anon=anon, path=f"/p{n}", **came[kind]) for kind in came]
            hits += [
                make_hit(moment + timedelta(seconds=1 + second), anon=anon, type=kind, name=f"https://e.example/{n}")
                for second, kind in enumerate((HitType.SEARCH, HitType.DOWNLOAD, HitType.OUTLINK))
            ]
    here.store(hits)
    here.rollup.run()
    with Client(here.reports, here.warehouse, here.settings) as client:

        def ask(method: str, dates: str) -> Any:
            answer = client.get(f"method={method}&idSite=1&period=day&date={dates}&format=json")
            assert answer.status_code == 200
            return answer.json()

        both = ",".join(day.isoformat() for day in DAYS)
        actions, referrers = ask("Actions.get", both), ask("Referrers.get", both)
        for text in both.split(","):
            assert actions[text] == {
                "nb_pageviews": 2 * MANY,
                "nb_uniq_pageviews": 2 * MANY,
                "nb_downloads": MANY,
                "nb_uniq_downloads": MANY,
                "nb_outlinks": MANY,
                "nb_uniq_outlinks": MANY,
                "nb_searches": MANY,
                "nb_keywords": MANY,
            }
            counts = {what: referrers[text][f"Referrers_distinct{what}"] for what in DISTINCT}
            assert counts == {**dict.fromkeys(DISTINCT, MANY), "Campaigns": 0}
        assert ask("Actions.get", FIRST.isoformat()) == actions[FIRST.isoformat()]


def test_one_request_ends_in_time_however_much_it_asks_for(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """CWE-770: fifty requests in one, each of many sites, would keep a thread for as long as they please."""
    one = "method%3DVisitsSummary.get%26idSite%3D1%26period%3Dday%26date%3D2026-11-19"
    many = "method=API.getBulkRequest&format=json&" + "&".join(f"urls[{number}]={one}" for number in range(4))
    sites = "method=VisitsSummary.get&idSite=1,2&period=day&date=2026-11-19&format=json"
    with Client(here.reports, here.warehouse, here.settings) as client:
        assert len(client.get(many).json()) == 4 and set(client.get(sites).json()) == {"1", "2"}
        monkeypatch.setattr(matomo_api, "TOGETHER", -1.0)
        for query in (many, sites):
            answer = client.get(query)
            assert answer.status_code == 503 and answer.headers["retry-after"] == "10"
            assert "ask for fewer at once" in answer.json()["message"]
