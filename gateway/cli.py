"""The command `gateway`. Exit codes: 0 done, 1 failed, 2 the configuration or the call is wrong, 3 the schema does not match."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from sqlalchemy.exc import DBAPIError

from gateway import __version__, control, secrets, settings_check, settings_loader
from gateway.cli_audit import audit
from gateway.cli_backup import backup, restore
from gateway.cli_erasure import erasures
from gateway.cli_import import import_command
from gateway.cli_ledger import export, ledger_key, verify
from gateway.cli_tokens import tokens
from gateway.cli_users import hash_password, users
from gateway.cli_webhooks import webhooks
from gateway.clock import SystemClock
from gateway.consent import reviews
from gateway.consent.preview import MOST_DAYS, Preview, preview_link
from gateway.errors import GatewayError, MigrationError, SettingsError
from gateway.privacy.cookies import choice_key
from gateway.running import CONFIG, run
from gateway.server import serve
from gateway.settings import Settings
from gateway.sites import check as site_check
from gateway.sites import drafts, served_policies
from gateway.sites.codes import is_jurisdiction, is_language
from gateway.sites.policy import fingerprint
from gateway.sites.served_policies import asked_again
from gateway.sites.site import Site
from gateway.workers import hang_up


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gateway")
def cli() -> None:
    """The consent and audience gateway: asks visitors, proves their answers, counts visits, forgets on time."""


@cli.command(name="serve")
@CONFIG
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; more than 1 needs a ClickHouse server.")
def serve_command(config: Path | None, workers: int | None) -> None:
    """Run the gateway until SIGTERM or SIGINT, which drain it."""
    if workers is not None:
        os.environ["GATEWAY_WORKERS"] = str(workers)
    if config is not None:
        os.environ["GATEWAY_CONFIG"] = str(config.resolve())  # worker processes read it again
    serve(settings_loader.read(config, os.environ))


@cli.command()
@CONFIG
def reload(config: Path | None) -> None:
    """Let the gateway that runs read its configuration again; what is wrong with it is said, and then nothing changes."""
    loaded = settings_loader.read(config, os.environ, need_sites=False)
    if not control.is_running(loaded.settings.data_dir):
        hang_up(loaded.settings.data_dir)
        click.echo(
            "The workers were told to read the configuration again; /readyz shows the hash of the one in effect."
        )
        return
    reloaded = control.call(loaded.settings.data_dir, "reload", {})
    click.echo(f"{reloaded['sites']} site(s) are served from configuration {reloaded['configuration']}")
    for key in reloaded["restart"]:
        click.echo(f"  note: {key} takes effect at the next start")


@cli.command()
@click.option("--history", type=click.IntRange(0, 25), default=0, help="Months of plausible visits to write first.")
@click.option(
    "--visits", type=click.IntRange(1, 100_000), default=120, show_default=True, help="Visits a day in that history."
)
@click.option("--history-only", is_flag=True, help="Write the history and stop.")
def demo(history: int, visits: int, history_only: bool) -> None:
    """Run the gateway with an example website and its dashboard, all on this machine."""
    from gateway.demo.run import run_demo

    run_demo(os.environ, months=history, visits_a_day=visits, serve_after=not history_only)


@cli.command()
@CONFIG
def check(config: Path | None) -> None:
    """Read the whole configuration and say what is wrong with it, all at once; changes nothing."""
    settings, written, _ = settings_loader.read(config, os.environ)
    click.echo(
        f"The configuration is sound: {len(settings.sites)} site(s), {settings.base_url}, {settings.clickhouse.url}"
    )
    for site in settings.sites:
        banner = served_policies.banner(settings.data_dir, site)
        if banner is not None:
            site = drafts.applied(site, banner, written[site.id])
        click.echo(f"  site {site.id} {site.name}: {', '.join(site.domains)}; policy {fingerprint(site)}")
        if banner is not None:
            click.echo("    with the banner that was published in the studio")
            for problem in site_check.check(site, ""):
                click.echo(f"    it would not be served any more: {problem}")
        click.echo(f"    {asked_again(settings.data_dir, site)}")
        for line in reviews.say(site):
            click.echo(f"    {line}")
    for note in settings_check.advice(settings):
        click.echo(f"  note: {note}")


@cli.command()
@CONFIG
def retention(config: Path | None) -> None:
    """Show per table: limit, oldest row, next deletion, rows and bytes."""
    _print_table(run(config, "retention"), "No tables yet.")


@cli.command()
@CONFIG
def jobs(config: Path | None) -> None:
    """Show the background work: what, how often (seconds), last and next run (UTC), and which worker leads it."""
    rows: list[dict[str, object]] = [
        {
            "name": row["name"],
            "what": row["what"],
            "every": f"{row['every']:g} s",
            "last": _moment(row["began"]),
            "took": None if row["seconds"] is None else f"{row['seconds']:.3f} s",
            "outcome": row["outcome"] or None,
            "next": _moment(row["next"]),
            "leader": row["leader"] or None,
        }
        for row in run(config, "jobs")
    ]
    _print_table(rows, "No gateway has run on this data directory yet.")


@cli.command()
@CONFIG
@click.option("--full", is_flag=True, help="Look at every day whose raw hits are still kept, not only at new hits.")
def rollup(config: Path | None, full: bool) -> None:
    """Bring the figures up to date with the raw hits now."""
    click.echo(f"{run(config, 'rollup', full=full)} day(s) rolled up")


@cli.group(name="dead-letters")
def dead_letters() -> None:
    """Rows that the warehouse refused: list, send again, discard."""


@dead_letters.command(name="list")
@CONFIG
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_dead_letters(config: Path | None, limit: int) -> None:
    """Show what was set aside, oldest first, and why."""
    rows = run(config, "dead-letters-list", limit=limit)
    for row in rows:
        click.echo(f"{row['id']}  {row['ts']}  {row['table_name']}  {row['error']}")
    click.echo(f"{len(rows)} shown")


@dead_letters.command()
@CONFIG
@click.argument("ids", nargs=-1, required=True)
def replay(config: Path | None, ids: tuple[str, ...]) -> None:
    """Send dead letters again through the journal, by id; `all` for all of them."""
    click.echo(f"{run(config, 'dead-letters-replay', ids=list(ids))} sent again")


@dead_letters.command()
@CONFIG
@click.argument("ids", nargs=-1, required=True)
@click.confirmation_option(prompt="Discard these rows for good?")
def discard(config: Path | None, ids: tuple[str, ...]) -> None:
    """Delete dead letters for good, by id; `all` for all of them."""
    click.echo(f"{run(config, 'dead-letters-discard', ids=list(ids))} discarded")


@cli.command(name="rotate-keys")
@CONFIG
def rotate_keys(config: Path | None) -> None:
    """Add a signing key, which signs from the next start on; cookies signed with the old ones stay valid."""
    click.echo(f"{secrets.rotate(_load(config))} was added; restart the gateway to sign with it")


@cli.command(name="choice-key")
@CONFIG
@click.option("--site", "site_id", type=int, required=True, help="The site's number.")
def choice_key_command(config: Path | None, site_id: int) -> None:
    """Print the keys with which a site's own server verifies gw_choice_{site}, newest first (docs/verify-choice.md)."""
    settings = _load(config)
    _site(settings, site_id)
    for key in secrets.signing_keys(settings):
        click.echo(choice_key(key, site_id).hex())


