"""`gateway audit` over pages that are broken on purpose, one kind of breach each."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from gateway.audit import browse
from gateway.audit.declared import Declared
from gateway.audit.found import State
from gateway.audit.judge import Fault, breaches
from gateway.cli import cli
from gateway.errors import GatewayError
from tests.browser.fake_gateway import SITE, FakeGateway
from tests.browser.website import Website

CLEAN = '<script src="{gateway}/gateway/1.js" defer></script>'
KEEP = """<script>
document.cookie = 'spy=1; path=/'; document.cookie = 'kino_viewer=1; path=/'; sessionStorage.tab = '1';
indexedDB.open('ledger'); caches.open('pages'); navigator.serviceWorker.register('/run/worker.js');
</script>"""


def audited(browser: Browser, fake: FakeGateway, url: str, state: State) -> set[tuple[Fault, str, str]]:
    tour = browse.Tour([url], SITE, fake.url, [state], settle=0.5, timeout=20)
    return {(one.fault, one.kind, one.what) for one in breaches(browse.walk(browser, tour), Declared(SITE, fake.url))}


def page(website: Website, head: str) -> str:
    html = "<!doctype html><title>x</title><link rel=icon href='data:,'>"
    return website.whole_page(html + head.replace("{gateway}", website.gateway_url), policy="")


def test_a_page_that_keeps_and_sends_before_any_answer(browser: Browser, fake: FakeGateway, website: Website) -> None:
    # Nothing listens at 127.0.0.2: that it was asked is the breach.
    elsewhere = '<img src="http://127.0.0.2:9/p.gif?who=me"><script src="http://127.0.0.2:9/t.js"></script>'
    marked = '<script type="text/plain" data-purpose="analytics" src="/run/early.js"></script>'
    url = page(website, CLEAN + KEEP + elsewhere + marked + '<script src="/run/early.js"></script>')
    assert audited(browser, fake, url, State.NO_CHOICE) == {
        (Fault.UNDECLARED, "cookie", "spy"),
        (Fault.UNDECLARED, "session_storage", "tab"),
        (Fault.UNDECLARED, "indexed_db", "ledger"),
        (Fault.UNDECLARED, "cache", "pages"),
        (Fault.UNDECLARED, "service_worker", "/run/worker.js"),
        (Fault.UNDECLARED, "image", "/p.gif"),
        (Fault.UNDECLARED, "script", "/t.js"),
        (Fault.BEFORE_CONSENT, "cookie", "kino_viewer"),
        (Fault.BEFORE_CONSENT, "script", "/run/early.js"),
    }


REFUSED = "setInterval(() => { if (window.gateway?.answer?.('media') === false) document.cookie = 'kino_viewer=1; path=/' }, 20)"


@pytest.mark.parametrize(
    ("state", "script", "expected"),
    [
        (State.REJECT, REFUSED, (Fault.AFTER_REFUSAL, "kino_viewer")),
        (State.WITHDRAW, REFUSED, (Fault.AFTER_WITHDRAWAL, "kino_viewer")),
        (
            State.ACCEPT,
            "document.cookie = 'kino_viewer=1; path=/; max-age=34000000'",  # declared: 12 months
            (Fault.TOO_LONG, "kino_viewer"),
        ),
        (
            State.GPC,
            "if (navigator.globalPrivacyControl) document.cookie = 'vigie_check=1; path=/'",
            (Fault.DESPITE_GPC, "vigie_check"),
        ),
    ],
    ids=["reject", "withdraw", "accept", "gpc"],
)
def test_a_page_that_does_not_heed_the_answer(
    browser: Browser, fake: FakeGateway, website: Website, state: State, script: str, expected: tuple[Fault, str]
) -> None:
    url = page(website, f"{CLEAN}<script>{script}</script>")
    assert audited(browser, fake, url, state) == {(expected[0], "cookie", expected[1])}


def test_a_page_that_does_not_ask(browser: Browser, fake: FakeGateway, website: Website) -> None:
    url = page(website, CLEAN.replace(" defer", ' data-banner="off" defer'))
    assert audited(browser, fake, url, State.NO_CHOICE) == {(Fault.NOT_ASKED, "banner", "the question")}
    assert audited(browser, fake, page(website, CLEAN), State.NO_CHOICE) == set()


def test_a_page_without_the_gateway_cannot_be_audited(browser: Browser, fake: FakeGateway, website: Website) -> None:
    tour = browse.Tour([page(website, "")], SITE, fake.url, [State.NO_CHOICE], settle=0.1, timeout=1)
    with pytest.raises(GatewayError, match="does not embed the gateway's script"):
        browse.walk(browser, tour)


def test_the_command(
    browser: Browser, fake: FakeGateway, website: Website, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 0 where all is well, 1 on a breach, 2 on an error; the report in three forms."""

    @contextlib.contextmanager
    def started(_path: Path | None) -> Iterator[Browser]:
        yield browser  # one synchronous Playwright per thread, and the tests' own runs in this one

    monkeypatch.setattr(browse, "started", started)
    monkeypatch.setattr("gateway.cli_audit._declared", lambda _config: (fake.url, (SITE,)))
    files = {"json": tmp_path / "audit.json", "html": tmp_path / "audit.html"}

    def run(url: str) -> tuple[int, str]:
        options = ["--site", "1", "--settle", "0.3", "--timeout", "10", "--state", "no choice"]
        outputs = [word for name, path in files.items() for word in (f"--{name}", str(path))]
        done = CliRunner().invoke(cli, ["audit", url, *options, *outputs])
        return done.exit_code, done.output

    code, said = run(page(website, CLEAN))
    assert code == 0 and "No breach" in said
    code, said = run(page(website, f"{CLEAN}<script>document.cookie = '<b>spy=1'</script>"))
    assert code == 1 and "BREACH undeclared: cookie <b>spy of 127.0.0.1; no choice on http" in said
    (breach,) = json.loads(files["json"].read_text())["breaches"]
    assert breach["fault"] == "undeclared" and breach["what"] == "<b>spy" and breach["states"] == ["no choice"]
    assert "&lt;b&gt;spy" in files["html"].read_text() and "<b>spy" not in files["html"].read_text()
    code, said = run(website.url + "/nowhere")
    assert code == 2 and "/nowhere answers 404." in said
