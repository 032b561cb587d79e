"""The estimated whole audience against populations of known size, and which strata it takes together."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from benchmarks.estimate import Population, bias, cases, coverage
from gateway.reports.estimate import Pooled, Stratum, estimate, pool

MONDAY = date(2026, 11, 16)
ALIKE = Population("alike", (("FR", 60, 0.4), ("BE", 6, 0.6)), days=7)


def stratum(visits: int, base: int, loads: int, *, day: int = 0, country: str = "FR", device: str = "phone") -> Stratum:
    return Stratum(MONDAY + timedelta(days=day), country, device, visits, base, loads, base, base * 4)


def test_the_interval_holds_the_truth_where_everybody_browses_alike() -> None:
    found = list(cases(ALIKE, 60))
    assert len(found) == 60
    # 95 % are meant; of 60 cases fewer than 52 hold it once in a thousand times.
    assert coverage(found) >= 52 / 60
    assert abs(bias(found)) < 0.02
    assert all(case.found.low < case.found.visits < case.found.high for case in found)


@pytest.mark.parametrize("others", [0.5, 1.5])
def test_refusers_who_browse_differently_bias_it_by_just_so_much(others: float) -> None:
    found = list(cases(ALIKE._replace(pages=4.0, others=others), 12))
    stated = sum(case.expected / case.truth - 1 for case in found) / len(found)
    assert abs(stated) > 0.2, "these refusers do differ"
    assert bias(found) == pytest.approx(stated, abs=0.06)


def test_a_stratum_is_scaled_by_its_own_loads() -> None:
    found = estimate([stratum(100, 300, 900), stratum(100, 200, 200, country="DE")])
    assert found is not None
    assert found.visits == pytest.approx(400, rel=0.02), "100 of 300, and 100 of 100, not 200 of 440"
    assert found.recorded == 200 and found.strata == 2
    assert found == estimate([stratum(100, 300, 900), stratum(100, 200, 200, country="DE")])


def test_where_everybody_is_recorded_nothing_is_estimated() -> None:
    found = estimate([stratum(100, 300, 300)])
    assert found is not None and (found.low, found.visits, found.high) == (100, 100, 100)


@pytest.mark.parametrize(
    ("strata", "pooled"),
    [
        ([stratum(30, 30, 60)], [(30, 60)]),
        ([stratum(29, 90, 180)], []),
        ([stratum(90, 29, 180)], []),
        # devices of a day
        (
            [stratum(20, 40, 60), stratum(20, 40, 80, device="tablet"), stratum(50, 90, 90, day=1)],
            [(50, 90), (40, 140)],
        ),
        # a week of a country
        ([stratum(20, 40, 60), stratum(20, 40, 80, day=1)], [(40, 140)]),
        # the next Monday is another week, and what is over joins the smallest
        ([stratum(40, 80, 90), stratum(20, 40, 80, day=7)], [(60, 170)]),
        # countries of a week
        ([stratum(20, 40, 60), stratum(20, 40, 80, day=1, country="DE")], [(40, 140)]),
        ([], []),
    ],
)
def test_strata_under_thirty_pool_upward(strata: list[Stratum], pooled: list[tuple[int, int]]) -> None:
    found = pool(strata)
    assert [(one.visits, one.loads) for one in found] == pooled
    if found:
        assert sum(one.loads for one in found) == sum(one.loads for one in strata), "no load is left out"


def test_loads_that_were_moved_leave_no_stratum_below_its_base() -> None:
    assert pool([stratum(30, 40, 38)]) == [Pooled(30, 40, 40, 40, 160)]
