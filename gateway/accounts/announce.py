"""The first user: made at the first start, its generated password printed the only time it is ever shown."""

from __future__ import annotations

import click

from gateway.accounts.accounts import Accounts
from gateway.clock import SystemClock
from gateway.settings import Settings
from gateway.state.database import State


def announce_password(settings: Settings) -> None:
    """Make the user `admin` where there is none; print the password if it was generated."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = State(settings.state.url, settings.data_dir)
    try:
        password = Accounts(state, settings, SystemClock()).ensure_admin()
    finally:
        state.close()
    if password is not None:
        click.echo(f"Dashboard log-in: admin / {password}   (generated; shown this once)")
