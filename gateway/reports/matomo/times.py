"""VisitTime: every hour and every weekday has its row, also without a visit."""

from __future__ import annotations

from collections.abc import Callable

from gateway.reports.matomo import columns, names
from gateway.reports.matomo.answers import Row, Table
from gateway.reports.matomo.figures import Figure, Figures


def by_hour(figures: Figures, dimension: str, segment: str) -> list[Table]:
    """24 rows, in their order; on a day without a visit, of several, none."""

    def row(hour: int) -> Row:
        return {"segment": f"{segment}=={hour}"}

    return _each(figures, dimension, range(24), lambda hour: f"{hour:02}", row)


def by_weekday(figures: Figures) -> list[Table]:
    """Seven rows from Monday."""
    return _each(figures, "weekday", range(1, 8), lambda day: names.WEEKDAYS[day - 1], lambda day: {"day_of_week": day})


def _each(
    figures: Figures, dimension: str, values: range, label: Callable[[int], str], about: Callable[[int], Row]
) -> list[Table]:
    long, found = figures.dates.long, []
    for rows in figures.rows(dimension):
        by_value: dict[int, Figure] = {int(str(row[dimension])): row for row in rows if str(row[dimension]).isdecimal()}
        table: Table = [
            {"label": label(value), **columns.visits(by_value.get(value, {}), long), **about(value)} for value in values
        ]
        found.append([] if figures.dates.several and not rows else table)
    return found
