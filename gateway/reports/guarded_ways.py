"""Funnels and retention without small figures, for viewers: pure functions over what the reports answer (docs/sharing.md).

A funnel's figures lie in one another: whoever has two neighbours has their difference. A step is told only where what is left
at it, and what was lost since the last step that is told, are nobody or at least LEAST.

Of retention two sums are known from elsewhere: all first visits (the first column), and all visitors of a week, who lie on a
diagonal. In both, what is small is hidden with what would give it away, over and over until nothing more is. The longest table
there is is judged, and cut to the weeks asked for afterwards: else a short one would tell what a long one hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from gateway.reports.cohorts import Retention
from gateway.reports.funnels import Funnel
from gateway.reports.small_numbers import hidden, is_small


class GuardedStep(msgspec.Struct, frozen=True, kw_only=True):
    """`reached`: by how many; `lost`: how many of them did not reach the next one, 0 at the last.

    `of_previous` and `of_first`: reached, as a share of those of the step before and of the first one. Hidden figures are null.
    """

    step: str
    reached: int | None
    lost: int | None
    of_previous: float | None
    of_first: float | None


class GuardedFunnel(msgspec.Struct, frozen=True, kw_only=True):
    """As Funnel; None is a figure that is hidden."""

    steps: tuple[GuardedStep, ...]
    everybody: int | None
    cut: date | None


class GuardedCohort(msgspec.Struct, frozen=True, kw_only=True):
    """`week`: its Monday. `visitors`: how many came in that week, the next one, and so on; null is hidden."""

    week: date
    visitors: tuple[int | None, ...]


class GuardedRetention(msgspec.Struct, frozen=True, kw_only=True):
    """As Retention; None is a figure that is hidden."""

    first: date
    last: date
    cohorts: tuple[GuardedCohort, ...]
    visits: int | None
    cookieless: int | None
    exempt: int | None
    cut: date | None


def funnel(found: Funnel, likewise: Sequence[Funnel] = ()) -> GuardedFunnel:
    """`likewise`: the same steps under filters with something left out, which could be subtracted (guarded.py)."""
    figures = [found.everybody, *(step.reached for step in found.steps)]
    others = [[other.everybody, *(step.reached for step in other.steps)] for other in likewise]
    told: list[int | None] = []
    last: int | None = None  # the last that is told
    for at, figure in enumerate(figures):
        close = any(is_small(abs(other[at] - figure)) for other in others)
        secret = is_small(figure) or close or (last is not None and is_small(last - figure))
        told.append(None if secret else figure)
        last = last if secret else figure
    everybody, *reached = told
    return GuardedFunnel(
        steps=tuple(
            GuardedStep(
                step=step.step,
                reached=here,
                lost=step.lost if here is not None and following is not None else None,
                of_previous=step.of_previous if here is not None and before is not None else None,
                of_first=step.of_first if here is not None and reached[0] is not None else None,
            )
            for step, here, before, following in zip(
                found.steps, reached, [reached[0], *reached], [*reached[1:], reached[-1]], strict=False
            )
        ),
        everybody=everybody,
        cut=found.cut,
    )


def retention(found: Retention, whole: Retention, likewise: Sequence[Retention] = ()) -> GuardedRetention:
    """`found` as asked for; `whole` of as many weeks as there may be. `likewise` as `whole`, and as in funnel."""
    secret = _secret(
        [one.visitors for one in whole.cohorts], [[one.visitors for one in other.cohorts] for other in likewise]
    )
    skipped = len(whole.cohorts) - len(found.cohorts)
    followed = found.visits - found.cookieless - found.exempt
    visits = [followed, found.cookieless, found.exempt]
    apart = hidden(visits)
    return GuardedRetention(
        first=found.first,
        last=found.last,
        cohorts=tuple(
            GuardedCohort(
                week=one.week,
                visitors=tuple(None if (row, later) in secret else figure for later, figure in enumerate(one.visitors)),
            )
            for row, one in enumerate(found.cohorts, skipped)
        ),
        visits=None if is_small(found.visits) else found.visits,
        cookieless=None if 1 in apart else found.cookieless,
        exempt=None if 2 in apart else found.exempt,
        cut=found.cut,
    )


def _secret(rows: Sequence[Sequence[int]], likewise: Sequence[Sequence[Sequence[int]]]) -> set[tuple[int, int]]:
    """The cells that must not be told, by row and place in it."""
    secret = {
        (row, later)
        for row, visitors in enumerate(rows)
        for later, figure in enumerate(visitors)
        # Who did not come again is a figure too.
        if is_small(figure)
        or (later and is_small(visitors[0] - figure))
        or any(is_small(abs(other[row][later] - figure)) for other in likewise)
    }
    sums = [[(row, 0) for row in range(len(rows))]]
    sums += [[(row, week - row) for row in range(week + 1)] for week in range(len(rows))]
    before = -1
    while before != len(secret):
        before = len(secret)
        for cells in sums:
            also = [at for at, cell in enumerate(cells) if cell in secret]
            secret |= {cells[at] for at in hidden([rows[row][later] for row, later in cells], also=also)}
        # Of a week whose visitors are hidden nothing is told.
        secret |= {(row, later) for row, first in tuple(secret) if not first for later in range(len(rows[row]))}
    return secret