@cli.command()
@CONFIG
@click.option("--site", type=int, required=True, help="The site's number.")
@click.option("--jurisdiction", required=True, help="Country or US state of the visitor: FR, US-CA; or unknown.")
@click.option("--gpc", is_flag=True, help="The visitor sends Global Privacy Control.")
@click.option("--language", default="", help="Language of the banner; default: the browser's.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=1, show_default=True, help="How long it works.")
def preview(config: Path | None, site: int, jurisdiction: str, gpc: bool, language: str, days: int) -> None:
    """Print a link to the site that shows the banner as a visitor from elsewhere meets it; nothing is recorded."""
    law = "" if jurisdiction == "unknown" else jurisdiction
    if law and not is_jurisdiction(law):
        raise click.BadParameter("give a country (FR), a US state (US-CA), or unknown", param_hint="--jurisdiction")
    if language and not is_language(language):
        raise click.BadParameter("give a language tag, such as fr or pt-BR", param_hint="--language")
    wanted = Preview(site=site, jurisdiction=law, gpc=gpc, language=language, days=days)
    # A gateway that runs knows its sites; the demo's are in no file.
    settings = settings_loader.load(config, os.environ, need_sites=False)
    if control.is_running(settings.data_dir):
        click.echo(control.call(settings.data_dir, "preview", msgspec.to_builtins(wanted)))
    else:
        click.echo(preview_link(_load(config), SystemClock(), wanted))


cli.add_command(verify)
cli.add_command(export)
cli.add_command(ledger_key)
cli.add_command(webhooks)
cli.add_command(erasures)
cli.add_command(tokens)
cli.add_command(users)
cli.add_command(hash_password)
cli.add_command(import_command)
cli.add_command(audit)
cli.add_command(backup)
cli.add_command(restore)


def main() -> None:
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SettingsError as error:
        click.echo(f"The configuration has {len(error.problems)} problem(s):", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(2)
    except MigrationError as error:
        click.echo(f"The database schema does not match: {error.what}", err=True)
        sys.exit(3)
    except GatewayError as error:
        click.echo(error.what, err=True)
        sys.exit(1)
    except DBAPIError as error:
        click.echo(f"The state database failed: {error.orig}", err=True)
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"{where}{error.strerror or error}", err=True)
        sys.exit(1)


def _load(config: Path | None) -> Settings:
    return settings_loader.load(config, os.environ)


def _site(settings: Settings, site_id: int) -> Site:
    for site in settings.sites:
        if site.id == site_id:
            return site
    raise GatewayError(f"There is no site {site_id} in this configuration.")


def _print_table(rows: list[dict[str, object]], otherwise: str) -> None:
    if not rows:
        click.echo(otherwise)
        return
    columns = list(rows[0])
    widths = [max(len(column), *(len(_cell(row[column])) for row in rows)) for column in columns]
    click.echo("  ".join(column.ljust(width) for column, width in zip(columns, widths, strict=True)))
    for row in rows:
        click.echo("  ".join(_cell(row[column]).ljust(width) for column, width in zip(columns, widths, strict=True)))


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")[:-6]


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
