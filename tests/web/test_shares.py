"""Links to share: who makes them, what they show, and how they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.accounts.share_links import ShareLinks
from gateway.clock import FrozenClock, add_months_to_instant
from gateway.errors import BadRequest
from gateway.reports.overview import Overview, Table
from gateway.reports.periods import Span
from gateway.state.shares import share_links
from gateway.web.auth import SESSION_COOKIE
from tests.web.harness import QUICK
from tests.web.visitors import START, Browser, Served, served

PASSWORD = "fourteen trombones"
FORM = {"name": "Press agency", "kind": "month", "choice": "1", "filter": "", "days": "30", "password": ""}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("shares")) as one, pytest.MonkeyPatch.context() as monkeypatch:
        accounts = one.gateway.accounts
        accounts._passwords._hasher = QUICK
        accounts.create_user(Principal("eve", Role.EDITOR, frozenset({1})), PASSWORD, by="test")
        accounts.create_user(Principal("vera", Role.VIEWER, frozenset({1})), PASSWORD, by="test")
        accounts.create_user(Principal("dora", Role.DPO), PASSWORD, by="test")
        monkeypatch.setattr(one.gateway.context.overviews, "_make", scripted)
        yield one


@pytest.fixture
def gateway(place: Served) -> Iterator[Served]:
    """At the usual hour, whatever an earlier test did."""
    assert isinstance(place.gateway.clock, FrozenClock)
    place.clock.move_to(START)
    place.address = "127.0.0.1"
    yield place


def scripted(_site: int, span: Span, chosen: str) -> Overview:
    row: dict[str, str | float | int | None] = {"country": "FR", "visitors": 40}
    table = Table(dimension="country", channel="", metrics=("visitors",), rows=(row,), hidden=2)
    return Overview(
        first=span.first, last=span.last, step="day", metrics=("visitors",), totals={"visitors": 52},
        before={"visitors": None}, series=(), tables=(table,), cut=None,
    )  # fmt: skip


def login(gateway: Served, name: str) -> Browser:
    session = gateway.gateway.accounts.login(name, PASSWORD, "127.0.0.0")
    return Browser(gateway, cookies={SESSION_COOKIE: session})


def csrf_of(text: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', text)
    assert found, text
    return found[1]


def make(browser: Browser, **fields: str) -> str:
    """The path of a new link."""
    token = csrf_of(browser.get("/sites/1/shares").text)
    answer = browser.submit("/sites/1/shares", {**FORM, "csrf": token, **fields})
    assert answer.status_code == 200, answer.text
    found = re.search(r'value="https://privacy\.shop\.example(/share/[\w-]{43})"', answer.text)
    assert found, answer.text
    return found[1]


def test_a_link_shows_whole_periods_to_whoever_has_it_and_to_nobody_else(gateway: Served) -> None:
    eve = login(gateway, "eve")
    path = make(eve, filter="country==FR")
    stranger = Browser(gateway)
    page = stranger.get(path)
    assert page.status_code == 200 and 'data-filter="country==FR"' in page.text
    assert stranger.set_now == [], "no cookie"
    for answer in (page, stranger.get(f"{path}/figures"), stranger.get("/share/" + "x" * 43)):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["cache-control"] == "no-store"
    found = stranger.get(f"{path}/figures").json()
    assert (found["first"], found["last"]) == ("2026-10-01", "2026-10-31"), "the last month that is over"
    assert found["totals"] == {"visitors": 52} and found["before"] == {"visitors": None}
    assert stranger.get(f"{path}/figures?from=2026-09-01").json()["last"] == "2026-09-30"
    for day in ("2026-10-02", "2026-11-01", "2020-01-01", "x"):
        wrong = stranger.get(f"{path}/figures?from={day}")
        assert (wrong.status_code, wrong.json()["error"]["where"]) == (400, "$.from"), day
    with_filter = stranger.get(f"{path}/figures?filter=device==phone").json()
    assert with_filter == found, "nobody chooses a filter here"
    assert stranger.get("/v1/stats/1").status_code == 401, "a link opens nothing else"
    assert stranger.get("/share/" + "x" * 43).status_code == 404
    assert stranger.get("/share/x").status_code == 404


def test_a_link_of_the_last_period_alone(gateway: Served) -> None:
    path = make(login(gateway, "eve"), kind="week", choice="0")
    stranger = Browser(gateway)
    assert stranger.get(f"{path}/figures").json()["first"] == "2026-11-09"
    assert stranger.get(f"{path}/figures?from=2026-11-02").status_code == 400


def test_a_link_ends_when_it_expires_or_is_revoked(gateway: Served) -> None:
    eve = login(gateway, "eve")
    path, other = make(eve, days="7"), make(eve, name="Other & <b>", days="365")
    gateway.clock.advance(timedelta(days=7, seconds=-1))
    assert Browser(gateway).get(path).status_code == 200
    gateway.clock.advance(timedelta(seconds=1))
    assert Browser(gateway).get(path).status_code == 404
    assert Browser(gateway).get(f"{path}/figures").status_code == 404
    dora = login(gateway, "dora")
    page = dora.get("/sites/1/shares").text
    assert "Other &amp; &lt;b&gt;" in page and "expired" in page
    assert "Make a link" not in page, "who answers for data protection ends links and makes none"
    found = re.search(r'/sites/1/shares/([0-9a-f]{16})/revoke"><input[^>]*><button[^>]*Other', page)
    assert found
    assert dora.submit(f"/sites/1/shares/{found[1]}/revoke", {"csrf": "0" * 64}).status_code == 403
    assert Browser(gateway).get(other).status_code == 200
    assert dora.submit(f"/sites/1/shares/{found[1]}/revoke", {"csrf": csrf_of(page)}).status_code == 303
    assert Browser(gateway).get(other).status_code == 404
    entry = gateway.gateway.accounts.audit.latest(1)[0]
    assert (entry.action, entry.user, entry.site) == (Action.SHARE_REVOKED, "dora", 1)
    assert "Other & <b>" in entry.detail


def test_a_password_opens_one_link_on_one_browser_for_a_while_and_guessing_is_slowed_down(gateway: Served) -> None:
    eve = login(gateway, "eve")
    path, other = (make(eve, password="a longer secret", days="90") for _ in range(2))
    gateway.address = "5.5.5.0"
    reader = Browser(gateway)
    locked = reader.get(path)
    assert 'type="password"' in locked.text and "data-spans" not in locked.text
    assert reader.get(f"{path}/figures").status_code == 401
    assert reader.submit(path, {"password": "wrong"}).status_code == 401
    assert reader.submit(path, {"password": "a longer secret"}, sec_fetch_site="cross-site").status_code == 403
    assert reader.set_now == []
    assert reader.submit(path, {"password": "a longer secret"}).headers["location"] == path
    (cookie,) = reader.set_now
    assert cookie.startswith("gw_share=") and f"Path={path};" in cookie and "HttpOnly" in cookie and "Secure" in cookie
    assert "data-spans" in reader.get(path).text and reader.get(f"{path}/figures").status_code == 200
    assert reader.get(f"{other}/figures").status_code == 401, "another link's session"
    gateway.clock.advance(timedelta(hours=12))
    assert reader.get(f"{path}/figures").status_code == 401
    guesser = Browser(gateway)
    codes = [guesser.submit(other, {"password": f"guess {n}"}).status_code for n in range(6)]
    assert codes == [401] * 5 + [429]
    assert guesser.submit(other, {"password": "a longer secret"}).status_code == 429


def test_only_editors_make_links(gateway: Served) -> None:
    vera = login(gateway, "vera")
    assert vera.get("/sites/1/shares").status_code == 403
    assert "/sites/1/shares" not in vera.get("/sites/1").text
    dora = login(gateway, "dora")
    token = csrf_of(dora.get("/sites/1/shares").text)
    assert dora.submit("/sites/1/shares", {**FORM, "csrf": token}).status_code == 403
    eve = login(gateway, "eve")
    assert eve.get("/sites/2/shares").status_code == 403, "not an editor of that site"
    assert eve.submit("/sites/1/shares", {**FORM, "csrf": "0" * 64}).status_code == 403
    assert eve.get("/sites/1/shares?filter=country==FR").text.count('value="country==FR"') == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": " "}, "who the link is for"),
        ({"kind": "year"}, "period is day, week, month"),
        ({"days": "0"}, "13 months"),
        ({"days": "397"}, "13 months"),  # 22 December 2027 is 395 days away
        ({"days": "x"}, "not a whole number"),
        ({"password": "short"}, "at least 10 characters"),
        ({"filter": "colour==red"}, "Unknown dimension"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(gateway: Served, fields: dict[str, str], says: str) -> None:
    eve = login(gateway, "eve")
    before = gateway.gateway.accounts.shares.of_site(1)
    token = csrf_of(eve.get("/sites/1/shares").text)
    answer = eve.submit("/sites/1/shares", {**FORM, "csrf": token, **fields})
    assert answer.status_code == 400 and says in answer.text
    assert gateway.gateway.accounts.shares.of_site(1) == before


def test_a_link_ends_with_the_right_of_whoever_made_it(gateway: Served) -> None:
    accounts = gateway.gateway.accounts
    maker = Principal("mia", Role.EDITOR, frozenset({1}))
    accounts.create_user(maker, PASSWORD, by="test")
    mia = accounts.staff.named("mia").id
    mine = Browser(gateway, cookies={SESSION_COOKIE: accounts.login("mia", PASSWORD, "127.0.0.0")})
    path, locked = make(mine, name="Of Mia"), make(mine, name="Locked", password="a longer secret")
    reader, eve = Browser(gateway), login(gateway, "eve")

    def works() -> bool:
        found = {reader.get(path).status_code, reader.get(f"{path}/figures").status_code}
        assert len(found) == 1
        return found == {200}

    assert works() and reader.submit(locked, {"password": "a longer secret"}).status_code == 303
    accounts.staff.disable(mia, by="test")
    assert not works() and reader.get(f"{locked}/figures").status_code == 404, "for whoever is inside as well"
    assert "ended: its maker" in eve.get("/sites/1/shares").text
    accounts.staff.enable(mia, by="test")
    assert works()
    for lost in (Principal("mia", Role.VIEWER, frozenset({1})), Principal("mia", Role.EDITOR, frozenset({2}))):
        accounts.staff.set_rights(mia, lost.role, lost.sites, by="test")
        assert not works(), lost
    accounts.staff.set_rights(mia, Role.EDITOR, frozenset({1, 2}), by="test")
    assert works()
    accounts.staff.delete(mia, by="test")
    assert not works()
    gateway.clock.advance(timedelta(seconds=1))
    accounts.create_user(maker, PASSWORD, by="test")
    assert not works(), "somebody else of that name"


def test_what_is_kept_of_a_link_is_not_the_link(gateway: Served) -> None:
    path = make(login(gateway, "eve"), password="a longer secret")
    token = path.rpartition("/")[2]
    with gateway.gateway.state.begin() as connection:
        rows = [dict(row._mapping) for row in connection.execute(share_links.select())]
    assert token not in str(rows) and "a longer secret" not in str(rows)
    audit = str(gateway.gateway.accounts.audit.latest(5))
    assert token not in audit and "Press agency" in audit


def test_links_are_forgotten_a_month_after_they_expired(gateway: Served) -> None:
    shares: ShareLinks = gateway.gateway.accounts.shares
    _token, link = shares.make(1, "Soon gone", by="eve", kind="day", days=1)
    gateway.clock.advance(timedelta(days=31, seconds=-1))
    gateway.gateway.accounts.purge()
    assert link.id in {one.id for one in shares.of_site(1)}
    gateway.clock.advance(timedelta(seconds=1))
    gateway.gateway.accounts.purge()
    assert link.id not in {one.id for one in shares.of_site(1)}
    longest = (add_months_to_instant(gateway.clock.now(), 13) - gateway.clock.now()).days
    shares.make(1, "Long", by="eve", kind="day", days=longest)
    with pytest.raises(BadRequest):
        shares.make(1, "Too long", by="eve", kind="day", days=longest + 1)


def test_periods_reach_no_further_back_than_figures_are_kept(gateway: Served) -> None:
    spans = gateway.gateway.context.overviews.spans(1, "month")
    assert len(spans) == 13 and spans[-1].first == date(2025, 10, 1)
    assert all(newer.first - timedelta(days=1) == older.last for newer, older in pairwise(spans))
