"""The estimated whole audience: how many visits there were, whoever agreed to be measured (docs/estimate.md).

Of everybody a page load is counted; of some, the visit is recorded. In each stratum

    estimate = recorded visits × all loads ÷ loads of recorded visits

which is right where those who are not recorded load as many pages in a visit as those who are. Where they load r times as many,
the part that is not recorded comes out r times as large: that is the bias, and no interval speaks of it. Pure functions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

LEAST = 30  # visits and loads; strata under it say nothing on their own
ROUNDS = 400
_TAIL = 0.025  # 95 % lie between
_LEAST_VARIANCE = 0.05  # squared coefficient of variation; visits are never all alike
_FROM = 1.0  # what it is taken for where no page was seen


class Stratum(NamedTuple):
    """`base`: loads of recorded visits; `loads`: of everybody but objectors. `pages` and `squares`: sums over the visits."""

    day: date
    country: str
    device: str
    visits: int
    base: int
    loads: int
    pages: int
    squares: int


class Pooled(NamedTuple):
    """Strata taken together until they are large enough."""

    visits: int
    base: int
    loads: int
    pages: int
    squares: int

    @property
    def estimate(self) -> float:
        return self.visits * self.loads / self.base


class Estimate(NamedTuple):
    """Visits of everybody but objectors, and between what they lie in 95 of 100 cases, were everybody alike."""

    visits: float
    low: float
    high: float
    recorded: int
    strata: int


def estimate(strata: Iterable[Stratum], seed: int = 1) -> Estimate | None:
    """None where all strata together are under LEAST. The same strata and seed give the same figures."""
    pooled = pool(strata)
    if not pooled:
        return None
    chance = random.Random(seed)  # noqa: S311 - repeats a sample; nothing is secret
    rounds = sorted(sum(_again(stratum, chance) for stratum in pooled) for _ in range(ROUNDS))
    # A ratio of sums comes out a little high where sums are small, and so do its repetitions, by as much again: it is taken off.
    twice = 2 * sum(stratum.estimate for stratum in pooled)
    recorded = sum(stratum.visits for stratum in pooled)
    return Estimate(
        visits=max(twice - sum(rounds) / ROUNDS, recorded),
        low=max(twice - rounds[ROUNDS - 1 - int(_TAIL * ROUNDS)], recorded),
        high=max(twice - rounds[int(_TAIL * ROUNDS)], recorded),
        recorded=recorded,
        strata=len(pooled),
    )


def pool(strata: Iterable[Stratum], least: int = LEAST) -> list[Pooled]:
    """Strata under `least` are taken together over devices, then over a week, then over countries, then over everything.

    What is still under it then joins the smallest that is not; where there is none, nothing is returned. No load is left out.
    """
    steps: Sequence[Callable[[Stratum], Hashable]] = (
        lambda one: (one.day, one.country, one.device),
        lambda one: (one.day, one.country),
        lambda one: (one.day.isocalendar()[:2], one.country),
        lambda one: one.day.isocalendar()[:2],
        lambda one: None,
    )
    left, found = list(strata), []
    for step in steps:
        groups: dict[Hashable, list[Stratum]] = {}
        for one in left:
            groups.setdefault(step(one), []).append(one)
        left = []
        for group in groups.values():
            together = _together(group)
            if together.visits >= least and together.base >= least:
                found.append(together)
            else:
                left += group
    if not found or not left:
        return found
    smallest = min(range(len(found)), key=lambda index: found[index].base)
    found[smallest] = Pooled(*(mine + more for mine, more in zip(found[smallest], _together(left), strict=True)))
    return found


def _together(group: Sequence[Stratum]) -> Pooled:
    return Pooled(
        visits=sum(one.visits for one in group),
        base=sum(one.base for one in group),
        loads=max(sum(one.loads for one in group), sum(one.base for one in group)),
        pages=sum(one.pages for one in group),
        squares=sum(one.squares for one in group),
    )


def _again(stratum: Pooled, chance: random.Random) -> float:
    """One round of a parametric bootstrap: the loads of the recorded visits drawn anew, then those of the others.

    The sum of n visits' loads is drawn from a gamma distribution with their mean and variance: positive and skewed, as it is.
    """
    variance = _variance(stratum)
    base = chance.gammavariate(stratum.visits / variance, stratum.base * variance / stratum.visits)
    others = (stratum.loads - stratum.base) * stratum.visits / base  # visits behind the other loads
    if others <= 0:
        return float(stratum.visits)
    return stratum.visits + chance.gammavariate(others / variance, variance)


def _variance(stratum: Pooled) -> float:
    """How much visits differ in their loads: variance over squared mean, as that of their recorded page views."""
    if not stratum.pages or stratum.visits < 2:
        return _FROM
    mean = stratum.pages / stratum.visits
    return max(stratum.squares / stratum.visits / mean**2 - 1, _LEAST_VARIANCE)
