"""The walk: a fresh browser profile per state, the visitor's act in it, then every page.

What the visitor answers goes through the page's own `window.gateway`, as the banner's buttons do, so that it works in
every language and under every law. Raises GatewayError where a page cannot be opened or does not embed the gateway.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec

from gateway.audit.found import Gated, Kept, Sent, State, StoredKind, Walk
from gateway.errors import GatewayError
from gateway.sites.site import Site

if TYPE_CHECKING:  # an optional part: only who audits installs it
    from playwright.sync_api import Browser, BrowserContext, Frame, Request

_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = 0.4  # seconds
_SESSION = -1  # as Playwright gives the end of a session cookie

_READY = "() => typeof window.gateway?.consent === 'function'"
_ASKED = "() => !!document.querySelector('gateway-banner')"
_SCROLL = "() => window.scrollTo(0, document.documentElement.scrollHeight)"  # what loads when it is seen
_GATED = """() => [...document.querySelectorAll('script[data-purpose], iframe[data-purpose]')].flatMap((element) => {
  const url = element.dataset.src || element.getAttribute('src');
  return url ? [[new URL(url, document.baseURI).href, element.dataset.purpose]] : [];
})"""
_KEPT = """async () => {
  const found = [];
  const look = async (kind, names) => {
    try { for (const name of await names()) found.push([kind, name]); } catch { /* refused to this frame: nothing is kept */ }
  };
  await look('local_storage', () => Object.keys(localStorage));
  await look('session_storage', () => Object.keys(sessionStorage));
  await look('indexed_db', async () => (await indexedDB.databases()).map((one) => one.name));
  await look('cache', () => caches.keys());
  await look('service_worker', async () => (await navigator.serviceWorker.getRegistrations()).map(
    (one) => new URL((one.active || one.waiting || one.installing).scriptURL).pathname));
  return found;
}"""
_GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true, configurable: true})"


class Tour(NamedTuple):
    """What to walk over, and how patiently. Times are seconds."""

    pages: Sequence[str]  # URLs, the first being the one where the visitor answers
    site: Site
    gateway_url: str
    states: Sequence[State] = tuple(State)
    settle: float = 2.0  # how long a page may go on loading after it was loaded
    timeout: float = 30.0


class _Notice(msgspec.Struct, frozen=True):
    """What of the gateway's answer about this visitor matters here."""

    jurisdiction: str
    ask: bool
    measure: str


