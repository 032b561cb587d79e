"""What users of the dashboard keep goes once nobody needs it: each limit a moment before and after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.accounts.audit_log import AuditLog
from gateway.clock import FrozenClock, add_months_to_instant
from gateway.reports import kept_by_people, mail_report_limits
from gateway.sites.drafts import Draft
from gateway.state.banner_drafts import banner_versions
from gateway.state.database import State
from gateway.state.mail_reports import mail_report_confirmations, mail_report_letters, mail_reports
from gateway.state.notebook import Notebook
from gateway.state.shelf import Kind, Shelf
from gateway.studio.versions import Versions

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def test_a_segment_goes_13_months_after_somebody_last_saw_it(state: State, clock: FrozenClock) -> None:
    shelf = Shelf(state, clock)
    shelf.add(1, Kind.SEGMENT, "ann", "France", "country==FR", shared=False)
    shelf.add(1, Kind.FUNNEL, "ann", "Till", "{}", shared=False)
    looked = START + timedelta(days=200)
    clock.move_to(looked)
    assert [one.name for one in shelf.seen_by("ann", 1, Kind.SEGMENT)] == ["France"]
    clock.move_to(add_months_to_instant(START, 13))
    assert shelf.purge() == 0
    clock.advance(MOMENT)
    assert shelf.purge() == 1, "the funnel, at which nobody looked"
    clock.move_to(add_months_to_instant(looked, 13))
    assert shelf.purge() == 0
    clock.advance(MOMENT)
    assert shelf.purge() == 1 and shelf.seen_by("ann", 1, Kind.SEGMENT) == []


def test_a_note_goes_with_the_figures_of_its_day(state: State, clock: FrozenClock) -> None:
    notebook = Notebook(state, clock)
    notebook.write(1, date(2026, 11, 22), "Sale", by="eve")
    clock.move_to(add_months_to_instant(START, 24))
    notebook.write(1, date(2026, 11, 22), "Written late", by="eve")
    clock.move_to(add_months_to_instant(START, 25))
    assert notebook.purge(25) == 0
    clock.advance(timedelta(days=1))
    assert notebook.purge(25) == 1
    assert [one.note for one in notebook.find(1)] == ["Written late"]


def addresses(state: State) -> dict[str, bool]:
    """Address → whether it has confirmed."""
    with state.begin() as connection:
        said = set(connection.scalars(mail_report_confirmations.select()))
        return {row.address: row.id in said for row in connection.execute(mail_reports.select())}


def test_addresses_that_do_not_answer_go_and_those_that_do_are_asked_again(state: State, clock: FrozenClock) -> None:
    def add(name: str, *, asked: bool, confirmed: bool = False) -> None:
        row = {"id": name, "site": 1, "kind": "week", "address": name, "language": "en", "created_by": "eve"}
        now = clock.timestamp()
        with state.begin() as connection:
            connection.execute(mail_reports.insert().values(**row, created=now))
            for period in ([""] if asked else []) + (["2026-11-16"] if confirmed else []):
                letter = {"report": name, "period": period, "state": "sent", "tries": 1, "at": now}
                connection.execute(mail_report_letters.insert().values(**letter))
            if confirmed:
                connection.execute(mail_report_confirmations.insert().values(report=name, confirmed=now))

    add("silent", asked=True)
    add("unasked", asked=False)
    add("wants", asked=True, confirmed=True)
    clock.advance(timedelta(days=7))
    assert mail_report_limits.purge(state, clock) == 0
    clock.advance(MOMENT)
    assert mail_report_limits.purge(state, clock) == 1
    assert addresses(state) == {"unasked": False, "wants": True}
    clock.move_to(add_months_to_instant(START, 13))
    assert mail_report_limits.purge(state, clock) == 0
    clock.advance(MOMENT)
    assert mail_report_limits.purge(state, clock) == 2
    assert addresses(state) == {"wants": False}, "is asked again, as one that was added now"
    with state.begin() as connection:
        assert connection.execute(mail_report_letters.select()).all() == []
        assert connection.scalar(mail_reports.select().with_only_columns(mail_reports.c.created)) == clock.timestamp()


def test_a_banner_stays_while_an_answer_is_about_it(state: State, clock: FrozenClock) -> None:
    versions = Versions(state, clock, AuditLog(state, clock, 25))
    for number, policy in enumerate(("old", "answered", "live"), 1):
        kept = versions.save(1, Draft(choice_months=number), versions.draft(1).revision, "eve")
        versions.publish(1, kept.revision, number - 1, policy, "eve")
        clock.advance(timedelta(days=1))
    asked: list[None] = []

    def answered_to() -> set[str]:
        asked.append(None)
        return {"answered"}

    clock.move_to(add_months_to_instant(START + timedelta(days=1), 25))
    assert versions.purge(25, answered_to) == 0 and asked == [], (
        "replaced 25 months ago to the second: nothing to ask for"
    )
    clock.move_to(add_months_to_instant(START, 40))
    assert versions.purge(25, answered_to) == 1
    with state.begin() as connection:
        assert sorted(connection.scalars(banner_versions.select().with_only_columns(banner_versions.c.number))) == [
            2,
            3,
        ]
    live = versions.live(1)
    assert live is not None and live.number == 3, "what is served stays, however old"
    assert versions.purge(25, set) == 1


def test_retention_tells_of_each_its_limit_and_its_oldest(state: State, clock: FrozenClock) -> None:
    Notebook(state, clock).write(1, date(2026, 11, 1), "Sale", by="eve")
    lines = {line["table"]: line for line in kept_by_people.report(state, 25)}
    assert lines.keys() == {
        "saved", "annotations", "banner_versions", "share_links", "mail_reports", "mail_report_letters",
    }  # fmt: skip
    assert (lines["annotations"]["rows"], lines["annotations"]["oldest"]) == (1, "2026-11-22")
    assert lines["saved"] == {
        "table": "saved", "limit": "13 months after somebody last saw it", "oldest": "", "next_deletion": "", "rows": 0,
        "bytes": 0,
    }  # fmt: skip
