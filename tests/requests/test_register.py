"""The register of requests: until when, warned when, kept how long (RULES.md E16, C11)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from gateway.clock import FrozenClock
from gateway.consent import deadlines
from gateway.consent.requests import Register
from gateway.consent.rights import Kind, Result, Stage, Way
from gateway.errors import BadRequest, Conflict, NotFound
from gateway.state.database import State
from gateway.state.tables import rights_requests
from tests.requests.conftest import CALIFORNIA, DUBLIN

SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("site", "received", "due", "too_late"),
    [
        (DUBLIN, "2027-01-31T09:00", date(2027, 2, 28), "2027-03-01T00:00"),
        (DUBLIN, "2028-01-31T23:59:59", date(2028, 2, 29), "2028-03-01T00:00"),
        (DUBLIN, "2027-02-28T12:00", date(2027, 3, 28), "2027-03-28T23:00"),  # summer time began that morning
        (DUBLIN, "2026-12-31T12:00", date(2027, 1, 31), "2027-02-01T00:00"),
        (DUBLIN, "2027-08-31T22:59:59", date(2027, 9, 30), "2027-09-30T23:00"),
        # Still the last day of February there: the month ends on 28 March, not on 1 April.
        (CALIFORNIA, "2027-03-01T07:00", date(2027, 3, 28), "2027-03-29T07:00"),
        (CALIFORNIA, "2027-03-01T08:00", date(2027, 4, 1), "2027-04-02T07:00"),
    ],
)
def test_a_request_is_due_a_calendar_month_later_in_the_zone_of_its_site(
    register: Register, clock: FrozenClock, site: int, received: str, due: date, too_late: str
) -> None:
    """GDPR art. 12(3), warned about seven days before."""
    clock.move_to(utc(received))
    entry = register.register(Kind.ACCESS, site, came=Way.EMAIL, by="ann")
    assert deadlines.last_day(entry.due, register.zone(site)) == due
    end = utc(too_late)
    for at, stage in (
        (end - timedelta(days=7) - SECOND, Stage.OPEN),
        (end - timedelta(days=7), Stage.DUE),
        (end - SECOND, Stage.DUE),
        (end, Stage.OVERDUE),
    ):
        clock.move_to(at)
        assert entry.stage(clock.timestamp()) is stage, at
        assert register.count(Stage.DUE) == (stage is not Stage.OPEN)
        assert register.count(Stage.OVERDUE) == (stage is Stage.OVERDUE)
        assert register.find(Stage.OPEN) == [entry], "an overdue request is open, too"


def test_one_that_came_by_post_counts_from_its_day(register: Register) -> None:
    entry = register.register(Kind.ERASURE, DUBLIN, came=Way.POST, by="ann", received=date(2026, 10, 30))
    assert deadlines.last_day(entry.due, register.zone(DUBLIN)) == date(2026, 11, 30)
    for day in (date(2026, 11, 3), date(1, 1, 1)):
        with pytest.raises(BadRequest) as refused:
            register.register(Kind.ERASURE, DUBLIN, came=Way.POST, by="ann", received=day)
        assert refused.value.where == "$.received"
    assert (
        register.register(Kind.COPY, DUBLIN, came=Way.POST, by="ann", received=date(2026, 11, 2)).stage(0) is Stage.OPEN
    )


@pytest.mark.parametrize("received", ["2026-11-06T20:00", "2026-11-07T20:00", "2026-11-08T20:00"])
def test_an_opt_out_of_sale_is_due_within_fifteen_business_days(
    register: Register, clock: FrozenClock, received: str
) -> None:
    """RULES.md C10. From a Friday, Saturday or Sunday three working weeks later: on a Friday. It knows no extension."""
    clock.move_to(utc(received))
    entry = register.register(Kind.OPT_OUT_OF_SALE, CALIFORNIA, came=Way.EMAIL, by="ann")
    assert deadlines.last_day(entry.due, register.zone(CALIFORNIA)) == date(2026, 11, 27)
    with pytest.raises(Conflict):
        register.extend(entry.id, "Much to do.")


def test_extended_once_by_two_months_with_a_reason(register: Register, clock: FrozenClock) -> None:
    clock.move_to(utc("2026-11-30T10:00"))
    entry = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann")
    with pytest.raises(BadRequest) as refused:
        register.extend(entry.id, "  ")
    assert refused.value.where == "$.reason"
    clock.move_to(datetime.fromtimestamp(entry.due, UTC) - SECOND)
    longer = register.extend(entry.id, "Six archives to search.")
    assert deadlines.last_day(longer.due, register.zone(DUBLIN)) == date(2027, 2, 28)
    assert (longer.extended, longer.extension_reason) == (clock.timestamp(), "Six archives to search.")
    assert longer.stage(clock.timestamp()) is Stage.OPEN
    with pytest.raises(Conflict):
        register.extend(entry.id, "Once more.")


def test_no_extension_once_the_month_is_over(register: Register, clock: FrozenClock) -> None:
    entry = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann")
    clock.move_to(datetime.fromtimestamp(entry.due, UTC))
    with pytest.raises(Conflict):
        register.extend(entry.id, "Late.")
    assert register.one(entry.id) == entry


@pytest.mark.parametrize("result", [Result.REFUSED, Result.PARTLY])
def test_a_refusal_needs_its_reason(register: Register, result: Result) -> None:
    entry = register.register(Kind.RECTIFICATION, DUBLIN, came=Way.PHONE, by="ann", note="Called twice.")
    with pytest.raises(BadRequest):
        register.answer(entry.id, result, Way.EMAIL)
    answered = register.answer(entry.id, result, Way.EMAIL, reason="Not theirs.")
    assert (answered.result, answered.reason, answered.note) == (result, "Not theirs.", "Called twice.")
    assert answered.stage(1e12) is Stage.ANSWERED
    with pytest.raises(Conflict):
        register.answer(entry.id, Result.GRANTED, Way.EMAIL)
    with pytest.raises(Conflict):
        register.extend(entry.id, "Much to do.")


@pytest.mark.parametrize("answered", ["2026-11-22T12:00", "2028-02-29T12:00"])
def test_kept_24_months_after_the_answer_to_the_second(register: Register, clock: FrozenClock, answered: str) -> None:
    """RULES.md C11. What was never answered stays until it is."""
    clock.move_to(utc(answered))
    unanswered = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann")
    entry = register.register(Kind.ACCESS, DUBLIN, came=Way.EMAIL, by="ann", reference="2026-17")
    register.answer(entry.id, Result.GRANTED, Way.EMAIL)
    register.granted_at_once(Kind.OBJECTION, DUBLIN, Way.PAGE)
    limit = utc({"2026-11-22T12:00": "2028-11-22T12:00", "2028-02-29T12:00": "2030-02-28T12:00"}[answered])
    clock.move_to(limit - SECOND)
    assert register.purge() == 0
    assert register.one(entry.id).reference == "2026-17"
    clock.move_to(limit)
    assert register.purge() == 2
    with pytest.raises(NotFound):
        register.one(entry.id)
    clock.move_to(limit + timedelta(days=4000))
    assert register.purge() == 0
    assert register.find() == [unanswered]


def test_a_right_granted_by_a_page_holds_no_identifier(register: Register, state: State) -> None:
    entry = register.granted_at_once(Kind.OBJECTION, DUBLIN, Way.PAGE)
    assert entry.received == entry.answered
    assert (entry.result, entry.came, entry.answered_by) == (Result.GRANTED, Way.PAGE, Way.PAGE)
    with state.begin() as connection:
        row = connection.execute(sa.select(rights_requests)).one()._asdict()
    assert [name for name, value in row.items() if value == ""] == [
        "reference", "note", "extension_reason", "reason", "created_by"
    ]  # fmt: skip
    assert register.find(Stage.OPEN) == []


def test_the_order_and_the_narrowing_of_lists(register: Register, clock: FrozenClock) -> None:
    older = register.register(Kind.ACCESS, DUBLIN, came=Way.POST, by="ann", received=date(2026, 10, 5))
    newer = register.register(Kind.ACCESS, CALIFORNIA, came=Way.EMAIL, by="ann")
    done = [register.granted_at_once(Kind.OBJECTION, DUBLIN, Way.PAGE)]
    clock.advance(SECOND)
    done.insert(0, register.granted_at_once(Kind.OBJECTION, DUBLIN, Way.PAGE))
    assert register.find() == [older, newer, *done]
    assert register.find(limit=2, offset=1) == [newer, done[0]]
    assert register.find(site=CALIFORNIA) == [newer]
    assert register.find(Stage.DUE) == [older]
    assert register.find(Stage.ANSWERED, DUBLIN) == done
    assert (register.count(), register.count(Stage.OPEN), register.count(Stage.ANSWERED, CALIFORNIA)) == (4, 2, 0)


def test_what_cannot_be_entered(register: Register) -> None:
    for fields, where in (
        ({"site": 9}, "$.site"),
        ({"site": 1, "reference": "x" * 65}, "$.reference"),
        ({"site": 1, "note": "x" * 2001}, "$.note"),
    ):
        with pytest.raises(BadRequest) as refused:
            register.register(Kind.OTHER, came=Way.EMAIL, by="ann", **fields)
        assert refused.value.where == where
    with pytest.raises(BadRequest):
        register.granted_at_once(Kind.OBJECTION, 9, Way.PAGE)
    with pytest.raises(NotFound):
        register.annotate("no such one", "x")
    assert register.count() == 0


def test_a_note_can_be_taken_back(register: Register) -> None:
    entry = register.register(Kind.OTHER, DUBLIN, came=Way.EMAIL, by="ann", note="Jane Doe, 1 Quay")
    assert register.annotate(entry.id, "").note == ""
