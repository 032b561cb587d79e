"""How well the estimated whole audience does: populations of known size, measured and estimated again and again.

    python -m benchmarks.estimate [--rounds 200]

prints, for each kind of population, in how many of 100 cases the true number of visits lay within the interval, and by how much
the estimate is off on average. The bias of refusers who browse differently is what docs/estimate.md says that it is.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from gateway.reports.estimate import Estimate, Stratum, estimate

FIRST = date(2026, 11, 2)
DEVICES = (("phone", 0.55), ("desktop", 0.4), ("tablet", 0.05))


class Population(NamedTuple):
    """`countries`: visits a day and the share that agrees; `others`: pages of a visit that is not recorded, relative."""

    name: str
    countries: tuple[tuple[str, int, float], ...]
    days: int = 14
    pages: float = 3.0
    others: float = 1.0


POPULATIONS = (
    Population("alike, half agree", (("FR", 400, 0.5), ("DE", 150, 0.35), ("MT", 4, 0.5))),
    Population("alike, few agree", (("FR", 400, 0.12), ("DE", 150, 0.08))),
    Population("alike, a small site", (("FR", 25, 0.4), ("BE", 3, 0.4)), days=28),
    Population("alike, one page a visit", (("FR", 300, 0.5),), pages=1.2),
    Population("refusers browse a third less", (("FR", 400, 0.5), ("DE", 150, 0.35)), others=2 / 3),
    Population("refusers browse a third more", (("FR", 400, 0.5), ("DE", 150, 0.35)), others=4 / 3),
)


class Case(NamedTuple):
    truth: int
    expected: float  # what the estimate comes to by its bias alone
    found: Estimate


def measured(population: Population, chance: random.Random) -> tuple[list[Stratum], int, float]:
    """What a gateway would have counted, the true number of visits, and what the estimate is expected to say."""
    strata, truth, expected = [], 0, 0.0
    for number in range(population.days):
        for country, daily, agree in population.countries:
            for device, share in DEVICES:
                visits = base = loads = squares = 0
                for _ in range(_about(daily * share, chance)):
                    truth += 1
                    agrees = chance.random() < agree
                    pages = _pages(population.pages * (1.0 if agrees else population.others), chance)
                    loads += pages
                    expected += 1.0 if agrees else population.others
                    if agrees:
                        visits, base, squares = visits + 1, base + pages, squares + pages * pages
                day = FIRST + timedelta(days=number)
                strata.append(Stratum(day, country, device, visits, base, loads, base, squares))
    return strata, truth, expected


def cases(population: Population, rounds: int, seed: int = 1) -> Iterator[Case]:
    chance = random.Random(seed)
    for number in range(rounds):
        strata, truth, expected = measured(population, chance)
        found = estimate(strata, seed=number)
        if found is not None:
            yield Case(truth, expected, found)


def coverage(found: list[Case]) -> float:
    """The share of cases in which the truth lay within the interval."""
    return sum(case.found.low <= case.truth <= case.found.high for case in found) / len(found)


def bias(found: list[Case]) -> float:
    """How much the estimate is off on average, relative to the truth."""
    return sum(case.found.visits / case.truth - 1 for case in found) / len(found)


def _about(mean: float, chance: random.Random) -> int:
    return max(0, round(chance.gauss(mean, mean**0.5)))


def _pages(mean: float, chance: random.Random) -> int:
    """Pages of one visit: at least one, and the more the rarer (geometric)."""
    pages, more = 1, 1 - 1 / max(mean, 1.0)
    while chance.random() < more:
        pages += 1
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    print(f"{'population':32} {'visits':>8} {'coverage':>9} {'width':>7} {'bias':>7}")
    for population in POPULATIONS:
        found = list(cases(population, rounds))
        visits = sum(case.truth for case in found) / len(found)
        width = sum((case.found.high - case.found.low) / case.found.visits for case in found) / len(found)
        print(f"{population.name:32} {visits:8.0f} {coverage(found):9.0%} {width:7.1%} {bias(found):+7.1%}")


if __name__ == "__main__":
    main()
