"""What leaves the dashboard gives no small figure away: attacked by whoever can add up and subtract."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import cast

import pytest

from gateway.errors import BadRequest
from gateway.reports import filters, guarded
from gateway.reports.guarded import Told
from gateway.reports.overview import before_of, last_of
from gateway.reports.periods import Period, Span
from gateway.reports.run import Reports, Row, StatsQuery, StatsResult

MONTH = Span(date(2026, 10, 1), date(2026, 10, 31))
SHARES = {
    "country": {"FR": 90, "DE": 40, "IE": 9, "PT": 3, "MT": 1},
    "device": {"desktop": 60, "phone": 50, "tablet": 4, "tv": 1},
    "browser": {"Firefox": 80, "Chrome": 70, "": 2},  # of some it is not known, and no row says so
}


class People:
    """Reports of visits in memory: each has a visitor of its own, two page views, and sometimes a conversion."""

    def __init__(self, seed: int, count: int) -> None:
        chance = random.Random(seed)
        self.visits = [
            {
                "date": (MONTH.first + timedelta(days=chance.randrange(31))).isoformat(),
                **{name: chance.choices([*parts], [*parts.values()])[0] for name, parts in SHARES.items()},
                "bounced": chance.random() < 0.1,
                "converted": chance.random() < 0.05,
            }
            for _ in range(count)
        ]

    def check(self, _query: StatsQuery) -> tuple[str, ...]:
        return ()

    def run(self, query: StatsQuery) -> StatsResult:
        chosen = [visit for visit in self.visits if _passes(visit, query.filter)]
        metrics = query.metrics or ("visitors", "visits", "bounce_rate", "bounces")
        by = query.dimension or ("date" if query.period is Period.DAY else "")
        if by == "date":
            values = [(MONTH.first + timedelta(days=n)).isoformat() for n in range(31)]
        else:
            values = sorted({str(visit[by]) for visit in chosen if visit[by]}) if by else []
        rows = [
            cast(Row, {by: value, **_figures([visit for visit in chosen if visit[by] == value], metrics)})
            for value in values
        ]
        rows.sort(key=lambda row: (-cast(int, row["visits"]), str(row[by])))
        rows = rows or ([] if query.dimension else [cast(Row, {"date": "2026-10-01", **_figures(chosen, metrics)})])
        return StatsResult(
            query=query, metrics=metrics, rows=tuple(rows), totals=_figures(chosen, metrics), row_count=len(rows)
        )


def _passes(visit: dict[str, object], text: str) -> bool:
    return all(
        any((visit[one.field.name] == one.value) is (one.operator is filters.Operator.EQUAL) for one in group)
        for group in filters.parse(text).groups
    )


def _figures(visits: list[dict[str, object]], metrics: tuple[str, ...]) -> dict[str, float | int]:
    bounces = sum(bool(visit["bounced"]) for visit in visits)
    known = {
        "visitors": len(visits),
        "visits": len(visits),
        "pageviews": 2 * len(visits) - bounces,
        "bounces": bounces,
        "bounce_rate": bounces / len(visits) if visits else 0.0,
        "conversions": sum(bool(visit["converted"]) for visit in visits),
    }
    return {name: known[name] for name in metrics}


def ask(people: People, **more: object) -> guarded.Guarded:
    query = StatsQuery(site=1, first=MONTH.first, last=MONTH.last, metrics=("visits", "conversions"))
    return guarded.run(cast(Reports, people), replaced(query, more))


def replaced(query: StatsQuery, more: dict[str, object]) -> StatsQuery:
    values = {name: getattr(query, name) for name in query.__struct_fields__}
    return StatsQuery(**{**values, **more})


def questions() -> Iterator[str]:
    """Filters that add up: one condition, and two of different dimensions."""
    conditions = [
        f"{name}{sign}{value}" for name in ("country", "device") for value in SHARES[name] for sign in ("==", "!=")
    ]
    yield from ("", *conditions)
    for one, other in combinations(conditions, 2):
        if one[:4] != other[:4]:
            yield f"{one};{other}"


@pytest.mark.parametrize(("seed", "count"), [(1, 120), (2, 400), (3, 2000)])
def test_no_small_figure_is_told_and_none_is_left_between_rows_and_total(seed: int, count: int) -> None:
    people = People(seed, count)
    hidden = 0
    for dimension in ("country", "device", "browser", ""):
        period = Period.RANGE if dimension else Period.DAY
        found = ask(people, dimension=dimension, period=period, metrics=("visits", "conversions"))
        for name in ("visits", "conversions"):
            told = [row[name] for row in found.rows]
            assert not any(isinstance(one, int) and 0 < one < 10 for one in told)
            total = found.totals[name]
            if isinstance(total, int):
                assert total == 0 or total >= 10
                rest = total - sum(cast(int, one) for one in told if one is not None)
                assert rest == 0 or rest >= 10, (dimension, name, told, total)
            hidden += told.count(None)
    assert hidden, "this population has small figures"


def test_filters_cannot_be_subtracted_from_each_other() -> None:
    people = People(2, 300)
    answers = {text: ask(people, dimension="country", filter=text) for text in questions()}
    totals = {text: answer.totals["visits"] for text, answer in answers.items()}
    rows = {text: {row["country"]: row["visits"] for row in answer.rows} for text, answer in answers.items()}
    told = 0
    for text in answers:
        parts = text.split(";") if text else []
        for at in range(len(parts)):
            wider = ";".join(parts[:at] + parts[at + 1 :])
            for less, more in [
                (totals[text], totals[wider]),
                *((rows[text].get(c), n) for c, n in rows[wider].items()),
            ]:
                if isinstance(less, int) and isinstance(more, int) and less:
                    told += 1
                    assert not 0 < more - less < 10, (text, wider)
    assert told > 100, "there is something left to tell"


def test_alternatives_cannot_be_subtracted_either() -> None:
    people = People(2, 400)

    def visits(text: str) -> object:
        return ask(people, filter=text).totals["visits"]

    exact = people.run(StatsQuery(site=1, first=MONTH.first, last=MONTH.last, dimension="country", metrics=("visits",)))
    assert {str(row["country"]): row["visits"] for row in exact.rows}["MT"] in range(1, 10)
    assert isinstance(visits("country==FR"), int)
    assert visits("country==FR,country==MT") is None, "less the French it is the few of Malta"
    assert isinstance(visits("country==FR,country==DE"), int)


def test_a_condition_written_twice_hides_nothing_from_the_comparison() -> None:
    people = People(2, 400)

    def visits(text: str) -> object:
        return ask(people, filter=text).totals["visits"]

    assert visits("country!=MT") is None, "everybody less those is a few"
    assert visits("country!=MT;country!=MT") is None and visits("country!=MT;country!=MT;country!=MT") is None
    assert visits("country==FR,country==MT,country==MT") is None


def test_of_many_conditions_a_viewer_hears_nothing() -> None:
    guarded.require_guardable(filters.parse(";".join(["country!=MT"] * guarded.MOST_CONDITIONS)))
    with pytest.raises(BadRequest, match="at most 4 conditions"):
        guarded.require_guardable(filters.parse(";".join(["country!=MT"] * (guarded.MOST_CONDITIONS + 1))))


def test_a_row_of_few_people_tells_nothing_else_and_a_rate_goes_with_its_count() -> None:
    people = People(2, 130)
    found = ask(people, dimension="device", metrics=("pageviews", "bounce_rate"))
    assert found.metrics == ("pageviews", "bounce_rate"), "what was added to know what to hide is not told"
    by = {row["device"]: row for row in found.rows}
    assert by["tv"] == {"device": "tv", "pageviews": None, "bounce_rate": None}
    exact = people.run(StatsQuery(site=1, first=MONTH.first, last=MONTH.last, dimension="device"))
    few = [str(row["device"]) for row in exact.rows if 0 < cast(int, row["bounces"]) < 10]
    assert few and all(by[name]["bounce_rate"] is None for name in few)


def test_pages_are_cut_out_of_a_table_that_was_protected_as_a_whole() -> None:
    people = People(2, 400)
    whole = ask(people, dimension="country").rows
    assert any(row["visits"] is None for row in whole)
    one_by_one = tuple(ask(people, dimension="country", limit=1, offset=at).rows[0] for at in range(len(whole)))
    assert one_by_one == whole


def test_what_is_compared_with_is_protected_likewise() -> None:
    people = People(2, 400)
    found = ask(people, dimension="country", compare="year")
    assert found.compare is not None
    plain: tuple[Told, ...] = ask(people, dimension="country").rows
    assert found.compare.rows == plain and found.rows == plain, "these people come every year"


@pytest.mark.parametrize(
    ("kind", "today", "last", "before"),
    [
        ("day", "2026-11-22", ("2026-11-21", "2026-11-21"), ("2026-11-20", "2026-11-20")),
        ("week", "2026-11-22", ("2026-11-09", "2026-11-15"), ("2026-11-02", "2026-11-08")),
        ("week", "2026-11-23", ("2026-11-16", "2026-11-22"), ("2026-11-09", "2026-11-15")),
        ("month", "2026-11-22", ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")),
        ("month", "2026-03-01", ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
    ],
)
def test_periods_are_whole_and_over(kind: str, today: str, last: tuple[str, str], before: tuple[str, str]) -> None:
    span = last_of(kind, date.fromisoformat(today))  # type: ignore[arg-type]
    assert span == Span(*map(date.fromisoformat, last))
    assert before_of(span) == Span(*map(date.fromisoformat, before))
