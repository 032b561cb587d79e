"""`gateway verify`, `gateway export`, `gateway ledger-key`: the ledger for whoever must prove or check it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway import running, secrets, settings_loader
from gateway.consent.signing import LedgerKeys
from gateway.errors import GatewayError
from gateway.running import CONFIG


@click.command()
@CONFIG
def verify(config: Path | None) -> None:
    """Check every chain of the ledger, row by row; exit code 1 and the first bad row of each where it is not whole."""
    events = running.events(config, "verify")
    done, total = next(events)
    with click.progressbar(length=total, label="Verifying the ledger", file=sys.stderr) as bar:
        bar.update(done)
        last: Any = None
        for event in events:
            if isinstance(event, dict):
                last = event
                break
            bar.update(event[0] - done)
            done = event[0]
    chains, rows, pruned, waiting, flaws = last["verdict"]
    click.echo(f"{rows:,} row(s) in {chains:,} chain(s), {pruned:,} pruned under signed checkpoints; key {last['key']}")
    if rows and not last["heads"]:
        click.echo("No published head vouches for these rows yet; heads are published daily while the gateway runs")
    if waiting:
        click.echo(f"{waiting} published head(s) not in the warehouse yet; verify again once the journal is delivered")
    for chain, seq, what in flaws:
        click.echo(f"chain {chain} row {seq}: {what}")
    if flaws:
        raise GatewayError(f"The ledger is not whole: {len(flaws)} chain(s) with a flaw.")
    click.echo("The ledger is whole.")


@click.command()
@CONFIG
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day, UTC; default: the first there is.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day after the last, UTC; default: until now.")
@click.option("--site", type=click.IntRange(1), help="One site; default: all.")
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "27560"]), default="jsonl", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; default: standard output."
)
def export(
    config: Path | None,
    since: datetime | None,
    until: datetime | None,
    site: int | None,
    format_: str,
    output: Path | None,
) -> None:
    """Write the ledger out, oldest row first."""
    bounds = {name: _milliseconds(day) for name, day in (("since", since), ("until", until)) if day is not None}
    events = running.events(config, "export", format=format_, site=site or 0, **bounds)
    total = next(events)
    # What others may not read is not theirs to read in an export either.
    sink = (
        sys.stdout if output is None else os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")
    )
    header = 1 if format_ == "csv" else 0
    with sink, click.progressbar(length=total, label="Exporting the ledger", file=sys.stderr) as bar:
        for lines in events:
            sink.writelines(f"{line}\n" for line in lines)
            bar.update(len(lines) - header)
            header = 0


@click.command(name="ledger-key")
@CONFIG
def ledger_key(config: Path | None) -> None:
    """Print the public key (Ed25519, hexadecimal) that the ledger's heads and checkpoints are signed with."""
    settings = settings_loader.load(config, os.environ, need_sites=False)
    click.echo(LedgerKeys(secrets.ledger_seeds(settings)).public)


def _milliseconds(day: datetime) -> int:
    return int(day.replace(tzinfo=UTC).timestamp() * 1000)
