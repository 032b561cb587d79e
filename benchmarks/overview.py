"""How soon the overview of a large site is there: python -m benchmarks.overview [--pageviews 12000000] [--visits 10]

The made-up site of benchmarks.reports in a whole gateway, looked at in headless Chromium, a new profile for each visit and the
server's caches as they come. Times are of the page's clock, from the start of the navigation: the first text (first contentful
paint), and the figures of the headline, the chart and every panel in sight.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import click
from playwright.sync_api import Browser, sync_playwright

from benchmarks import reports
from benchmarks.hot_paths import free_port, wait
from gateway.accounts.accounts import Accounts
from gateway.clock import SystemClock
from gateway.demo.run import demo_settings
from gateway.demo.site import SITE_ID
from gateway.state.database import State
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from tests.conftest import CHROMIUM, FLAGS

PASSWORD = "benchmark of this run"
RANGES = ("28days", "12months")
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ASKED = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/stats/')).length"
# Busy from the start of the script until all that is in sight is drawn.
WATCH = """
new MutationObserver(() => {
  const overview = document.getElementById("overview");
  if (overview?.getAttribute("aria-busy") === "true") window.began = true;
  else if (window.began && !window.done) window.done = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-busy"] });
"""


@click.command()
@click.option("--pageviews", default=12_000_000, show_default=True)
@click.option("--visits", default=10, show_default=True, help="Visits of each range.")
@click.option("--data", type=click.Path(path_type=Path), help="A directory that keeps what was made, for the next run.")
def main(pageviews: int, visits: int, data: Path | None) -> None:
    """Print first contentful paint and full load of the overview, by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environ = {**os.environ, "GATEWAY_DATA_DIR": str(data or folder), "GATEWAY_PORT": str(port)}
        environ |= {"GATEWAY_ADMIN_PASSWORD": PASSWORD, "GATEWAY_LOG_LEVEL": "error"}
        settings = demo_settings(environ)
        warehouse = Warehouse(settings)
        migrate(warehouse, settings)
        if not warehouse.query("SELECT 1 FROM visits LIMIT 1"):
            reports.fill(warehouse, date.today(), pageviews)
        warehouse.close()
        state = State(settings.state.url, settings.data_dir)
        Accounts(state, settings, SystemClock()).ensure_admin()
        state.close()
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.serve", "gateway"], env=environ)
        try:
            wait(port, server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                _look(browser, f"http://localhost:{port}", visits)
                browser.close()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _look(browser: Browser, gateway: str, visits: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{gateway}/login")
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    known = context.storage_state()
    context.close()
    click.echo(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    for range_ in RANGES:
        found = [_visit(browser, known, f"{gateway}/sites/{SITE_ID}?range={range_}") for _ in range(visits)]
        painted, done, asked = (sorted(column) for column in zip(*found, strict=True))
        click.echo(
            f"{range_:9} {asked[-1]} questions; first contentful paint median {statistics.median(painted):.0f} ms, "
            f"most {painted[-1]:.0f}; all in sight median {statistics.median(done):.0f} ms, most {done[-1]:.0f}"
        )


def _visit(browser: Browser, known: object, address: str) -> tuple[float, float, int]:
    """Milliseconds until the first text and until everything in sight, and how many questions were asked."""
    context = browser.new_context(storage_state=known, viewport={"width": 1440, "height": 900})  # type: ignore[arg-type]
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(address)
    while not page.evaluate("window.done"):  # wait_for_function would need eval, which the page's policy refuses
        page.wait_for_timeout(20)
    seen = page.evaluate(PAINT), page.evaluate("window.done"), page.evaluate(ASKED)
    context.close()
    return seen


if __name__ == "__main__":
    main()
