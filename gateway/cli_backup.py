"""`gateway backup` and `gateway restore`: everything a gateway holds, as one folder, and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway import control, running, settings_loader
from gateway.backup import restoring
from gateway.errors import GatewayError
from gateway.running import CONFIG
from gateway.upkeep import duties, streams, tables
from gateway.upkeep.parts import standalone

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@CONFIG
@click.argument("directory", type=_FOLDER)
@click.option(
    "--without-keys", is_flag=True, help="Leave the signing keys out; keep them elsewhere, or all are asked again."
)
def backup(config: Path | None, directory: Path, without_keys: bool) -> None:
    """Write everything into DIRECTORY, which must be empty or new, while the gateway works."""
    events = running.events(config, "backup", directory=str(directory.absolute()), with_keys=not without_keys)
    last: dict[str, Any] = {}
    with _bar("Backing up") as show:
        for event in events:
            if "what" in event:
                show(event["what"], event["done"], event["total"])
            else:
                last = event
    click.echo(
        f"{directory}: {last['rows']:,} row(s), {last['records']:,} record(s) of the journal, {last['bytes']:,} bytes"
    )
    if without_keys:
        click.echo("The signing keys are not in it.")


@click.command()
@CONFIG
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--tombstones",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A tombstones.jsonl that outlived what was lost: erasures since the backup are carried out too.",
)
def restore(config: Path | None, directory: Path, tombstones: Path | None) -> None:
    """Put the backup in DIRECTORY into an empty data directory and an empty database; overwrites nothing."""
    settings = settings_loader.load(config, os.environ)
    if control.is_running(settings.data_dir):
        raise GatewayError(f"A gateway runs on {settings.data_dir}; stop it first.")
    with _bar("Checking the backup") as show:
        found = restoring.prepare(settings, directory, show)
    restoring.put_files(settings, directory, found, tombstones)
    with standalone(settings) as parts:
        with _bar("Restoring") as show:
            for what, done, total in restoring.put_tables(parts.warehouse, directory, found):
                show(what, done, total)
        erased = asyncio.run(duties.replay_erasures(parts))
        parts.erasing.run()
        asyncio.run(tables.enforce_retention(parts))
        restoring.finish(settings)
        # Without the key that signed its heads nothing could be said of the ledger, and a new one would be made.
        last = [*streams.verify_ledger(parts)][-1] if found.keys or settings.ledger_keys else None
    click.echo(
        f"{sum(found.tables.values()):,} row(s) of {found.made:%Y-%m-%d %H:%M} UTC, {found.journal:,} in the journal"
    )
    click.echo(
        f"{erased['replayed']:,} erasure(s) carried out anew, {erased['restored']:,} of them newer than the backup"
    )
    if last is None:
        click.echo(
            "The backup has no signing keys: put yours into the data directory before the start; then gateway verify."
        )
        return
    if last["verdict"].flaws:
        raise GatewayError(f"The ledger is not whole: {len(last['verdict'].flaws)} flaw(s); see gateway verify.")
    click.echo("The ledger is whole. Start the gateway: it stores what was in the journal and ends the erasures.")


@contextlib.contextmanager
def _bar(label: str) -> Iterator[restoring.Progress]:
    """Progress on standard error."""
    with click.progressbar(length=1, label=label, file=sys.stderr, item_show_func=lambda item: item or "") as bar:

        def show(what: str, done: int, total: int) -> None:
            bar.length = max(1, total)
            bar.update(max(0, done - bar.pos), what)

        yield show
