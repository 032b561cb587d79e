"""How Matomo writes numbers, and that no number at all is too large to be written."""

from __future__ import annotations

import math

import pytest

from gateway.reports.matomo.answers import average, number, rounded, share

HUGE = 1.7e308


@pytest.mark.parametrize(
    ("value", "written"),
    [(5.0, 5), (2.345, 2.35), (True, 0), ("5", 0), (None, 0), (math.inf, 0), (-math.inf, 0)],
)
def test_what_is_no_finite_number_is_nothing(value: object, written: float) -> None:
    assert number(value) == written


def test_what_is_huge_is_written_as_it_is() -> None:
    assert number(HUGE) == HUGE
    assert rounded(HUGE, 2) == average(HUGE, 1, 2) == HUGE
    assert [rounded(math.inf, 2), float(average(HUGE, 0.01)), float(share(HUGE, 0.01, 4))] == [0.0, 0.0, 0.0]
    assert (rounded(60.5, 0), rounded(-60.5, 0)) == (61, -61)
