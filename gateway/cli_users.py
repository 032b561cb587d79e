"""`gateway users`: who may use the dashboard, from the command line; and `gateway hash-password`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.accounts.passwords import Passwords, check_new
from gateway.accounts.principal import Role
from gateway.running import CONFIG, run

_PASSWORD = click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for where it is left out, which keeps it out of the shell's history.",
)


@click.group()
def users() -> None:
    """Users of the dashboard (docs/accounts.md)."""


@users.command(name="list")
@CONFIG
def list_users(config: Path | None) -> None:
    """Show every user by name: role, sites, state, and when they were last seen."""
    rows = run(config, "users-list")
    for row in rows:
        sites = "every site" if row["sites"] is None else "site " + ", ".join(map(str, row["sites"]))
        seen = "" if row["seen"] is None else f"  seen {datetime.fromtimestamp(row['seen'], UTC):%Y-%m-%d %H:%M} UTC"
        click.echo(f"{row['name']}  {row['role']}  {sites}  {row['state']}{seen}")
    click.echo(f"{len(rows)} shown")


@users.command()
@CONFIG
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role if not role.for_tokens_only]), required=True, help="Role."
)
@click.option(
    "--site",
    "sites",
    type=click.IntRange(1),
    multiple=True,
    help="Sites, each by number; without one: none for a viewer, who needs them, every site for other roles.",
)
def add(config: Path | None, name: str, role: str, sites: tuple[int, ...]) -> None:
    """Add a user and print the link, this once, by which they choose their password within seven days."""
    click.echo(run(config, "users-add", name=name, role=role, sites=list(sites)))


@users.command(name="set-password")
@CONFIG
@click.argument("name")
@_PASSWORD
def set_password(config: Path | None, name: str, password: str) -> None:
    """Replace a user's password and end their sessions."""
    run(config, "users-set-password", name=name, password=password)
    click.echo(f"{name} has a new password and is logged out everywhere")


@users.command()
@CONFIG
@click.argument("name")
def disable(config: Path | None, name: str) -> None:
    """Shut a user out at once, with their sessions and API tokens."""
    run(config, "users-shut", name=name, disabled=True)
    click.echo(f"{name} is disabled")


@users.command()
@CONFIG
@click.argument("name")
def enable(config: Path | None, name: str) -> None:
    """Let a user in again."""
    run(config, "users-shut", name=name, disabled=False)
    click.echo(f"{name} is enabled")


@users.command()
@CONFIG
@click.argument("name")
def unlink(config: Path | None, name: str) -> None:
    """Forget whom the provider of log-ins (OpenID Connect) knows a user as, and log them out."""
    run(config, "users-unlink", name=name)
    click.echo(f"{name} is linked to nobody at the provider any more")


@click.command(name="hash-password")
@_PASSWORD
def hash_password(password: str) -> None:
    """Print the hash of a password, for the setting dashboard.admin_password: then the file opens nothing."""
    check_new(password)
    click.echo(Passwords().hash(password))
