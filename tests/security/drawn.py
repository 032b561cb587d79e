"""The pages that scripts draw, opened one after the other in a browser that runs whatever it is given, and what ran in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.running.gateways import PASSWORD, TOKEN, RunningGateway
from tests.security.payloads import ATTACKS, Payloads

# The tabs of the overview that show what somebody sent; those that are open from the start are seen before.
TABS = (
    ("title", "referrer", "city", "campaign_source", "event_action", "content_piece", "search_category", "dimension2"),
    ("entry_page", "campaign_medium", "event_name"),
    ("exit_page", "keyword", "campaign_keyword"),
    ("download", "campaign_content"),
    ("outlink",),
)
# Where was sent what must be on one of the pages, as the text that it is.
SHOWN = frozenset(
    "path,action_name,second title,page of last week,download,outlink,utm_source,utm_medium,utm_campaign,utm_term,utm_content,"
    "city,category,action,name,e_c,e_a,e_n,c_n,c_p,search,search_cat,dimension,dimension2,product,goal,name of a dimension,"
    "name of a site,name of a segment,name of a funnel,note of a day,filter,step,text title,text body,name of a purpose".split(
        ","
    )
)

_RUNS = "window.told = []; window.ran = (number) => window.told.push(number);"
# What would run once it is touched, or would have run without this browser's own protection.
_WOULD_RUN = """() => [
  ...(window.told ?? []).map((number) => `ran(${number})`),
  ...[...document.querySelectorAll("[onerror], [onload], [onmouseover], [onfocus], [srcdoc], img[src=x]")]
    .map((e) => e.outerHTML),
  ...[...document.querySelectorAll("[href], [src], [action]")]
    .filter((e) => ["href", "src", "action"].some((name) => /^\\s*javascript:/i.test(e.getAttribute(name) ?? "")))
    .map((e) => e.outerHTML),
  ...[...document.querySelectorAll("script:not([src])")].filter((e) => e.type !== "application/json").map((e) => e.outerHTML),
]"""
_DRAWN = "#overview[aria-busy=false]"
_TEXT = """() => [
  document.title,
  document.body.innerText,
  ...[...document.querySelectorAll("title, [title], option")].map((e) => `${e.getAttribute("title")} ${e.textContent}`),
  ...[...document.querySelectorAll("[aria-label]")].map((e) => e.getAttribute("aria-label")),
  ...[...document.querySelectorAll("input, textarea")].map((e) => e.value),
].join("\\n")"""


class Watch:
    """What ran, or was asked for, in all pages of a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.ran: list[str] = []
        context.add_init_script(_RUNS)
        context.on("dialog", lambda dialog: self.ran.append(f"dialog {dialog.message}"))
        context.on("request", self._requested)

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.hostname != "localhost" or address.path.endswith("/x"):
            self.ran.append(f"request {request.url}")

    def look(self, page: Page) -> str:
        """All that a page says; notes what of it ran."""
        for frame in page.frames:
            self.ran += [f"{page.url}: {what}" for what in frame.evaluate(_WOULD_RUN)]
        return "\n".join(str(frame.evaluate(_TEXT)) for frame in page.frames)


def write_what_is_kept(gateway: RunningGateway, payload: Payloads) -> None:
    """Notes, segments, funnels and a draft of the banner, as an editor could write them."""
    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {TOKEN}"}, timeout=60) as client:
        today = client.get("/v1/stats/1?date=today&metrics=visits").json()["query"]["to"]
        for number in range(len(ATTACKS)):
            condition = f"page=@{quote(payload('condition', number), safe='')}"
            kept = {
                "/v1/annotations/1": {"day": today, "note": payload("note of a day", number)},
                "/v1/segments/1": {"name": payload("name of a segment", number), "filter": condition, "shared": True},
                "/v1/funnels/1": {
                    "name": payload("name of a funnel", number),
                    "steps": f"{condition};page==/",
                    "shared": True,
                },
            }
            for path, body in kept.items():
                answer = client.post(path, content=json.dumps(body))
                assert answer.status_code == 201, answer.text
        words = {key: payload(f"text {key}", number) for number, key in enumerate(("title", "body", "choose"))}
        purposes = {
            "analytics": {"name": payload("name of a purpose", 0), "description": payload("about a purpose", 1)}
        }
        revision = client.get("/v1/banner/1/draft").json()["revision"]
        draft = {"revision": revision, "draft": {"texts": {"en": words}, "purposes": purposes}}
        answer = client.put("/v1/banner/1/draft", content=json.dumps(draft))
        assert answer.status_code == 200, answer.text


