"""What is only counted: page loads by state, banners shown, answers; and that nothing of any single request is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.consent.tallies import Tallies
from gateway.errors import JournalFull, Unavailable
from tests.web.visitors import AGENT, SHOP, Browser, Served
from tests.web.visitors import served as serving

COUNTED = structs.replace(SHOP, estimate=True)
SCRIPT = {"sec_fetch_dest": "script", "referer": "https://www.shop.example/cart"}
EVERYTHING = {"payment-fraud": True, "analytics": True, "adverts": True, "media": True}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, COUNTED) as one:
        yield one


def tallies(gateway: Served, what: str = "load") -> dict[str, int]:
    """Counts on disk by state."""
    gateway.run(gateway.gateway.tallies.flush())
    found: dict[str, int] = {}
    for row in gateway.rows("tallies"):
        if row["what"] == what:
            found[row.get("state", "")] = found.get(row.get("state", ""), 0) + row["count"]
    return {state: count for state, count in found.items() if count}


def load(browser: Browser, **headers: str) -> Any:
    return browser.get("/gateway/1.js", **{**SCRIPT, **headers})


def test_each_load_is_one_more_of_its_state(gateway: Served) -> None:
    undecided, refuser, friend = Browser(gateway), Browser(gateway), Browser(gateway)
    first = load(undecided)
    assert first.headers["cache-control"] == "private, no-cache", "or the browser would not ask at each load"
    again = load(undecided, if_none_match=first.headers["etag"])
    assert again.status_code == 304
    refuser.answer(dict.fromkeys(EVERYTHING, False), method="reject_all", surface="privacy_centre")
    friend.answer(EVERYTHING, method="accept_all", surface="privacy_centre")
    for _ in range(3):
        load(refuser)
        load(friend)
    assert tallies(gateway) == {"unanswered": 2, "refused": 3, "consented": 3}
    (row,) = [row for row in gateway.rows("tallies") if row.get("state") == "consented"]
    assert row == {
        "site": 1,
        "day": "2026-11-22",
        "what": "load",
        "state": "consented",
        "device": "desktop",
        "count": 3,
    }


def test_the_page_on_which_it_was_answered_changes_its_state(gateway: Served) -> None:
    browser = Browser(gateway)
    load(browser)
    browser.answer(EVERYTHING, method="accept_all")
    assert tallies(gateway) == {"consented": 1}, "its visit is recorded from here on"
    # A withdrawal changes nothing of what was recorded before it.
    browser.send("DELETE", "/v1/consent?site=1")
    assert tallies(gateway) == {"consented": 1}
    load(browser)
    assert tallies(gateway) == {"consented": 1, "refused": 1}


def test_who_objects_is_in_no_tally_of_loads(gateway: Served) -> None:
    objector, silent = Browser(gateway), Browser(gateway, gpc=True)
    objector.post("/v1/opt-out", {"site": 1, "what": "analytics"})
    load(objector)
    load(silent)
    assert tallies(gateway) == {}
    # An explicit yes is not overridden by a signal.
    silent.answer(EVERYTHING, method="accept_all", surface="privacy_centre")
    load(silent)
    assert tallies(gateway) == {"consented": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {"user_agent": "Googlebot/2.1"},
        {"user_agent": ""},
        {"sec_purpose": "prefetch;prerender"},
        {"sec_fetch_dest": "document"},
        {"referer": "https://elsewhere.example/"},
        {"referer": "https://staging.example/"},
        {"referer": "https://[nonsense"},
    ],
)
def test_what_is_no_page_of_the_site_is_not_counted(gateway: Served, headers: dict[str, str]) -> None:
    assert load(Browser(gateway), **headers).status_code == 200
    assert tallies(gateway) == {}


def test_pages_that_do_not_say_where_they_are_count(gateway: Served) -> None:
    assert Browser(gateway).get("/gateway/1.js").status_code == 200
    assert tallies(gateway) == {"unanswered": 1}


def test_without_the_setting_no_load_is_counted_and_the_script_is_cached(tmp_path: Path) -> None:
    with serving(tmp_path) as gateway:
        assert load(Browser(gateway)).headers["cache-control"] == "public, max-age=300"
        Browser(gateway).answer(EVERYTHING, method="accept_all")
        assert tallies(gateway) == {}
        assert tallies(gateway, "shown") == {"": 1}


def test_where_measurement_is_exempt_loads_are_of_their_own_kind(tmp_path: Path) -> None:
    exempt = structs.replace(COUNTED, exemptions=())
    with serving(tmp_path, exempt, law="GB") as gateway:
        load(Browser(gateway))
        assert tallies(gateway) == {"exempt": 1}


def test_banners_and_answers_are_counted_by_device_and_notice(gateway: Served) -> None:
    asked, phone = Browser(gateway), {"user_agent": AGENT.replace("X11; Linux x86_64", "Android 15; Mobile")}
    asked.answer(EVERYTHING, method="accept_all")
    Browser(gateway).get("/v1/sites/1/notice", **phone)
    Browser(gateway).answer({**EVERYTHING, "adverts": False})
    Browser(gateway).answer(dict.fromkeys(EVERYTHING, False))
    # Who has answered is not asked.
    asked.notice()
    assert tallies(gateway, "shown") == {"": 4}
    assert tallies(gateway, "answer") == {"accepted": 1, "custom": 1, "refused": 1}
    shown = [row for row in gateway.rows("tallies") if row["what"] == "shown"]
    assert {row["device"] for row in shown} == {"desktop", "phone"} and all(len(row["notice"]) == 64 for row in shown)


def test_no_tally_holds_anything_of_one_request(gateway: Served) -> None:
    browser = Browser(gateway, cookies={"gw_visitor_1": "canary-cookie"})
    load(
        browser,
        referer="https://shop.example/canary-path?canary=1",
        accept_language="fr-canary",
        user_agent=AGENT + " canary",
    )
    gateway.run(gateway.gateway.tallies.flush())
    rows = gateway.rows("tallies")
    assert rows and "canary" not in str(rows) and "127.0.0" not in str(rows)
    assert all(
        row.keys() <= {"site", "day", "what", "state", "country", "device", "language", "notice", "count"}
        for row in rows
    )


class Failing:
    """A journal that refuses once."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.rows: list[bytes] = []

    async def append(self, _stream: str, payloads: list[bytes]) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.rows += payloads


@pytest.mark.parametrize(("error", "kept"), [(JournalFull("full"), 1), (Unavailable("the disk failed"), 0)])
def test_a_journal_that_refuses(gateway: Served, error: Exception, kept: int) -> None:
    load(Browser(gateway))
    counted = gateway.gateway.tallies
    journal = Failing(error)
    counted._journal = journal  # type: ignore[assignment]
    gateway.run(counted.flush())
    gateway.run(counted.flush())
    assert len(journal.rows) == kept, "what may be on disk already is not counted twice"
    assert isinstance(counted, Tallies)
