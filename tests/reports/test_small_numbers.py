"""What is hidden for being small stays hidden from whoever can add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.small_numbers import hidden, is_small, protected


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ([100, 50, 20], [100, 50, 20]),
        ([100, 50, 0], [100, 50, 0]),
        ([100, 50, 3], [100, None, None]),  # the smallest other hides it
        ([100, 3, 3, 50], [100, None, None, None]),  # 6 together would still be small
        ([100, 9, 9], [100, None, None]),  # 18 together are not
        ([100, 3], [None, None]),
        ([3, 0, 0], [None, 0, 0]),
        ([10], [10]),
        ([], []),
    ],
)
def test_a_column(column: list[int], shown: list[int | None]) -> None:
    chosen = hidden(column)
    assert [None if index in chosen else figure for index, figure in enumerate(column)] == shown


@given(st.lists(st.integers(0, 40), max_size=12))
def test_nobody_finds_a_small_figure_by_subtracting_from_the_total(column: list[int]) -> None:
    chosen = hidden(column)
    assert not any(is_small(figure) for index, figure in enumerate(column) if index not in chosen)
    rest = sum(column) - sum(figure for index, figure in enumerate(column) if index not in chosen)
    if chosen and sum(1 for figure in column if figure) > 1:
        assert len(chosen) > 1
        # A column that is small altogether has nothing to hide behind; its total is hidden as well.
        assert rest >= 10 or sum(column) < 10


def test_each_column_of_a_table_by_itself() -> None:
    rows = [{"yes": 100, "no": 40}, {"yes": 50, "no": 30}, {"yes": 4, "no": 20}]
    assert protected(rows, ["yes", "no"]) == [
        {"yes": 100, "no": 40},
        {"yes": None, "no": 30},
        {"yes": None, "no": 20},
    ]
