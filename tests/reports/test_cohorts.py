"""Weeks and who came back in them, against a recount in plain Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.errors import BadRequest, NotFound
from gateway.hits import Basis
from gateway.reports import filters
from gateway.reports.cohorts import Cohorts, Retention
from tests.stats import recount
from tests.stats.recount import Visit, audience
from tests.warehouse.worlds import TODAY, Engine, World, at, days_before, make_hit, world

VISITS = audience(seed=23, persons=60)
DAY = days_before(1)


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Iterator[World]:
    with world(engine) as fresh:
        fresh.store(hit for visit in VISITS for hit in visit.hits())
        exempt: dict[str, Any] = {"basis": Basis.EXEMPT, "anon": 9, "visitor": 99_000}
        fresh.store([make_hit(at(day, "09:00"), **exempt) for day in (DAY, days_before(8))])
        fresh.store([make_hit(at(DAY, "09:00"), test=True, anon=8, visitor=98_000)])
        fresh.rollup.run()
        yield fresh


def retention(
    here: World, weeks: int, filter_: str = "", site: int = 1, restricted: Sequence[int] = (), months: int = 25
) -> Retention:
    kept = structs.replace(here.settings, retention=structs.replace(here.settings.retention, data_months=months))
    reports = Cohorts(here.warehouse, here.catalog, kept, here.clock, lambda _site: restricted)
    return reports.run(site, weeks, filter_)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def recounted(weeks: int, filter_: str, restricted: Sequence[int] = ()) -> dict[date, list[int]]:
    start = monday(TODAY) - timedelta(weeks=weeks - 1)
    days: dict[int, list[date]] = {}
    firsts: dict[int, Visit] = {}
    for visit in sorted(VISITS, key=lambda visit: visit.start):
        if visit.visitor and visit.visitor not in restricted:
            firsts.setdefault(visit.visitor, visit)
            days.setdefault(visit.visitor, []).append(visit.start.date())
    chosen = filters.parse(filter_)
    table = {start + timedelta(weeks=n): [0] * (weeks - n) for n in range(weeks)}
    for visitor, first in firsts.items():
        week = monday(first.start.date())
        if week in table and recount.lets_through(chosen, first):
            for later in {(monday(day) - week).days // 7 for day in days[visitor]}:
                table[week][later] += 1
    return table


@pytest.mark.parametrize(
    ("weeks", "filter_", "restricted"),
    [(6, "", ()), (3, "", ()), (56, "country==FR,device==phone", ()), (6, "pageviews>=2", (3, 8, 21))],
)
def test_the_weeks_are_those_of_a_recount(filled: World, weeks: int, filter_: str, restricted: Sequence[int]) -> None:
    found = retention(filled, weeks, filter_, restricted=restricted)
    expected = recounted(weeks, filter_, restricted)
    assert {one.week: list(one.visitors) for one in found.cohorts} == expected
    assert sum(map(sum, expected.values())) > sum(row[0] for row in expected.values()) > 0, "some came back"
    assert [one.week for one in found.cohorts] == sorted(expected) and found.last == TODAY


def test_who_is_not_followed_is_counted_apart(filled: World) -> None:
    found = retention(filled, 6)
    of_weeks = [visit for visit in VISITS if visit.start.date() >= found.first]
    assert found.visits == len(of_weeks) + 2, "two of the exemption; none of a test domain"
    assert found.cookieless == sum(not visit.visitor for visit in of_weeks) > 0
    assert found.exempt == 2
    tested = retention(filled, 6, "test==1")
    assert (tested.visits, [one.visitors[0] for one in tested.cohorts if any(one.visitors)]) == (1, [1])


def test_weeks_that_are_kept_no_more_are_said(filled: World) -> None:
    assert retention(filled, 56).cut is None, "figures are kept 25 months, an id lives 13"
    short = retention(filled, 56, months=1)
    assert short.cut == short.first == date(2026, 10, 22) and short.cohorts[0].week == date(2026, 10, 19)
    assert len(short.cohorts) == 5
    assert retention(filled, 6, site=2).cohorts[0].visitors == (0,) * 6
    for weeks in (1, 57):
        with pytest.raises(BadRequest, match="2 to 56"):
            retention(filled, weeks)
    with pytest.raises(NotFound):
        retention(filled, 6, site=99)
