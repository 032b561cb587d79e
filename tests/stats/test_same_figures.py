"""What the overview shows is what `/v1/stats` answers is what counting the raw hits by hand gives."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.reports import filters
from gateway.reports.dimensions import FIELDS
from gateway.reports.filters import Condition, Filter, Operator
from gateway.reports.periods import Period, Span
from gateway.web import dashboard, stats
from tests.stats import recount
from tests.stats.recount import VALUES, audience
from tests.warehouse.worlds import Engine, world
from tests.web.harness import ADMIN_PASSWORD, API_TOKEN, Harness, running

VISITS = audience(seed=6)
QUESTIONS, WALKED = 20, 8  # a page takes a second and more
METRICS = ("visitors", "visits", "pageviews", "bounce_rate", "avg_seconds")
TOP = 9  # rows of a panel


class Question(NamedTuple):
    chosen: Filter
    span: Span

    @property
    def query(self) -> dict[str, str]:
        """As both the page and the API write it."""
        return {
            "from": self.span.first.isoformat(),
            "to": self.span.last.isoformat(),
            "filter": filters.write(self.chosen),
        }


def questions() -> list[Question]:
    """Made up, but the same ones each time."""
    chance = random.Random(2026)

    def condition() -> Condition:
        kind = chance.random()
        if kind < 0.4:
            name, values = chance.choice(
                (("country", ["FR", "DE"]), ("device", ["phone"]), ("browser", ["Safari", "fox"]))
            )
            return Condition(FIELDS[name], Operator(chance.choice(["==", "!=", "=@"])), chance.choice(values))
        if kind < 0.7:
            name = chance.choice(["page", "entry_page", "exit_page", "title"])
            return Condition(FIELDS[name], Operator(chance.choice(["!=", "!@", "=@", "=^"])), chance.choice(VALUES[1:]))
        name = chance.choice(["actions", "pageviews", "seconds", "hour"])
        return Condition(FIELDS[name], Operator(chance.choice([">=", "<=", "!="])), float(chance.randint(1, 12)))

    def question() -> Question:
        groups = tuple(
            tuple(condition() for _ in range(chance.choice((1, 1, 2)))) for _ in range(chance.choice((1, 1, 2)))
        )
        begin = recount.FIRST + timedelta(days=chance.randrange(recount.DAYS))
        return Question(Filter(groups), Span(begin, begin + timedelta(days=chance.randrange(recount.DAYS))))

    return [question() for _ in range(QUESTIONS)]


@pytest.fixture(scope="module")
def gateway(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with world(engine) as filled:
        filled.store(hit for visit in VISITS for hit in visit.hits())
        filled.rollup.run()
        with running(tmp_path_factory.mktemp("state"), filled.clock, filled.settings.sites) as harness:
            context = harness.app.state.context
            context.reports, context.warehouse = filled.reports, filled.warehouse
            # In front of the scripted ones.
            harness.app.router.routes[:0] = [*stats.routes, *dashboard.routes]
            yield harness


def told(gateway: Harness, asked: Question) -> dict[str, float]:
    answer = httpx.get(
        f"{gateway.url}/v1/stats/1",
        params={"metrics": ",".join(METRICS), **asked.query},
        headers={"authorization": f"Bearer {API_TOKEN}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    totals: dict[str, float] = answer.json()["totals"]
    return totals


def counted(asked: Question) -> dict[str, float]:
    whole = recount.recount(VISITS, asked.chosen, asked.span, Period.RANGE, "")
    return whole.get((asked.span.first.isoformat(), ""), recount.figures([]))


def test_page_and_answer_are_a_recount(gateway: Harness, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-IE", reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    session = gateway.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0")
    context.add_cookies([{"name": "gw_session", "value": session, "url": gateway.url}])
    page, some = context.new_page(), 0
    for number, asked in enumerate(questions()):
        expected = counted(asked)
        some += expected["visits"] > 0
        assert told(gateway, asked) == pytest.approx({name: expected[name] for name in METRICS}, abs=2e-6), asked.query
        if number < WALKED:
            page.goto(f"{gateway.url}/sites/1?{urlencode(asked.query)}")
            assert shown(page) == {name: expected[name] for name in ("visitors", "visits", "pageviews")}, asked.query
            of_pages = recount.recount(VISITS, asked.chosen, asked.span, Period.RANGE, "page")
            most = sorted((int(figures["visitors"]) for figures in of_pages.values()), reverse=True)[:TOP]
            expect(page.locator(".panel-pages tbody tr")).to_have_count(len(most))
            rows = page.locator(".panel-pages tbody tr td:nth-child(2)").all_inner_texts()
            assert [number_in(text) for text in rows] == most, asked.query
    context.close()
    assert some > QUESTIONS / 2


def shown(page: Page) -> dict[str, int]:
    """The figures at the head, once the page has its answers."""
    expect(page.locator("#overview")).to_have_attribute("aria-busy", "false", timeout=60_000)
    tile = "[data-key={}] .tile-figure"
    return {
        name: number_in(page.locator(tile.format(name)).inner_text()) for name in ("visitors", "visits", "pageviews")
    }


def number_in(text: str) -> int:
    return int(re.sub(r"\D", "", text))
