"""docs/reliability.md: what was run, how often, and what became of it. Faults that are not run now keep their line."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.faults.reckoning import Sum
from tests.faults.table import TABLE, Fault

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
HEAD = (
    "| fault | what happens, under load | rounds | sent | acknowledged | stored | lost | duplicated | run on |",
    "|---|---|---:|---:|---:|---:|---:|---:|---|",
)


class Outcome(NamedTuple):
    """Of all rounds of one fault. `trouble` says why they ended early; with no round at all, why it was not run."""

    rounds: int
    sum: Sum
    trouble: str = ""


def line(fault: Fault, outcome: Outcome) -> str:
    begin = f"| `{fault.name}` | {fault.what} |"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    if not outcome.rounds:
        return f"{begin} not run: {outcome.trouble} | | | | | | {today} |"
    found = outcome.sum
    figures = (outcome.rounds, found.sent, found.acknowledged, found.stored, found.lost, found.doubled)
    run_on = f"{today}; failed: {outcome.trouble}" if outcome.trouble else today
    return f"{begin} {' | '.join(f'{figure:,}' for figure in figures)} | {run_on} |"


def write(outcomes: Mapping[str, Outcome], page: Path = PAGE) -> None:
    """Puts the lines into the page, beside those that are there. Several runs may write at the same time."""
    with page.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        before, _, rest = text.partition(BEGIN)
        table, _, after = rest.partition(END)
        lines = {name: text for text in table.splitlines() if (name := _name(text))}
        lines |= {fault.name: line(fault, outcomes[fault.name]) for fault in TABLE if fault.name in outcomes}
        whole = [*HEAD, *(lines.get(fault.name, _never(fault)) for fault in TABLE)]
        _replace(file.fileno(), "\n".join([before + BEGIN, *whole, END + after]))


def _name(text: str) -> str:
    return text.split("`")[1] if text.startswith("| `") else ""


def _never(fault: Fault) -> str:
    return f"| `{fault.name}` | {fault.what} | not run yet | | | | | | |"


def _replace(descriptor: int, text: str) -> None:
    content = text.encode()
    os.pwrite(descriptor, content, 0)
    os.ftruncate(descriptor, len(content))


def failed(outcomes: Mapping[str, Outcome]) -> Sequence[str]:
    return [name for name, outcome in outcomes.items() if outcome.rounds and outcome.trouble]
