"""The privacy centre without a warehouse: its forms, texts and languages, what a browser stores, what no address may tell."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from gateway.clock import add_months_to_instant
from gateway.consent.rights import Kind
from gateway.consent.texts import load
from tests.web.visitors import SHOP, START, Browser, Served, served

LANGUAGES = sorted(load())
OPTIONAL = ("payment-fraud", "analytics", "adverts", "media")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as one:
        yield one


def seen(visitor: Browser, path: str = "/privacy/1") -> str:
    """The words of a page."""
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    return words_of(answer.text)


def words_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u2068", "").replace("\u2069", "").split())


def agreed(gateway: Served, *purposes: str) -> Browser:
    visitor = Browser(gateway)
    answer = visitor.answer({name: name in purposes for name in OPTIONAL})
    assert answer.status_code == 201, answer.text
    return visitor


def test_the_way_back_of_a_site_with_a_wildcard_leads_to_its_bare_domain(tmp_path: Path) -> None:
    with served(tmp_path, structs.replace(SHOP, domains=("*.shop.example",), main_url="")) as gateway:
        assert '<a href="https://shop.example">' in Browser(gateway).get("/privacy/1").text


@pytest.mark.parametrize("path", ["/privacy/1", "/privacy/1/cookies", "/do-not-sell/1", "/do-not-sell/1/allow"])
def test_every_page_is_there_in_every_language(gateway: Served, path: str) -> None:
    for language in LANGUAGES:
        answer = Browser(gateway).get(f"{path}?language={language}")
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.text
        # Every text came with its names filled in.
        assert not re.search(r"\{\w+\}", words_of(answer.text)), language
        for other in LANGUAGES:
            assert f'lang="{other}" dir=' in answer.text


def test_the_browser_says_the_language_and_a_click_says_it_better(gateway: Served) -> None:
    words = load()
    visitor = Browser(gateway)
    assert words["fr"]["centre_rights"] in words_of(visitor.get("/privacy/1", accept_language="fr-CA,fr;q=0.9").text)
    answer = visitor.get("/privacy/1?language=de", accept_language="fr")
    assert words["de"]["centre_rights"] in answer.text
    assert "Accept-Language" in answer.headers["vary"]
    # What was chosen by hand is carried on by links and forms, and by what follows them.
    assert 'action="/privacy/1?language=de"' in answer.text
    done = visitor.submit("/privacy/1?language=de", {"do": "object"})
    assert done.headers["location"] == "/privacy/1?language=de&done=objected"


def test_a_page_runs_no_script_and_sends_no_style_of_its_own(gateway: Served) -> None:
    for path in ("/privacy/1", "/do-not-sell/1"):
        answer = Browser(gateway).get(path)
        assert "<script" not in answer.text and " style=" not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


FORMS = [
    ("/privacy/1", {"do": "save"}),
    ("/privacy/1", {"do": "withdraw"}),
    ("/privacy/1", {"do": "object"}),
    ("/privacy/1", {"do": "restrict"}),
    ("/privacy/1", {"do": "lift"}),
    ("/privacy/1/visits", {"as": "list"}),
    ("/privacy/1/visits", {"as": "csv"}),
    ("/privacy/1/erase", {}),
    ("/do-not-sell/1", {}),
    ("/do-not-sell/1/allow", {}),
]


@pytest.mark.parametrize(("path", "fields"), FORMS)
@pytest.mark.parametrize(
    "headers", [{"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}]
)
def test_a_form_on_somebody_elses_page_does_nothing(
    gateway: Served, path: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    visitor = agreed(gateway, "analytics")
    rows, cookies = len(gateway.rows()), dict(visitor.cookies)
    assert visitor.submit(path, fields, **headers).status_code == 403
    assert (len(gateway.rows()), visitor.cookies) == (rows, cookies)
    assert gateway.gateway.register.count() == 0
    assert not gateway.gateway.tombstones.restricted(1)


def test_what_the_browser_stores_is_said_with_its_end(gateway: Served) -> None:
    assert load()["en"]["centre_browser_none"] in seen(Browser(gateway))
    visitor = agreed(gateway, "analytics")
    visitor.submit("/do-not-sell/1", {})
    page = seen(visitor)
    for name in ("gw_choice_1", "gw_receipt_1", "gw_visitor_1", "gw_optout_1"):
        assert name in page
    assert "gw_objection_1" not in page
    assert "Audience measurement : Yes · Adverts : No" in page
    # Half a year for the answer, and the number no longer than it; the opt-out 13 months from each visit.
    assert page.count("Since: November 22, 2026 · Ends: May 22, 2027") == 3
    assert "Ends: December 22, 2027 · Renewed at each visit." in page
    gateway.clock.move_to(add_months_to_instant(START, 2))
    page = seen(visitor)
    assert "Since: November 22, 2026 · Ends: May 22, 2027" in page
    assert "Ends: February 22, 2028 · Renewed at each visit." in page


def test_an_answer_to_an_older_policy_is_shown_as_such(tmp_path: Path) -> None:
    with served(tmp_path) as before:
        visitor = agreed(before, "analytics")
    changed = structs.replace(SHOP, purposes=(*SHOP.purposes[:-1],))
    with served(tmp_path, changed) as after:
        visitor.gateway = after
        page = seen(visitor)
        assert load()["en"]["centre_outdated"] in page
        assert "Audience measurement : Yes" not in page


def test_each_act_is_said_once_it_is_so_and_not_because_an_address_says_so(gateway: Served) -> None:
    words = load()["en"]
    stranger = Browser(gateway)
    for done in ("saved", "withdrawn", "objected", "restricted", "lifted", "nonsense"):
        assert 'role="status"' not in stranger.get(f"/privacy/1?done={done}").text
    visitor = agreed(gateway, "analytics")
    assert 'role="status"' not in visitor.get("/privacy/1?done=erased").text
    for wish, done, text in [
        ("restrict", "restricted", "centre_restricted"),
        ("lift", "lifted", "centre_lifted"),
        ("withdraw", "withdrawn", "centre_withdrawn"),
        ("object", "objected", "objected"),
    ]:
        answer = visitor.submit("/privacy/1", {"do": wish}, sec_fetch_site="same-origin")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/privacy/1?done={done}")
        status = re.search(r'role="status"[^>]*>(.*?)</p>', visitor.get(f"/privacy/1?done={done}").text)
        assert status is not None and html.unescape(status[1]) == words[text]


def test_restriction_keeps_the_number_and_stops_new_visits(gateway: Served) -> None:
    visitor = agreed(gateway, "analytics")
    hit = {"site": 1, "type": "pageview", "page_view": "a1", "url": "https://shop.example/"}
    assert visitor.post("/v1/hit", hit).json() == {"status": "identified"}
    visitor.submit("/privacy/1", {"do": "restrict"})
    assert "gw_visitor_1" in visitor.cookies
    [number] = gateway.gateway.tombstones.restricted(1)
    assert visitor.post("/v1/hit", {**hit, "page_view": "a2"}).json() == {"status": "refused", "reason": "objected"}
    visitor.submit("/privacy/1", {"do": "lift"})
    assert not gateway.gateway.tombstones.standing(1, number).restricted
    assert visitor.post("/v1/hit", {**hit, "page_view": "a3"}).json() == {"status": "identified"}


def test_erasing_takes_two_steps_and_takes_the_number_along(gateway: Served) -> None:
    visitor = agreed(gateway, "analytics")
    before = dict(visitor.cookies)
    asked = seen(visitor, "/privacy/1/erase")
    words = load()["en"]
    for key in ("centre_erase_question", "centre_erase_final", "centre_erase_proof", "centre_erase_answers"):
        assert words[key] in asked
    assert visitor.cookies == before and gateway.gateway.register.count() == 0
    done = visitor.submit("/privacy/1/erase", {}, sec_fetch_site="same-origin")
    assert (done.status_code, done.headers["location"]) == (303, "/privacy/1?done=erased")
    # The answer and its proof stay; the number is gone, and dead for ever.
    assert set(before) - set(visitor.cookies) == {"gw_visitor_1"}
    assert words["centre_erased"] in seen(visitor, "/privacy/1?done=erased")
    old = Browser(gateway, cookies=before)
    hit = {"site": 1, "type": "pageview", "page_view": "a1", "url": "https://shop.example/"}
    assert old.post("/v1/hit", hit).json()["status"] != "identified"


def test_every_right_exercised_enters_the_register(gateway: Served) -> None:
    visitor = agreed(gateway, "analytics")
    for path, fields in [
        ("/privacy/1", {"do": "object"}), ("/do-not-sell/1", {}), ("/privacy/1", {"do": "withdraw"}),
    ]:  # fmt: skip
        visitor.submit(path, fields)
    visitor = agreed(gateway, "analytics")
    visitor.submit("/privacy/1", {"do": "restrict"})
    visitor.submit("/privacy/1", {"do": "lift"})
    visitor.submit("/privacy/1/erase", {})
    kinds = sorted(entry.kind for entry in gateway.gateway.register.find())
    assert kinds == sorted([Kind.OBJECTION, Kind.OPT_OUT_OF_SALE, Kind.RESTRICTION, Kind.ERASURE])


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/privacy/1", {"do": "restrict"}), ("/privacy/1/visits", {"as": "csv"}), ("/privacy/1/erase", {})],
)
def test_without_a_number_there_is_nothing_to_show_restrict_or_erase(
    gateway: Served, path: str, fields: dict[str, str]
) -> None:
    visitor = Browser(gateway, cookies={"gw_visitor_1": "0" * 32 + "-1700000000.forged"})
    answer = visitor.submit(path, fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy/1")
    assert gateway.gateway.register.count() == 0
    page = seen(visitor)
    assert load()["en"]["centre_no_number"] in page
    assert load()["en"]["centre_erase_ask"] not in re.findall(
        r'class="plain"[^>]*>([^<]+)<', visitor.get("/privacy/1").text
    )


def test_a_warehouse_that_is_away_is_said_and_asked_again(gateway: Served) -> None:
    words = load()["fr"]
    visitor = agreed(gateway, "analytics")
    assert words["centre_unavailable"] in seen(visitor, "/privacy/1?language=fr")
    for method, path, text in [
        ("POST", "/privacy/1/visits", "centre_unavailable"), ("GET", "/privacy/1/receipt.json", "centre_receipt_later"),
    ]:  # fmt: skip
        answer = visitor.send(method, f"{path}?language=fr")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert words[text] in words_of(answer.text)


def test_a_receipt_is_for_a_yes_and_for_the_browser_that_gave_it(gateway: Served) -> None:
    refused = agreed(gateway)
    answer = refused.get("/privacy/1/receipt.json")
    assert (answer.status_code, load()["en"]["centre_receipt_none"] in words_of(answer.text)) == (404, True)
    assert "receipt.json" not in refused.get("/privacy/1?done=saved").text
    agreeing = agreed(gateway, "analytics")
    status = re.search(r'role="status".*?</p>', agreeing.get("/privacy/1?done=saved").text)
    assert status is not None and 'href="/privacy/1/receipt.json"' in status[0]
    number = agreeing.cookies["gw_receipt_1"].rpartition(".")[0]
    forged = Browser(gateway, cookies={"gw_receipt_1": f"{number}.{'A' * 43}"})
    assert forged.get("/privacy/1/receipt.json").status_code == 404


def test_no_address_names_a_visitor_and_the_list_has_none_of_its_own(gateway: Served) -> None:
    visitor = agreed(gateway, "analytics", "adverts")
    secrets = [
        value.partition(".")[0].partition("-")[0] for name, value in visitor.cookies.items() if name != "gw_optout_1"
    ]
    page = visitor.get("/privacy/1").text
    for secret in secrets:
        assert secret not in page
    for address in re.findall(r'(?:href|action)="([^"]+)"', page):
        assert not re.search(r"[0-9a-f]{16}", address.partition("?v=")[0]), address
    # The list is behind a form: its address alone leads back.
    answer = visitor.get("/privacy/1/visits")
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy/1")


def test_two_sites_share_nothing(tmp_path: Path) -> None:
    other = structs.replace(SHOP, id=2, name="Books", domains=("books.shop.example",))
    with served(tmp_path, SHOP, other) as gateway:
        visitor = agreed(gateway, "analytics")
        page = seen(visitor, "/privacy/2")
        assert load()["en"]["centre_browser_none"] in page and "gw_visitor_1" not in page
        # A value carried over from one site's cookie to the other's is worth nothing there.
        moved = Browser(gateway, cookies={name.replace("_1", "_2"): value for name, value in visitor.cookies.items()})
        assert load()["en"]["centre_browser_none"] in seen(moved, "/privacy/2")
        visitor.submit("/privacy/2/erase", {})
        visitor.submit("/privacy/2", {"do": "restrict"})
        assert not gateway.gateway.tombstones.restricted(1) and not gateway.gateway.tombstones.restricted(2)
        assert "gw_visitor_1" in visitor.cookies


def test_withdrawing_and_erasing_is_one_step(gateway: Served) -> None:
    """GDPR art. 17(1)(b): afterwards no number would be left to erase by."""
    visitor = agreed(gateway, "analytics")
    assert 'value="withdraw-and-erase"' in visitor.get("/privacy/1").text
    answer = visitor.submit("/privacy/1", {"do": "withdraw-and-erase"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy/1?done=erased")
    assert "gw_visitor_1" not in visitor.cookies
    assert gateway.rows()[-1]["method"] == "withdraw"
    assert {site for site, _ in gateway.gateway.tombstones.erased()} == {1}
    assert 'value="withdraw-and-erase"' not in visitor.get("/privacy/1").text