def walk(page: Page, gateway: RunningGateway, payload: Payloads, watch: Watch) -> Iterator[str]:
    """What each page says, once it is drawn."""

    def opened(path: str, ready: str) -> str:
        page.goto(address(gateway) + path)
        expect(page.locator(ready).first).to_be_attached()
        return watch.look(page)

    conditions = ",".join(f"title!={quote(payload('filter', number), safe='')}" for number in range(len(ATTACKS)))
    log_in(page, gateway)
    yield opened("/sites/1?range=today&compare=none&more=pages", _DRAWN)
    for tabs in TABS:
        for tab in tabs:
            page.locator(f'[data-key="tab-{tab}"]').click()
        expect(page.locator(f"{_DRAWN}:not(:has(.bone))")).to_be_attached()
        yield watch.look(page)
    yield opened(f"/sites/1?range=today&compare=none&filter={quote(conditions)}", "#chips a, #chips button")
    page.wait_for_load_state("networkidle")
    for menu in ("segments", "filter"):
        page.locator(f'.control[data-key="{menu}"]').click()
        yield watch.look(page)
    steps = ";".join(f"page=@{quote(payload('step', number), safe='')}" for number in range(4))
    yield opened(f"/sites/1/funnels?range=today&steps={quote(steps)}", "#explored[aria-busy=false]")
    page.wait_for_load_state("networkidle")  # what is kept is known, and the menu drawn anew for it
    page.locator('.control[data-key="funnels"]').click()
    expect(page.locator("#controls .segment").first).to_be_visible()
    yield watch.look(page)
    yield opened(f"/sites/1/retention?weeks=6&filter={quote(conditions)}", "#explored[aria-busy=false]")
    yield opened("/sites/1/live", "#present[aria-busy=false]")
    for by in ("purpose", "language", "notice"):
        yield opened(f"/sites/1/consent?by={by}&range=today", "#figures-of-consent[aria-busy=false]")
    yield opened("/", "#sites[aria-busy=false]")
    yield opened("/sites/1/banner", "#studio:not([aria-busy])")
    expect(page.frame_locator(".studio-frame").get_by_role("dialog")).to_be_visible()
    yield watch.look(page)
    for filter_ in ("", conditions):
        yield opened(shared(page, gateway, filter_), "#overview[aria-busy=false]")


def log_in(page: Page, gateway: RunningGateway) -> None:
    page.goto(f"{address(gateway)}/login")
    page.locator("input[name=name]").fill("admin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    page.wait_for_url(f"{address(gateway)}/")


def shared(page: Page, gateway: RunningGateway, filter_: str) -> str:
    """The path of a new link to share, of the last whole week."""
    page.goto(f"{address(gateway)}/sites/1/shares?filter={quote(filter_)}")
    form = page.locator("form.fields")
    if not form.is_visible():
        page.locator("details summary").click()
    form.locator("[name=name]").fill("Everybody")
    form.locator("[name=kind]").select_option("week")
    form.locator("button.main").click()
    return urlsplit(page.locator("input.secret").input_value()).path


def address(gateway: RunningGateway) -> str:
    """Where its pages are, as its public URL says it."""
    return f"http://localhost:{gateway.port}"
