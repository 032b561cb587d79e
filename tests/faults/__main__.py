"""Faults tried under load on real gateways; what became of them is written to docs/reliability.md."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

import click

from tests.faults import page
from tests.faults.page import Outcome
from tests.faults.reckoning import Sum
from tests.faults.stand import NotRun
from tests.faults.stands import Stands
from tests.faults.table import TABLE, Fault

STOPPED = "stopped"
FIGURES_EVERY = 5  # rounds: they take some seconds


NAMES = [fault.name for fault in TABLE]


@click.command(help=f"Try NAMES, or all faults: {', '.join(NAMES)}. Ctrl-C ends the one tried and keeps its rounds.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds of each; default: 50 of each `kill -9`, 10 of others.")
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
def main(rounds: int | None, names: tuple[str, ...]) -> None:
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        del os.environ[name]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        stands = Stands(Path(directory))
        try:
            for fault in TABLE:
                if not names or fault.name in names:
                    outcomes[fault.name] = _try(stands, fault, rounds or fault.rounds)
                    if outcomes[fault.name].trouble != STOPPED:
                        page.write({fault.name: outcomes[fault.name]})
        finally:
            stands.close()
    if failures := page.failed(outcomes):
        click.echo(f"failed: {', '.join(failures)}", err=True)
        sys.exit(1)


def _try(stands: Stands, fault: Fault, rounds: int) -> Outcome:
    total, done = Sum(), 0
    try:
        stand = stands.get(fault.stand)
        for number in range(rounds):
            own = fault.act(stand, number)
            last = number == rounds - 1
            total = total.plus(own or Sum()).plus(
                stand.settle(figures=last or number % FIGURES_EVERY == FIGURES_EVERY - 1)
            )
            done = number + 1
            _say(fault, f"round {done} of {rounds}: {_told(total)}", end="\n" if last else "\r")
    except NotRun as error:
        _say(fault, f"not run: {error}")
        return Outcome(0, Sum(), str(error))
    except KeyboardInterrupt:
        _say(fault, f"stopped after round {done}")
        return Outcome(done, total, STOPPED if not done else "")
    except Exception as error:
        stands.drop()
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        _say(fault, f"FAILED in round {done + 1}: {error}")
        return Outcome(done + 1, total, reason)
    return Outcome(done, total)


def _told(found: Sum) -> str:
    return ", ".join(f"{name} {figure:,}" for name, figure in found._asdict().items())


def _say(fault: Fault, what: str, end: str = "\n") -> None:
    click.echo(f"{fault.name}: {what}", nl=False)
    click.echo(end if end == "\n" or sys.stdout.isatty() else "\n", nl=False)


if __name__ == "__main__":
    main()
