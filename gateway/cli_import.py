"""`gateway import`: the past, out of web servers' logs and Matomo's exports (docs/imports.md)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gateway import control, settings_loader
from gateway.accounts.rights import DECLARED
from gateway.clock import Clock, SystemClock
from gateway.enrich.geo import Geography
from gateway.erasure.passing import Passing
from gateway.erasure.tombstones import Tombstones
from gateway.erasure.traces import Traces
from gateway.errors import GatewayError
from gateway.hits import Basis
from gateway.imports import work
from gateway.imports.alone import LEASE, SECONDS, importing
from gateway.imports.positions import Fingerprint, Position, Positions
from gateway.imports.requests import Wanted
from gateway.imports.sources import Merged
from gateway.imports.store import last_old_day, pack
from gateway.imports.tally import Tally
from gateway.journal.reader import Record
from gateway.metrics import Metrics
from gateway.privacy.salts import Salts
from gateway.running import CONFIG
from gateway.settings import Settings
from gateway.sites.catalog import ServedSite
from gateway.sites.site import Site
from gateway.state.database import State
from gateway.state.leases import Leases
from gateway.upkeep import commands
from gateway.upkeep.parts import standalone
from gateway.wiring import GEOGRAPHY

Call = Callable[..., Any]
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="import")
@CONFIG
@click.option("--site", type=click.IntRange(1), required=True, help="The site's number.")
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in DECLARED]),
    default=Basis.COOKIELESS.value,
    show_default=True,
    help="Under what it is recorded (docs/imports.md).",
)
@click.option("--include-static", is_flag=True, help="Images, styles, scripts and fonts are pages too.")
@click.option(
    "--include-errors", is_flag=True, help="Requests answered 400 and above are pages too, with their status."
)
@click.option("--since", type=_DAY, help="First day that is taken, in the site's time zone.")
@click.option(
    "--until", type=_DAY, help="Day after the last that is taken: the one on which this gateway began to count."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be taken, and what not and why.")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
def import_command(
    config: Path | None, site: int, basis: str, include_static: bool, include_errors: bool, since: datetime | None,
    until: datetime | None, dry_run: bool, files: tuple[Path, ...],
) -> None:  # fmt: skip
    """Take the past from access logs (common, combined, JSON) and Matomo exports (JSON, CSV), oldest day first.

    FILES may be compressed (gzip, bzip2, xz); - is standard input. Files that were read before are read on from where they were
    left, so the same command may be repeated, also after it was killed.
    """
    wanted = Wanted(Basis(basis), include_static, include_errors)
    span = work.Span(since.date().isoformat() if since else "", until.date().isoformat() if until else "")
    tally = Tally()
    with _gateway(config) as (local, call):
        told = call("import-begin", site=site)
        settings = _as_running(local, told["settings"])
        served = ServedSite(msgspec.convert(told["site"], Site))
        if served.analytics is None:
            raise GatewayError(f"Site {site} does not measure its audience (analytics_enabled).")
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        geography = Geography(Path(settings.geo.database) if settings.geo.database else GEOGRAPHY, settings.data_dir)
        with contextlib.closing(State(settings.state.url, settings.data_dir)) as state:
            _import(settings, state, served, geography, files, wanted, span, tally, None if dry_run else call)
        geography.close()
    _say(tally, dry_run)


def _import(
    settings: Settings, state: State, site: ServedSite, geography: Geography, files: tuple[Path, ...], wanted: Wanted,
    span: work.Span, tally: Tally, call: Call | None,
) -> None:  # fmt: skip
    clock = SystemClock()
    positions = Positions(state, clock, site.id)
    with contextlib.ExitStack() as stack:
        storing, published = None, []
        if call is None:
            # Salts and keys that a run without consequences makes are thrown away.
            state = stack.enter_context(contextlib.closing(State("sqlite://", settings.data_dir)))
        else:
            leases = stack.enter_context(importing(state, clock, settings.data_dir))
            published = [date.fromisoformat(day) for day in call("import-begin", site=site.id)["published"]]
            storing = _Storing(call, site.id, settings, state, clock, positions, leases)
            Salts(state, clock).destroy_old()
        sources = work.sources(files, site, wanted, settings, clock, positions, tally)
        merged = Merged(sources)
        run = work.run_through(work.pipeline(settings, state, clock, site, geography), site)
        job = work.Import(
            run, site, merged, tally, storing, old=last_old_day(settings, clock), published=published, span=span
        )
        size = sum(path.stat().st_size for path in files if path != Path("-"))
        label = "Reading" if call is None else "Importing"
        with click.progressbar(length=max(size, 1), label=label, file=sys.stderr) as bar:

            def progress() -> None:
                bar.update(max(0, sum(source.done() for source in sources) - bar.pos))

            job.go(progress)
            bar.update(max(0, bar.length - bar.pos) if bar.length else 0)


class _Storing:
    """Days's way into the warehouse: by commands, since only one process opens the embedded database."""

    def __init__(
        self,
        call: Call,
        site: int,
        settings: Settings,
        state: State,
        clock: Clock,
        positions: Positions,
        leases: Leases,
    ) -> None:
        self._call = call
        self._site = site
        self._positions = positions
        self._leases = leases
        self._clock = clock
        self._passing = Passing(Tombstones(state, clock, settings.data_dir), Traces(state), Metrics())

    def store(self, lines: list[bytes], token: str) -> None:
        self._leases.hold(LEASE, SECONDS)
        now = self._clock.timestamp()
        # What somebody had erased since it went through the pipeline is not stored any more.
        passing = self._passing("hits", [Record(number, "hits", line, now) for number, line in enumerate(lines)])
        if passing:
            self._call("import-store", rows=pack([record.payload for record in passing]), token=f"{self._site}:{token}")

    def finish(self, days: list[date]) -> None:
        self._leases.hold(LEASE, SECONDS)
        self._call("import-finish", site=self._site, days=[day.isoformat() for day in days])

    def save(self, marks: Mapping[Fingerprint, Position]) -> None:
        self._positions.save(marks)


@contextlib.contextmanager
def _gateway(config: Path | None) -> Iterator[tuple[Settings, Call]]:
    """The settings here, and how commands are done: by the gateway that runs on this data directory, else in this process."""
    settings = settings_loader.load(config, os.environ, need_sites=False)
    if control.is_running(settings.data_dir):
        yield settings, lambda command, **arguments: control.call(settings.data_dir, command, arguments)
        return
    settings = settings_loader.load(config, os.environ)
    with standalone(settings) as parts:
        yield settings, lambda command, **arguments: asyncio.run(commands.run(command, parts, arguments))


def _as_running(local: Settings, told: Mapping[str, Any]) -> Settings:
    """What decides how hits are recorded is the running gateway's: its environment may not be this command's."""
    parts = {name: msgspec.convert(part, type(getattr(local, name))) for name, part in told.items()}
    return msgspec.structs.replace(local, **parts)


def _say(tally: Tally, dry_run: bool) -> None:
    span = f", {tally.first_day} to {tally.last_day}" if tally.taken else ""
    click.echo(f"{tally.read:,} read, {tally.taken:,} {'would be taken' if dry_run else 'taken'}{span}")
    for reason, count in sorted(tally.left.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"  {count:,} left out: {reason}")
    for bad in tally.bad:
        click.echo(f"  {bad}", err=True)
    if tally.read and tally.left["malformed"] == tally.read:
        raise GatewayError("Nothing could be read: these are neither access logs nor exports that this command knows.")
