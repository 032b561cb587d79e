"""How soon the banner is there after the script has loaded, and what it does to the page: `python -m benchmarks.banner`.

The tests' own gateway and website on this machine, headless Chromium, a new profile for each visit. Times are of the page's
clock: from the end of the script's download to the first frame with the banner in it.
"""

from __future__ import annotations

import statistics

import click
from playwright.sync_api import Browser, sync_playwright

from tests.browser.fake_gateway import FakeGateway
from tests.browser.serving import free_socket, serving, url_of
from tests.browser.website import Website
from tests.conftest import CHROMIUM, FLAGS

WATCH = """
window.seen = { long: [], shift: 0 };
new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.long.push(each.duration) })
  .observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.shift += each.value })
  .observe({ type: "layout-shift", buffered: true });
document.addEventListener("gateway:shown", () => requestAnimationFrame(() => setTimeout(() => {
  const script = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/gateway/1.js"));
  seen.banner = performance.now() - script.responseEnd;
})));
"""


def visit(browser: Browser, address: str, slowdown: int) -> tuple[float, float, list[float]]:
    """Milliseconds until the banner, cumulative layout shift, long tasks in milliseconds."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.goto(address)
    page.wait_for_function("window.seen.banner")
    page.wait_for_timeout(500)
    seen = page.evaluate("window.seen")
    context.close()
    return seen["banner"], seen["shift"], seen["long"]


@click.command()
@click.option("--visits", default=30, show_default=True)
@click.option("--slowdown", default=1, show_default=True, help="How many times slower the browser's processor is made.")
def main(visits: int, slowdown: int) -> None:
    gateway_socket, website_socket = free_socket(), free_socket()
    gateway = FakeGateway(url_of(gateway_socket))
    website = Website(url_of(website_socket), gateway.url)
    with serving(gateway.app, gateway_socket), serving(website.app, website_socket), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        address = website.page("<p>" + "word " * 2000 + "</p>", policy="")
        visit(browser, address, slowdown)
        found = [visit(browser, address, slowdown) for _ in range(visits)]
        browser.close()
    times = sorted(time for time, _, _ in found)
    long = [task for _, _, tasks in found for task in tasks]
    click.echo(
        f"banner after script, ms: median {statistics.median(times):.0f}, 90th {times[int(visits * 0.9) - 1]:.0f}"
    )
    click.echo(f"layout shift, worst: {max(shift for _, shift, _ in found):.4f}")
    click.echo(f"long tasks in {visits} visits: {len(long)}, longest {max(long, default=0):.0f} ms")


if __name__ == "__main__":
    main()
