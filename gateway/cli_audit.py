"""`gateway audit`: a browser over a live site, held against what is declared. Exit codes: 1 a breach, 2 an error."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import click
import msgspec

from gateway import control, settings_loader
from gateway.audit import browse, report
from gateway.audit.declared import Declared, matches
from gateway.audit.found import State
from gateway.audit.judge import breaches
from gateway.errors import GatewayError
from gateway.running import CONFIG
from gateway.sites.site import Site

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@CONFIG
@click.argument("url")
@click.option("--page", "pages", multiple=True, help="One more page, a path or a URL; may be given several times.")
@click.option("--site", "site_id", type=int, help="The site's number; default: the one whose domain the URL is of.")
@click.option("--state", "states", type=click.Choice([state.value for state in State]), multiple=True,
              help="Only this one; may be given several times. Default: all.")  # fmt: skip
@click.option("--json", "json_file", type=_FILE, help="Write the report as JSON there.")
@click.option("--html", "html_file", type=_FILE, help="Write the report as a page there.")
@click.option("--browser", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A Chromium to start.")
@click.option("--settle", type=click.FloatRange(0.1, 60), default=2.0, show_default=True,
              help="Seconds that a page may go on loading.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(1, 600), default=30.0, show_default=True,
              help="Seconds that a page may take to open.")  # fmt: skip
def audit(
    config: Path | None,
    url: str,
    pages: tuple[str, ...],
    site_id: int | None,
    states: tuple[str, ...],
    json_file: Path | None,
    html_file: Path | None,
    browser: Path | None,
    settle: float,
    timeout: float,
) -> None:
    """Walk over the live site at URL with a browser, once without a choice, then refusing, accepting, with Global Privacy
    Control, and withdrawing; report every cookie, storage key, request and script against what is declared.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise click.BadParameter("give it in full: https://www.example.com/", param_hint="URL")
    try:
        found = _audit(config, url, pages, site_id, states, browser, settle, timeout)
        if json_file is not None:
            json_file.write_bytes(report.json(found))
        if html_file is not None:
            html_file.write_text(report.html(found), encoding="utf-8")
    except (GatewayError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)  # 1 is a breach's
    click.echo(report.text(found), nl=False)
    if found.breaches:
        sys.exit(1)


def _audit(
    config: Path | None,
    url: str,
    pages: tuple[str, ...],
    site_id: int | None,
    states: tuple[str, ...],
    browser: Path | None,
    settle: float,
    timeout: float,
) -> report.Report:
    gateway_url, sites = _declared(config)
    site = _site(sites, url, site_id)
    wanted = [State(state) for state in states] or list(State)
    tour = browse.Tour([url, *(urljoin(url, page) for page in pages)], site, gateway_url, wanted, settle, timeout)
    total = len(tour.pages) * (len(wanted) + (State.WITHDRAW in wanted))
    with (
        browse.started(browser) as started,
        click.progressbar(length=total, label="Walking over the site", file=sys.stderr, item_show_func=_shown) as bar,
    ):
        walks = browse.walk(started, tour, lambda state, page: bar.update(1, f"{state}: {page}"))
    against = Declared(site, gateway_url)
    return report.make(walks, against, breaches(walks, against), tour.pages, datetime.now(UTC))


def _declared(config: Path | None) -> tuple[str, tuple[Site, ...]]:
    """Where the gateway is and the sites it serves: as the one running here knows them (the demo's are in no file)."""
    settings = settings_loader.load(config, os.environ, need_sites=False)
    if control.is_running(settings.data_dir):
        said = control.call(settings.data_dir, "declared", {})
        return str(said["gateway"]), msgspec.convert(said["sites"], tuple[Site, ...])
    settings = settings_loader.load(config, os.environ)
    return settings.base_url, settings.sites


def _shown(item: str | None) -> str:
    return item or ""


def _site(sites: tuple[Site, ...], url: str, site_id: int | None) -> Site:
    host = urlsplit(url).hostname or ""
    for site in sites:
        own = any(matches(host, domain) for domain in (*site.domains, *site.test_domains))
        if site.id == site_id or (site_id is None and own):
            return site
    if site_id is not None:
        raise GatewayError(f"There is no site {site_id} in this configuration.")
    raise GatewayError(f"No site of this configuration has the domain {host}; name one by --site.")
