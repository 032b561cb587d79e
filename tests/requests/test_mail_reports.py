"""Figures by e-mail, by a real SMTP server: once each, to whom they were asked for, until they are stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.accounts.principal import Principal, Role
from gateway.clock import FrozenClock
from gateway.errors import BadRequest, WarehouseUnavailable
from gateway.mail import Mailer
from gateway.metrics import Metrics
from gateway.reports.guarded import Told
from gateway.reports.mail_report_limits import purge
from gateway.reports.mail_reports import Kind, MailReport, MailReports
from gateway.reports.overview import Overview, Overviews, Table, last_of
from gateway.reports.periods import Span
from gateway.settings import Smtp
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from gateway.state.mail_reports import mail_report_letters, mail_reports
from gateway.web.auth import SESSION_COOKIE
from gateway.web.letter import asking, letter
from tests.requests.conftest import CALIFORNIA, DUBLIN
from tests.requests.post_office import PostOffice, post_office
from tests.web.harness import QUICK, make_site
from tests.web.test_shares import PASSWORD, csrf_of
from tests.web.visitors import SHOP, Browser, served

URL = "https://privacy.shop.example/gateway"
KEYS = [b"k" * 32]
MONDAY = datetime(2026, 11, 9, tzinfo=UTC)  # the first one after the clock's start, on the 2nd


class Scripted(Overviews):
    """The same figures every week; `away`: the warehouse does not answer."""

    def __init__(self, clock: FrozenClock, catalog: Catalog) -> None:
        self.clock, self.catalog, self.away = clock, catalog, False
        self.too_large = 0  # a site whose report meets a limit

    def spans(self, site: int, kind: object) -> list[Span]:
        served = self.catalog.get(site)
        assert served is not None
        return [last_of(kind, self.clock.now().astimezone(served.zone).date())]  # type: ignore[arg-type]

    def of(self, site: int, span: Span, chosen: str = "") -> Overview:
        if self.away or site == self.too_large:
            raise WarehouseUnavailable("The warehouse is away.")
        table = Table(
            dimension="page", channel="", metrics=("visitors",), rows=({"page": "/<b>", "visitors": 1234},), hidden=3
        )
        rows: tuple[Told, ...] = ({"country": "DE", "visitors": 30}, {"country": "", "visitors": 12})
        countries = Table(dimension="country", channel="", metrics=("visitors",), rows=rows, hidden=0)
        return Overview(
            first=span.first, last=span.last, step="day", metrics=("visitors", "bounce_rate", "conversions", "revenue"),
            totals={"visitors": 12_345, "bounce_rate": 0.391, "conversions": None, "revenue": 1234.5},
            before={"visitors": 10_000, "bounce_rate": 0.5, "conversions": 20, "revenue": 0}, series=(),
            tables=(table, countries), cut=None,
        )  # fmt: skip


class World:
    def __init__(self, state: State, clock: FrozenClock, catalog: Catalog, office: PostOffice) -> None:
        self.state, self.clock, self.catalog, self.office = state, clock, catalog, office
        self.metrics = Metrics()
        self.overviews = Scripted(clock, catalog)
        self.gone: set[str] = set()  # who may edit no site any more
        self.reports = self.worker()

    def worker(self, port: int = 0) -> MailReports:
        """As one that was started just now."""
        smtp = Smtp(host="127.0.0.1", port=port or self.office.port, sender="gateway@shop.example", tls="none")
        mailer = Mailer(smtp, self.clock, self.metrics)
        return MailReports(
            self.state, self.clock, self.catalog, self.overviews, mailer, letter, asking, self.may_edit, KEYS, URL
        )

    def may_edit(self, user: str, _site: int, _made: float) -> bool:
        return user not in self.gone

    def wanted(self, site: int, kind: Kind, address: str, language: str) -> MailReport:
        """An address that has confirmed already; what asked it is out of the post office."""
        one = self.reports.add(site, kind, address, language, by="eve")
        assert self.reports.send() == 1
        self.office.letters.clear()
        self.reports.confirm(one.id)
        return one

    def count(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("gateway_mails_total", {"outcome": outcome}) or 0.0


@pytest.fixture
def world(state: State, clock: FrozenClock, catalog: Catalog) -> Iterator[World]:
    with post_office() as office:
        yield World(state, clock, catalog, office)


def test_a_letter_comes_once_after_the_week_is_over_whoever_is_restarted(world: World) -> None:
    clock, office = world.clock, world.office
    world.wanted(DUBLIN, "week", " ann@shop.example ", "fr")
    assert world.reports.send() == 0, "the week before was not asked for"
    clock.move_to(MONDAY + timedelta(hours=6, seconds=-1))
    assert world.reports.send() == 0, "too early in the morning"
    clock.advance(timedelta(seconds=1))
    assert [worker.send() for worker in (world.reports, world.worker(), world.reports)] == [1, 0, 0]
    (one,) = office.letters
    assert (one["To"], one["Subject"]) == ("ann@shop.example", "Harbour Shop : audience 2026-11-02 – 2026-11-08")
    plain, html = (part.get_content().replace("\r\n", "\n") for part in one.iter_parts())
    assert (
        "Visiteurs                12\u202f345  (+23%)" in plain
        and "39\u00a0%  (-22%)" in plain
        and "/<b>: 1\u202f234" in plain
    )
    assert re.search(r"Conversions +–\n", plain), "hidden for being small"
    assert "Allemagne: 30" in plain and "Inconnu: 12" in plain and re.search("1\u202f234,50\u00a0€\n", plain)
    assert "/&lt;b&gt;" in html and "/<b>" not in html and "src=" not in html and "style" not in html
    stop = one["List-Unsubscribe"].strip("<>")
    assert stop.startswith(f"{URL}/letters/stop/") and stop in plain and stop in html
    assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (listed,) = world.reports.of_site(DUBLIN)
    assert (listed.period, listed.state, listed.tries) == ("2026-11-02", "sent", 1)
    clock.advance(timedelta(days=7))
    assert world.reports.send() == 1
    found = world.reports.of_link(stop.rpartition("/")[2])
    assert found is not None and found.id == listed.id and world.reports.of_link("forged") is None
    assert world.reports.remove(CALIFORNIA, listed.id) is None, "another site's"
    assert world.reports.remove(DUBLIN, listed.id) is not None
    clock.advance(timedelta(days=7))
    assert world.reports.send() == 0 and world.reports.of_link(stop.rpartition("/")[2]) is None


def test_nothing_but_a_question_is_sent_to_who_did_not_say_yes(world: World) -> None:
    reports, clock, office = world.reports, world.clock, world.office
    reports.add(DUBLIN, "week", "ann@shop.example", "de", by="eve")
    office.refuses = True
    assert [reports.send() for _ in range(2)] == [0, 0] and world.count("failed") == 1
    office.refuses = False
    clock.advance(timedelta(hours=1))
    assert [reports.send(), world.worker().send()] == [1, 0], "asked once"
    (one,) = office.letters
    plain, html = (part.get_content() for part in one.iter_parts())
    assert one["Subject"] == "Harbour Shop: Möchten Sie die Zahlen per E-Mail?" and "12.345" not in plain + html
    links = re.findall(rf"{URL}(/letters/\w+)/(\S+)", plain)
    assert [path for path, _ in links] == ["/letters/confirm", "/letters/stop"]
    clock.move_to(MONDAY + timedelta(hours=7))
    assert reports.send() == 0 and reports.of_site(DUBLIN)[0].confirmed is None
    (_, confirms), (_, stops) = links
    assert reports.to_confirm(stops) is None and reports.of_link(confirms) is None, "one link does not do for the other"
    found = reports.to_confirm(confirms)
    assert found is not None
    reports.confirm(found.id)
    assert reports.send() == 1 and "12.345" in next(office.letters[1].iter_parts()).get_content()


def test_who_had_letters_before_anybody_was_asked_is_asked_too_and_stays_until_then(world: World) -> None:
    one = world.reports.add(DUBLIN, "week", "ann@shop.example", "de", by="eve")
    long_ago = world.clock.timestamp() - 500 * 86_400
    with world.state.begin() as connection:
        connection.execute(sa.update(mail_reports).values(created=long_ago))
        had = {"period": "2025-06-02", "state": "sent", "tries": 1, "at": world.clock.timestamp()}
        connection.execute(sa.insert(mail_report_letters).values(report=one.id, **had))
    assert purge(world.state, world.clock) == 0
    world.office.refuses = True
    assert world.reports.send() == 0 and world.reports.of_site(DUBLIN)[0].state == "failed"
    world.office.refuses = False
    world.clock.advance(timedelta(hours=1))
    assert [world.reports.send() for _ in range(2)] == [1, 0]
    assert "/letters/confirm/" in next(world.office.letters[0].iter_parts()).get_content()
    assert purge(world.state, world.clock) == 0, "there are some days to answer in"


def test_letters_end_with_the_right_of_whoever_asked_for_them(world: World) -> None:
    world.wanted(DUBLIN, "week", "ann@shop.example", "en")
    world.reports.add(CALIFORNIA, "week", "cal@shop.example", "en", by="eve")
    world.gone.add("eve")
    world.clock.move_to(MONDAY + timedelta(days=1))
    assert world.reports.send() == 0 and world.reports.of_site(DUBLIN)[0].ended, "nor is anybody asked"
    world.gone.clear()
    assert world.reports.send() == 2


def test_mornings_are_the_sites_own_and_months_are_months(world: World) -> None:
    world.wanted(CALIFORNIA, "month", "cal@shop.example", "en")
    world.clock.move_to(datetime(2026, 12, 1, 13, 59, 59, tzinfo=UTC))
    assert world.reports.send() == 0
    world.clock.advance(timedelta(seconds=1))
    assert world.reports.send() == 1, "six o'clock in Los Angeles"
    assert world.office.letters[0]["Subject"] == "Pier Shop: audience 2026-11-01 – 2026-11-30"


def test_what_is_refused_is_tried_every_hour_for_half_a_day_and_shown(world: World) -> None:
    world.wanted(DUBLIN, "week", "ann@shop.example", "en")
    world.clock.move_to(MONDAY + timedelta(hours=7))
    world.office.refuses = True
    assert [world.reports.send() for _ in range(2)] == [0, 0]
    assert world.count("failed") == 1, "not twice within an hour"
    for _ in range(20):
        world.clock.advance(timedelta(hours=1))
        world.reports.send()
    (one,) = world.reports.of_site(DUBLIN)
    assert (one.state, one.tries, world.count("failed")) == ("failed", 12, 12)
    world.office.refuses = False
    assert world.reports.send() == 0, "given up until next week"
    world.clock.advance(timedelta(days=7))
    assert world.reports.send() == 1


def test_a_letter_that_a_crash_cut_off_is_not_sent_twice_and_said(world: World) -> None:
    one = world.wanted(DUBLIN, "week", "ann@shop.example", "en")
    world.clock.move_to(MONDAY + timedelta(hours=7))
    world.overviews.away = True
    with pytest.raises(WarehouseUnavailable):
        world.reports.send()
    assert world.reports.of_site(DUBLIN)[0].period == "", "nothing was claimed"
    world.overviews.away = False
    claim = {"report": one.id, "period": "2026-11-02", "state": "sending", "tries": 1, "at": world.clock.timestamp()}
    with world.state.begin() as connection:
        connection.execute(mail_report_letters.insert().values(claim))
    world.clock.advance(timedelta(hours=5))
    assert world.worker().send() == 0 and world.office.letters == []
    assert world.reports.of_site(DUBLIN)[0].state == "sending"


def test_a_site_whose_figures_cannot_be_had_keeps_no_other_sites_letters(world: World) -> None:
    sites = sorted(served.id for served in world.catalog)
    for site in (DUBLIN, CALIFORNIA):
        world.wanted(site, "week", "ann@shop.example", "en")
    world.overviews.too_large = next(site for site in sites if site in (DUBLIN, CALIFORNIA))
    world.clock.move_to(MONDAY + timedelta(days=1))
    with pytest.raises(WarehouseUnavailable):
        world.reports.send()
    assert len(world.office.letters) == 1
    world.overviews.too_large = 0
    assert world.reports.send() == 1


@pytest.mark.parametrize(
    "address",
    [
        "ann",
        "ann@shop",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: x@y.example",
        "",
        "8]@b==.example",
        "u\x7f?.@[\x01.example",
        "=?utf-8?q?x?=@b.example",
    ],
)
def test_what_is_no_address_is_refused(world: World, address: str) -> None:
    with pytest.raises(BadRequest):
        world.reports.add(DUBLIN, "week", address, "en", by="eve")
    world.reports.add(DUBLIN, "week", "ann@shop.example", "en", by="eve")
    with pytest.raises(BadRequest):
        world.reports.add(DUBLIN, "week", "ann@shop.example", "en", by="eve")


def test_the_page_says_who_gets_letters_and_the_link_in_one_stops_them(tmp_path: Path) -> None:
    with served(tmp_path, SHOP, make_site(2, "Hill")) as gateway:
        accounts, reports = gateway.gateway.accounts, gateway.gateway.mail_reports
        accounts._passwords._hasher = QUICK
        for name, role in (("eve", Role.EDITOR), ("vera", Role.VIEWER)):
            accounts.create_user(Principal(name, role, frozenset({1})), PASSWORD, by="test")
        reports._overviews = Scripted(gateway.clock, gateway.gateway.catalog)
        eve, vera = (
            Browser(gateway, cookies={SESSION_COOKIE: accounts.login(name, PASSWORD, "")}) for name in ("eve", "vera")
        )
        assert vera.get("/sites/1/letters").status_code == 403 == eve.get("/sites/2/letters").status_code
        page = eve.get("/sites/1/letters?preview=month", accept_language="de").text
        assert "smtp.host" in page and "Shop: Publikum 2026-10-01 – 2026-10-31" in page and "/&lt;b&gt;: 1.234" in page
        form = {"address": "ann@shop.example", "kind": "week", "language": "de", "csrf": csrf_of(page)}
        for wrong in ({"kind": "day"}, {"language": "xx"}, {"address": "x"}):
            assert eve.submit("/sites/1/letters", {**form, **wrong}).status_code == 400
        assert eve.submit("/sites/1/letters", {**form, "csrf": "x"}).status_code == 403
        assert eve.submit("/sites/1/letters", form).status_code == 303
        assert "ann@shop.example" in eve.get("/sites/1/letters").text
        (one,) = reports.of_site(1)
        stranger = Browser(gateway)
        path = reports.confirm_link(one.id).removeprefix("https://privacy.shop.example")
        assert "ann@shop.example" in stranger.get(path).text and reports.of_site(1) == [one], "looking confirms nothing"
        assert "not confirmed yet" in eve.get("/sites/1/letters").text
        assert stranger.submit(path, {}, sec_fetch_site="cross-site").status_code == 403
        assert stranger.submit(path, {}).status_code == 200
        (one,) = reports.of_site(1)
        assert (
            one.confirmed == gateway.clock.timestamp() and "not confirmed yet" not in eve.get("/sites/1/letters").text
        )
        accounts.staff.disable(accounts.staff.named("eve").id, by="test")
        assert reports.of_site(1)[0].ended
        accounts.staff.enable(accounts.staff.named("eve").id, by="test")
        eve = Browser(gateway, cookies={SESSION_COOKIE: accounts.login("eve", PASSWORD, "")})
        path = reports.stop_link(one.id).removeprefix("https://privacy.shop.example")
        looked = stranger.get(path)
        assert "ann@shop.example" in looked.text and looked.headers["referrer-policy"] == "no-referrer"
        assert reports.of_site(1) == [one], "a program that looks at links stops nothing"
        assert stranger.submit(path, {}, sec_fetch_site="cross-site").status_code == 403
        assert stranger.submit(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert reports.of_site(1) == [] and stranger.get(path).status_code == 404
        assert [entry.action for entry in accounts.audit.latest(2)] == ["letters_ended", "login"]
