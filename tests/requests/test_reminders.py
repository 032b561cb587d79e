"""A letter a day to whoever must answer, by a real SMTP server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.clock import FrozenClock
from gateway.consent.reminders import Reminders, addressee
from gateway.consent.requests import Register
from gateway.consent.rights import Kind, Result, Way
from gateway.mail import Mailer
from gateway.metrics import Metrics
from gateway.settings import Smtp
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from tests.requests.conftest import CALIFORNIA, DUBLIN
from tests.requests.post_office import PASSWORD, USER, make_certificate, post_office
from tests.web.harness import make_site

URL = "https://privacy.shop.example/gateway"


class Desk:
    """Reminders of a register, by a server at `port`."""

    def __init__(self, register: Register, state: State, clock: FrozenClock, catalog: Catalog, smtp: Smtp) -> None:
        self.metrics = Metrics()
        mailer = Mailer(smtp, clock, self.metrics)
        self.reminders = Reminders(register, mailer, state, clock, catalog, URL)

    def count(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("gateway_mails_total", {"outcome": outcome}) or 0.0


def plain(port: int) -> Smtp:
    return Smtp(host="127.0.0.1", port=port, sender="gateway@shop.example", tls="none")


def test_what_is_due_is_said_once_a_day_and_who_asked_is_not(
    register: Register, state: State, clock: FrozenClock, catalog: Catalog
) -> None:
    entry = register.register(
        Kind.DIRECTIVES_AFTER_DEATH, DUBLIN, came=Way.EMAIL, by="ann", reference="Jane Doe", note="1 Quay, Cork"
    )
    later = register.register(Kind.ACCESS, CALIFORNIA, came=Way.EMAIL, by="ann")
    with post_office() as office:
        desk = Desk(register, state, clock, catalog, plain(office.port))
        end = datetime.fromtimestamp(entry.due, UTC)
        clock.move_to(end - timedelta(days=7, seconds=1))
        assert desk.reminders.send() == 0, "not before it is due within seven days"
        clock.move_to(end - timedelta(days=7))
        register.answer(later.id, Result.GRANTED, Way.EMAIL)
        assert [desk.reminders.send() for _ in range(3)] == [1, 0, 0]
        (letter,) = office.letters
        assert (letter["To"], letter["From"]) == ("privacy@shop.example", "gateway@shop.example")
        assert letter["Subject"] == "Harbour Shop: 1 privacy request to answer"
        assert letter["Auto-Submitted"] == "auto-generated"
        text = letter.get_content().replace("\r\n", "\n")
        assert f"due 2026-12-02  directives after death\n    {URL}/requests/{entry.id}\n" in text
        assert "Jane" not in str(letter) and "Quay" not in str(letter)

        clock.advance(timedelta(days=1))
        assert desk.reminders.send() == 1
        clock.move_to(end)
        assert desk.reminders.send() == 1
        assert "OVERDUE since 2026-12-02" in office.letters[-1].get_content()
        register.answer(entry.id, Result.GRANTED, Way.EMAIL)
        clock.advance(timedelta(days=1))
        assert desk.reminders.send() == 0
        assert (desk.count("sent"), desk.count("failed")) == (3, 0)


def test_days_are_those_of_the_site(register: Register, state: State, clock: FrozenClock, catalog: Catalog) -> None:
    entry = register.register(Kind.ACCESS, CALIFORNIA, came=Way.EMAIL, by="ann")
    with post_office() as office:
        desk = Desk(register, state, clock, catalog, plain(office.port))
        clock.move_to(datetime.fromtimestamp(entry.due, UTC) - timedelta(days=1, seconds=1))
        assert desk.reminders.send() == 1, "one second before midnight in California"
        clock.advance(timedelta(seconds=1))
        assert desk.reminders.send() == 1, "another day there, not in UTC"


def test_a_letter_that_failed_is_counted_and_tried_again(
    register: Register, state: State, clock: FrozenClock, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    entry = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann")
    clock.move_to(datetime.fromtimestamp(entry.due, UTC))
    with post_office() as office:
        desk = Desk(register, state, clock, catalog, plain(office.port))
        office.refuses = True
        assert desk.reminders.send() == 0
        assert "jane@" not in caplog.text and "SMTPDataError 550" in str([vars(record) for record in caplog.records])
        office.refuses = False
        assert desk.reminders.send() == 1
    clock.advance(timedelta(days=1))
    assert desk.reminders.send() == 0, "nobody listens any more"
    assert (desk.count("sent"), desk.count("failed")) == (1, 2)


def test_a_password_travels_encrypted_to_a_server_that_is_who_it_says(
    register: Register,
    state: State,
    clock: FrozenClock,
    catalog: Catalog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann")
    clock.move_to(datetime.fromtimestamp(entry.due, UTC))
    certificate = make_certificate(tmp_path / "office.pem")
    with post_office(certificate, needs_login=True) as office:
        smtp = Smtp(host="localhost", port=office.port, sender="gateway@shop.example", user=USER, password=PASSWORD)
        stranger = Desk(register, state, clock, catalog, smtp)
        assert stranger.reminders.send() == 0, "nobody vouches for this certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        wrong = Desk(register, state, clock, catalog, structs.replace(smtp, password="wrong"))
        assert wrong.reminders.send() == 0
        assert office.letters == []
        assert Desk(register, state, clock, catalog, smtp).reminders.send() == 1
        assert office.encrypted == [True]


def test_without_a_server_nothing_is_sent(
    register: Register, state: State, clock: FrozenClock, catalog: Catalog
) -> None:
    entry = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann")
    clock.move_to(datetime.fromtimestamp(entry.due, UTC))
    desk = Desk(register, state, clock, catalog, Smtp())
    assert desk.reminders.send() == 0
    assert (desk.count("sent"), desk.count("failed")) == (0, 0)


@pytest.mark.parametrize(
    ("officer", "expected"),
    [
        ("dpo@shop.example", "dpo@shop.example"),
        (" dpo@shop.example ", "dpo@shop.example"),
        ("", "privacy@shop.example"),
        ("Jane Doe, 1 Quay, Cork", "privacy@shop.example"),
        ("dpo@shop.example\nBcc: everyone@elsewhere.example", "privacy@shop.example"),
        ("a@shop.example, b@shop.example", "privacy@shop.example"),
    ],
)
def test_who_is_written_to(officer: str, expected: str) -> None:
    controller = make_site(1, "Harbour Shop").controller
    assert addressee(structs.replace(controller, data_protection_officer=officer)) == expected
