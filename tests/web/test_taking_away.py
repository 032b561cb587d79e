"""What one takes away from the dashboard: pictures, files, paper; and notes that stand on the chart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.clock import SystemClock
from tests.web.harness import ADMIN_PASSWORD, make_site, running

ROOT = Path(__file__).parent.parent.parent
SPAN = "from=2026-10-01&to=2026-10-31"
PNG = b"\x89PNG\r\n\x1a\n"

pytestmark = pytest.mark.skipif(
    not (ROOT / "gateway/assets/dashboard/main.js").exists(), reason="the scripts are not built: npm run build"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Page]:
    """The overview, for an editor whose window is tall enough for every panel."""
    with running(tmp_path_factory.mktemp("away"), SystemClock(), (make_site(1, "Harbour Shop"),)) as harness:
        context = chromium.new_context(viewport={"width": 1280, "height": 4000}, locale="en-IE")
        session = harness.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0")
        context.add_cookies([{"name": "gw_session", "value": session, "url": harness.url}])
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{harness.url}/sites/1?{SPAN}&filter=device==phone")
        expect(page.locator(".panel-visitors tbody tr").first).to_be_visible(timeout=30_000)
        yield page
        assert problems == []
        context.close()


@pytest.mark.parametrize(
    ("where", "title"),
    [("section.headline", "Visitors"), (".panel-places", "Visitors · Countries"), (".panel-times", "Visits · Times")],
)
def test_each_chart_is_a_picture_with_its_title_period_and_filter(page: Page, where: str, title: str) -> None:
    svg, png = (page.locator(f"{where} [data-key=picture-{kind}]") for kind in ("svg", "png"))
    expect(svg).to_be_visible(timeout=30_000)
    svg.focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename.endswith(".svg")
    assert taken.value.suggested_filename.startswith("Harbour-Shop-Visit")
    picture = ElementTree.fromstring(taken.value.path().read_bytes())
    words = [text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert words[0] == title
    assert (
        words[1].startswith("Harbour Shop · ") and "2026" in words[1] and words[1].endswith(" · Device type is Phone")
    )
    shapes = [one for one in picture.iter() if one.tag.endswith(("}path", "}rect", "}polyline"))]
    assert len(shapes) > 5 and not [one for one in picture.iter() if "class" in one.attrib], "it needs no style sheet"
    assert not list(picture.iter("{http://www.w3.org/2000/svg}title")), "figures of single countries stay in the page"
    with page.expect_download() as taken:
        png.press("Enter")
    assert taken.value.path().read_bytes().startswith(PNG)


def test_each_panel_and_the_chart_are_files(page: Page) -> None:
    panels = page.locator("section.panel")
    assert panels.count() > 5
    for one in (page.locator("#chart-head"), *panels.all()):
        csv, json = (one.locator(f"[data-key={kind}]").get_attribute("href") or "" for kind in ("csv", "json"))
        for url in (csv, json):
            assert (
                "/v1/stats/1?" in url and "from=2026-10-01&to=2026-10-31" in url and "filter=device%3D%3Dphone" in url
            )
        assert "format=csv" in csv and "download=1" in json


def test_a_note_is_written_marked_on_the_chart_and_removed(page: Page) -> None:
    marks = page.locator("#chart svg path[fill='#0b5cad']")
    expect(marks).to_have_count(0)
    page.locator("#notes summary").press("Enter")
    page.get_by_label("Day", exact=True).fill("2026-10-12")
    page.get_by_label("What happened").fill("Letter <b>sent</b>")
    page.keyboard.press("Enter")
    line = page.locator("ul.notes li")
    expect(line).to_contain_text("Letter <b>sent</b> by admin")
    expect(page.locator("#notes summary")).to_have_text("Notes (1)")
    expect(marks).to_have_count(1)
    page.get_by_role("button", name="Edit the note: Letter").press("Enter")
    expect(page.get_by_label("What happened")).to_be_focused()
    page.get_by_label("What happened").fill("Letter sent twice")
    page.keyboard.press("Enter")
    expect(line).to_contain_text("Letter sent twice by admin")
    page.get_by_role("button", name="Remove the note: Letter").press("Enter")
    expect(line).to_have_count(0)
    expect(marks).to_have_count(0)


def test_on_paper_there_is_nothing_to_press(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    try:
        for left_out in (
            ".frame",
            ".site-menu",
            "#controls",
            "button.picture",
            "[data-key=csv]",
            ".row-not",
            ".note-form",
        ):
            expect(page.locator(left_out).first).to_be_hidden()
        for kept in ("h1", "#tiles", "#chart svg", "#chips .chip", ".panel-places .map svg", ".panel-pages table"):
            expect(page.locator(kept).first).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    finally:
        page.emulate_media(media="screen", color_scheme="light")
