"""Funnels and retention as viewers are told them: whoever adds up and subtracts finds nobody in particular."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.reports import guarded_ways
from gateway.reports.cohorts import Cohort, Retention
from gateway.reports.funnels import Funnel, Step
from gateway.reports.small_numbers import is_small

MONDAY = date(2026, 8, 31)


def funnel_of(everybody: int, *reached: int) -> Funnel:
    steps = [
        Step(step=f"page==/{at}", reached=here, lost=here - following, of_previous=0.5, of_first=0.5)
        for at, (here, following) in enumerate(zip(reached, [*reached[1:], reached[-1]], strict=True))
    ]
    return Funnel(steps=tuple(steps), everybody=everybody, cut=None)


def reached(everybody: int, *figures: int) -> list[int | None]:
    told = guarded_ways.funnel(funnel_of(everybody, *figures))
    return [told.everybody, *(step.reached for step in told.steps)]


def test_a_step_is_told_where_nobody_can_be_subtracted_from_it() -> None:
    assert reached(500, 300, 120) == [500, 300, 120]
    assert reached(500, 300, 4) == [500, 300, None]
    assert reached(500, 497, 300) == [500, None, 300], "three did not begin"
    assert reached(500, 300, 295, 291, 280) == [500, 300, None, None, 280], "four and five are found by no sum"
    assert reached(300, 300, 0) == [300, 300, 0], "nobody is behind a difference of nothing"
    assert reached(7, 5, 0) == [None, None, 0]
    told = guarded_ways.funnel(funnel_of(500, 300, 296, 200))
    assert [step.lost for step in told.steps] == [None, None, 0]
    assert [step.of_previous for step in told.steps] == [0.5, None, None]


def test_a_step_is_hidden_that_differs_by_few_from_the_same_one_without_a_filter() -> None:
    told = guarded_ways.funnel(funnel_of(400, 200, 100), [funnel_of(500, 300, 104)])
    assert [step.reached for step in told.steps] == [200, None]


@given(st.lists(st.integers(0, 60), min_size=3, max_size=8))
def test_no_difference_of_steps_is_a_small_figure(losses: list[int]) -> None:
    figures = [sum(losses[at:]) for at in range(len(losses))]
    known = [figure for figure in reached(*figures) if figure is not None]
    assert not any(is_small(figure) for figure in known)
    assert not any(is_small(before - after) for before, after in pairwise(known))


def table(*rows: tuple[int, ...], visits: tuple[int, int, int] = (1000, 300, 20)) -> Retention:
    cohorts = [Cohort(week=MONDAY + timedelta(weeks=at), visitors=row) for at, row in enumerate(rows)]
    last = MONDAY + timedelta(weeks=len(rows), days=-1)
    every, cookieless, exempt = visits
    return Retention(
        first=MONDAY, last=last, cohorts=tuple(cohorts), visits=every, cookieless=cookieless, exempt=exempt, cut=None
    )


def test_retention_hides_who_came_and_who_did_not() -> None:
    whole = table((100, 40, 12), (100, 95), (100,))
    told = guarded_ways.retention(whole, whole)
    assert [one.visitors for one in told.cohorts] == [(100, 40, None), (100, None), (100,)], (
        "five stayed away, 12 hide it"
    )
    few = table((8, 4), (200,))
    assert guarded_ways.retention(few, few).cohorts[0].visitors == (None, None)
    assert guarded_ways.retention(few, few).cohorts[1].visitors == (None,), "all first visits are known"


def test_fewer_weeks_hide_what_all_of_them_hide() -> None:
    whole = table((100, 40, 12), (100, 95), (100,))
    short = Retention(
        first=MONDAY + timedelta(weeks=1), last=whole.last, cohorts=whole.cohorts[1:],
        visits=700, cookieless=4, exempt=0, cut=None,
    )  # fmt: skip
    told = guarded_ways.retention(short, whole)
    assert [one.visitors for one in told.cohorts] == [(100, None), (100,)]
    assert (told.visits, told.cookieless, told.exempt) == (700, None, 0)


@given(st.data())
def test_no_sum_of_a_column_or_week_gives_one_figure_away(data: st.DataObject) -> None:
    weeks = data.draw(st.integers(2, 5))
    rows = []
    for row in range(weeks):
        first = data.draw(st.integers(0, 60))
        rows.append((first, *data.draw(st.tuples(*[st.integers(0, first)] * (weeks - row - 1)))))
    whole = table(*rows)
    told = [one.visitors for one in guarded_ways.retention(whole, whole).cohorts]
    lines = [[(row, 0) for row in range(weeks)]]
    lines += [[(row, week - row) for row in range(week + 1)] for week in range(weeks)]
    for line in lines:
        hidden = [rows[row][later] for row, later in line if told[row][later] is None]
        assert not any(is_small(rows[row][later]) for row, later in line if told[row][later] is not None)
        behind = [figure for figure in hidden if figure]
        others = [rows[row][later] for row, later in line if rows[row][later] and told[row][later] is not None]
        assert len(behind) != 1 or not others, (line, rows, told)