@contextlib.contextmanager
def started(path: Path | None = None) -> Iterator[Browser]:
    """A browser: the one at `path`, else Playwright's own, else one that the system has."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise GatewayError(
            "gateway audit drives a browser by Playwright, which is not installed: pip install 'consent-gateway[audit]'."
        ) from None
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        found = path or (own if own.exists() else next(filter(None, map(shutil.which, _BROWSERS)), None))
        if found is None:
            raise GatewayError(
                "There is no browser: install chromium, run `playwright install chromium`, or name one by --browser."
            )
        # Chromium's own sandbox does not work for root, which containers often run as.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            browser = playwright.chromium.launch(executable_path=found, args=flags)
        except Error as error:
            raise GatewayError(f"{found} cannot be started: {_first_line(error)}") from error
        try:
            yield browser
        finally:
            browser.close()


def walk(browser: Browser, tour: Tour, on_page: Callable[[State, str], None] = lambda _state, _url: None) -> list[Walk]:
    """One walk per state; `on_page` hears of each page before it is opened. Raises GatewayError."""
    from playwright.sync_api import Error

    walks = []
    for state in tour.states:
        with _profile(browser, tour, state) as profile:
            try:
                walks.append(profile.walk(on_page))
            except Error as error:
                raise GatewayError(f"{state}: {_first_line(error)}") from error
    return walks


@contextlib.contextmanager
def _profile(browser: Browser, tour: Tour, state: State) -> Iterator[_Profile]:
    # Headless browsers call themselves so, and would be met as the robots that they are, not as visitors.
    blank = browser.new_page()
    agent = str(blank.evaluate("navigator.userAgent")).replace("HeadlessChrome", "Chrome")
    blank.close()
    context = browser.new_context(user_agent=agent, locale=tour.site.language, viewport={"width": 1280, "height": 800})
    try:
        if state is State.GPC:
            context.set_extra_http_headers({"Sec-GPC": "1"})
            context.add_init_script(_GPC)
        yield _Profile(context, tour, state)
    finally:
        context.close()


class _Profile:
    """One visitor: a browser profile and what was seen in it."""

    def __init__(self, context: BrowserContext, tour: Tour, state: State) -> None:
        self._context = context
        self._tour = tour
        self._state = state
        self._page = context.new_page()
        self._page.set_default_timeout(tour.timeout * 1000)
        self._asked = False
        self._sent: list[Sent] = []
        self._under_way = 0  # requests
        self._kept: dict[tuple[StoredKind, str, str], Kept] = {}
        self._gated: set[Gated] = set()
        self._opened = ""  # the page last opened, which everything is sent for
        self._page.on("websocket", lambda socket: self._sent.append(Sent(socket.url, "websocket", self._opened)))
        context.on("request", self._on_request)
        context.on("requestfinished", self._on_end)
        context.on("requestfailed", self._on_end)

    def walk(self, on_page: Callable[[State, str], None]) -> Walk:
        first, *others = self._tour.pages
        on_page(self._state, first)
        self._open(first)
        notice = self._ask_gateway()
        if self._state is State.REJECT:
            self._forget()
            self._act("rejectAll")
        elif self._state in (State.ACCEPT, State.WITHDRAW):
            self._act("acceptAll")
        self._look()
        for url in others:
            on_page(self._state, url)
            self._open(url)
            self._look()
        if self._state is State.WITHDRAW:
            self._forget()
            self._act("withdraw")
            for url in self._tour.pages:
                on_page(self._state, url)
                self._open(url)
                self._look()
        return Walk(
            self._state,
            notice.jurisdiction,
            notice.measure == "now",
            notice.ask,
            self._asked,
            tuple(self._kept.values()),
            tuple(self._sent),
            tuple(sorted(self._gated)),
        )

    def _ask_gateway(self) -> _Notice:
        """What the gateway says about this visitor before any answer."""
        url = f"{self._tour.gateway_url}/v1/sites/{self._tour.site.id}/notice"
        answer = self._context.request.get(url, timeout=self._tour.timeout * 1000)
        try:
            return msgspec.json.decode(answer.body(), type=_Notice)
        except msgspec.MsgspecError:
            raise GatewayError(f"{url} answers {answer.status}, and nothing that tells the visitor's law.") from None

    def _open(self, url: str) -> None:
        self._opened = url
        self._under_way = 0  # of the page before: what leaving it cut off is not always told
        answer = self._page.goto(url)
        if answer is not None and answer.status >= 400:
            raise GatewayError(f"{url} answers {answer.status}.")
        self._settle()

    def _act(self, name: str) -> None:
        """Answer as the banner would. What runs because of it may load the page anew."""
        self._require_script()
        with contextlib.suppress(_navigated()):
            if not self._page.evaluate(f"() => window.gateway.{name}()"):
                raise GatewayError(f"{self._page.url}: the gateway did not record what the visitor answered ({name}).")
        self._settle()

    def _require_script(self) -> None:
        give_up = time.monotonic() + self._tour.timeout
        while not self._page.evaluate(_READY):
            if time.monotonic() > give_up:
                raise GatewayError(f"{self._page.url} does not embed the gateway's script, or it could not start.")
            self._page.wait_for_timeout(50)

    def _settle(self) -> None:
        """Until nothing was on its way for a while, for `settle` seconds at most: some pages never rest."""
        self._page.wait_for_load_state("load")
        with contextlib.suppress(_navigated()):
            self._require_script()
            self._page.evaluate(_SCROLL)
        quiet = now = time.monotonic()
        give_up = now + self._tour.settle
        while now < give_up and now - quiet < _QUIET:
            seen = len(self._sent)
            self._page.wait_for_timeout(50)
            now = time.monotonic()
            if self._under_way or len(self._sent) > seen:
                quiet = now

    def _look(self) -> None:
        """Note what is kept now. Of several looks the longest life counts."""
        self._asked = self._asked or bool(self._page.evaluate(_ASKED))
        self._gated.update(Gated(url, purpose) for url, purpose in self._page.evaluate(_GATED))
        page, now = self._opened, time.time()
        for cookie in self._context.cookies():
            ends = cookie.get("expires", _SESSION)
            life = ends - now if ends != _SESSION else None
            self._keep(Kept("cookie", cookie.get("name", ""), cookie.get("domain", ""), page, life))
        for frame in self._page.frames:
            self._look_into(frame, page)

    def _look_into(self, frame: Frame, page: str) -> None:
        url = urlsplit(frame.url)
        if url.scheme not in ("http", "https"):
            return
        with contextlib.suppress(_navigated()):  # a frame that goes while it is looked at
            for kind, name in frame.evaluate(_KEPT):
                self._keep(Kept(cast(StoredKind, kind), name, f"{url.scheme}://{url.netloc}", page))

    def _keep(self, kept: Kept) -> None:
        key = (kept.kind, kept.name, kept.where)
        before = self._kept.get(key)
        if before is None or (kept.life or 0) > (before.life or 0):
            self._kept[key] = kept

    def _forget(self) -> None:
        self._sent.clear()
        self._kept.clear()

    def _on_end(self, _request: Request) -> None:
        self._under_way = max(0, self._under_way - 1)

    def _on_request(self, request: Request) -> None:
        self._under_way += 1
        if urlsplit(request.url).scheme in ("http", "https"):
            self._sent.append(Sent(request.url, request.resource_type, self._opened))


def _navigated() -> type[Exception]:
    """What Playwright raises where the page goes away under a call."""
    from playwright.sync_api import Error

    return Error


def _first_line(error: Any) -> str:
    return str(error).splitlines()[0]
