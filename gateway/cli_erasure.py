"""`gateway erasures`: what visitors had erased or restricted, how far it is, and doing it again after a restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.running import CONFIG, run

_KINDS = {"erase": "erasure", "restrict": "restriction", "lift": "restriction lifted"}


@click.command()
@CONFIG
@click.option("--pending", is_flag=True, help="Only erasures that are not done.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option(
    "--replay", is_flag=True, help="Do all erasures again: after a restore, before the gateway answers anyone."
)
@click.option("--forget-journal", metavar="ID", help="A data directory is no more, and its journal with it.")
def erasures(config: Path | None, pending: bool, limit: int, replay: bool, forget_journal: str | None) -> None:
    """Show what visitors had erased or restricted, the newest first, and what it still waits for."""
    if forget_journal:
        if not run(config, "erasures-forget-journal", journal=forget_journal):
            raise click.BadParameter("there is no such journal", param_hint="--forget-journal")
        click.echo("No erasure waits for that journal any more")
        return
    if replay:
        done = run(config, "erasures-replay")
        click.echo(f"{done['restored']} tombstones put back from their record, {done['replayed']} erasures begun anew")
        return
    found = run(config, "erasures-list", pending=pending, limit=limit)
    for row in found["tombstones"]:
        click.echo(f"{_time(row['made'])}  site {row['site']}  {_KINDS[row['kind']]}  {_became(row)}".rstrip())
    click.echo(f"{len(found['tombstones'])} shown")
    for journal in found["journals"]:
        click.echo(f"journal {journal['id']} on {journal['host']}, last searched {_time(journal['looked'])}")


def _became(row: dict[str, Any]) -> str:
    if row["kind"] != "erase":
        return ""
    removed = f"{row['removed']} rows removed"
    if row["done"] is not None:
        return f"done {_time(row['done'])}, {removed}"
    return f"not done, {removed}" + (f", waits for {row['waits_for']}" if row["waits_for"] else "")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else "never"
