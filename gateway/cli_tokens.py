"""`gateway tokens`: API tokens for tools and servers: made, listed, revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.accounts.principal import Role
from gateway.accounts.rights import DECLARED
from gateway.hits import Basis
from gateway.running import CONFIG, run


@click.group()
def tokens() -> None:
    """API tokens for tools and servers (docs/accounts.md)."""


@tokens.command()
@CONFIG
@click.option("--name", required=True, help="What it is for; the audit log and the list show it.")
@click.option(
    "--scope",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What it may do: tracking sends hits, subjects keeps customers' choices, the others read as users of that role.",
)
@click.option("--site", "sites", type=click.IntRange(1), multiple=True, help="Its sites, each by number; default: all.")
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in DECLARED]),
    default=Basis.COOKIELESS.value,
    show_default=True,
    help="Under what its hits are recorded (docs/matomo.md).",
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="First day, UTC, on which it is worth nothing.")
def create(
    config: Path | None, name: str, scope: str, sites: tuple[int, ...], basis: str, expires: datetime | None
) -> None:
    """Make a token and print it, this once; only its hash is kept."""
    until = expires.replace(tzinfo=UTC).timestamp() if expires else None
    click.echo(run(config, "tokens-create", name=name, scope=scope, sites=list(sites), basis=basis, expires=until))


@tokens.command(name="list")
@CONFIG
def list_tokens(config: Path | None) -> None:
    """Show every token by name: scope, sites, basis, when it was made and when it ends. No token is shown."""
    rows = run(config, "tokens-list")
    for row in rows:
        click.echo(
            f"{row['name']}  {row['scope']}  {_sites(row)}  {row['basis']}  made {_day(row['created'])}{_ends(row)}"
        )
    click.echo(f"{len(rows)} shown")


@tokens.command()
@CONFIG
@click.argument("name")
def revoke(config: Path | None, name: str) -> None:
    """End a token at once."""
    if not run(config, "tokens-revoke", name=name):
        raise click.BadParameter(f"there is no token named {name}", param_hint="NAME")
    click.echo(f"{name} is worth nothing any more")


def _sites(row: dict[str, Any]) -> str:
    sites = row["sites"]
    return "every site" if sites is None else "site " + ", ".join(map(str, sites))


def _ends(row: dict[str, Any]) -> str:
    return "" if row["expires"] is None else f"  ends {_day(row['expires'])}"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
