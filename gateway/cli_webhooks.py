"""`gateway webhooks`: what the sites' own systems were told, and telling it again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.running import CONFIG, run


@click.group()
def webhooks() -> None:
    """What the sites' own systems were told of consents, withdrawals and opt-outs."""


@webhooks.command(name="list")
@CONFIG
@click.option("--failed", is_flag=True, help="Only what was not heard.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_webhooks(config: Path | None, failed: bool, limit: int) -> None:
    """Show messages, the newest first: when, of which site, to whom, what became of them."""
    rows = run(config, "webhooks-list", failed=failed, limit=limit)
    for row in rows:
        click.echo(
            f"{row['id']}  {_time(row['made'])}  site {row['site']}  {row['type']}  {row['url']}  {_became(row)}"
        )
    click.echo(f"{len(rows)} shown")


@webhooks.command()
@CONFIG
@click.argument("ids", nargs=-1, required=True)
def repeat(config: Path | None, ids: tuple[str, ...]) -> None:
    """Tell messages again, by id; `all` for all that were given up."""
    click.echo(f"{run(config, 'webhooks-repeat', ids=list(ids))} will be told again")


def _became(row: dict[str, Any]) -> str:
    if row["told"] is not None:
        return f"told {_time(row['told'])}"
    if row["next_try"] is None:
        return f"given up after {row['tries']} tries: {row['outcome']}"
    return f"try {row['tries'] + 1} due {_time(row['next_try'])}" + (f": {row['outcome']}" if row["outcome"] else "")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
