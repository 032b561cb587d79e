"""Consent figures, the estimate and the present, over a database: each counted by hand."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from gateway.consent.record import ConsentRecord, Method
from gateway.consent.tallies import State, Tally, What
from gateway.errors import BadRequest, NotFound
from gateway.hits import Basis, HitType
from gateway.reports.consents import ConsentReports
from gateway.reports.periods import Span
from gateway.reports.present import Presence
from tests.warehouse.engines import engine, shared  # noqa: F401 - fixtures
from tests.warehouse.worlds import NOW, TODAY, World, at, make_hit

_numbers = itertools.count(1)
WEEK = Span(TODAY - timedelta(days=6), TODAY)


def answer(site: int, day: date, method: Method, **more: Any) -> bytes:
    number = next(_numbers)
    given = int(at(day, "10:00").timestamp() * 1000) + number
    return msgspec.json.encode(ConsentRecord(id=f"id-{number}", site=site, ts=given, method=method, **more))


def tally(site: int, count: int, what: What, day: date = TODAY, **more: Any) -> bytes:
    return msgspec.json.encode(Tally(site=site, day=day.isoformat(), what=what, count=count, **more))


def put(world: World, table: str, rows: list[bytes]) -> None:
    world.warehouse.insert(table, rows, f"test:{next(_numbers)}")


def reports(world: World) -> ConsentReports:
    return ConsentReports(world.warehouse, world.catalog, world.settings, world.clock)


def test_answers_are_told_apart_and_small_ones_hidden(shared: World) -> None:  # noqa: F811
    yes, no = {"analytics": True, "adverts": True}, {"analytics": False, "adverts": False}
    rows = [answer(1, TODAY, Method.ACCEPT_ALL, purposes=yes, country="FR", language="fr", surface="banner")] * 1
    rows += [answer(1, TODAY, Method.ACCEPT_ALL, purposes=yes, country="FR", surface="banner") for _ in range(29)]
    # Saved with everything on is as good as the button.
    rows += [answer(1, TODAY, Method.SAVE, purposes=yes, country="DE", surface="preferences") for _ in range(12)]
    rows += [answer(1, TODAY, Method.SAVE, purposes={**yes, "adverts": False}, country="DE") for _ in range(11)]
    rows += [answer(1, TODAY, Method.SAVE, purposes={**no, "necessary": True}, country="BE") for _ in range(4)]
    rows += [answer(1, TODAY, Method.REJECT_ALL, purposes=no, country="FR") for _ in range(14)]
    rows += [answer(1, TODAY - timedelta(days=1), Method.WITHDRAW, purposes=no, country="FR") for _ in range(10)]
    rows += [answer(1, TODAY, Method.GPC, surface="signal", country="US") for _ in range(13)]
    rows += [answer(1, TODAY, Method.DO_NOT_SELL, country="US") for _ in range(3)]
    # No answers of visitors, too old, of another site, and one that came twice.
    rows += [answer(1, TODAY, Method.ACCEPT_ALL, purposes=yes, surface="api"), answer(1, TODAY, Method.EXPIRE)]
    rows += [answer(1, date(2026, 5, 22), Method.REJECT_ALL, purposes=no), answer(2, TODAY, Method.REJECT_ALL)]
    put(shared, "consents", [*rows, rows[0]])
    shown: dict[str, Any] = {"what": What.SHOWN, "language": "fr", "notice": "f" * 64}
    put(shared, "tallies", [tally(1, 60, country="FR", device="phone", **shown)])
    put(shared, "tallies", [tally(1, 25, country="FR", device="desktop", **shown)])
    put(shared, "tallies", [tally(1, 12, What.ANSWER, state="accepted", country="FR", device="phone")])
    asked = reports(shared)

    exact = asked.consents(1, WEEK, "country", exact=True)
    assert exact.totals == {
        "shown": 85, "accepted": 42, "refused": 18, "custom": 11, "withdrawn": 10,
        "do_not_sell": 3, "gpc": 13, "opt_in": 0, "objected": 0,
    }  # fmt: skip
    by_country = {row["country"]: row for row in exact.rows}
    assert [by_country[name]["refused"] for name in ("FR", "BE")] == [14, 4]
    assert (by_country["FR"]["shown"], by_country["DE"]["accepted"], by_country["US"]["gpc"]) == (85, 12, 13)

    told = asked.consents(1, WEEK, "country")
    hidden = {row["country"]: row for row in told.rows}
    assert hidden["BE"]["refused"] is None and hidden["FR"]["refused"] is None, "14 of 18 would say that 4 are left"
    assert hidden["FR"]["accepted"] == 30
    assert told.totals["refused"] == 18 and told.totals["do_not_sell"] is None

    days = asked.consents(1, WEEK, "day", exact=True)
    assert [row["day"] for row in days.rows][-2:] == ["2026-11-21", "2026-11-22"] and len(days.rows) == 7
    assert [row["withdrawn"] for row in days.rows][-2:] == [10, 0]
    purposes = {row["purpose"]: row for row in asked.consents(1, WEEK, "purpose", exact=True).rows}
    assert purposes["adverts"] == {"purpose": "adverts", "accepted": 42, "refused": 29}
    devices = {row["device"]: row for row in asked.consents(1, WEEK, "device", exact=True).rows}
    assert devices["phone"]["shown"] == 60 and devices["phone"]["accepted"] == 12 and devices["desktop"]["shown"] == 25
    notices = {row["notice"]: row for row in asked.consents(1, WEEK, "notice", exact=True).rows}
    assert notices["f" * 64]["shown"] == 85 and notices[""]["accepted"] == 42


def test_before_refusals_are_forgotten_nothing_is_told(shared: World) -> None:  # noqa: F811
    asked = reports(shared)
    year = asked.consents(1, Span(date(2025, 11, 23), TODAY), "day", exact=True)
    assert year.cut == date(2026, 5, 23) and year.rows[0]["day"] == "2026-05-23"
    old = asked.consents(1, Span(date(2025, 1, 1), date(2025, 2, 1)), "country")
    assert old.rows == () and set(old.totals.values()) == {0}
    with pytest.raises(NotFound):
        asked.consents(9, WEEK)
    with pytest.raises(BadRequest):
        asked.consents(1, WEEK, "visitor")  # type: ignore[arg-type]


def test_the_estimate_scales_recorded_visits_by_counted_loads(shared: World) -> None:  # noqa: F811
    asked = reports(shared)
    nothing = asked.audience(2, WEEK)
    assert nothing.since is None and nothing.found is None
    shared.store(
        make_hit(at(TODAY, "09:00"), site=2, anon=number, visitor=number, id=number, basis=Basis.CONSENT)
        for number in range(1, 41)
    )
    shared.store([make_hit(at(TODAY, "09:00"), site=2, anon=99, id=99, basis=Basis.COOKIELESS)])
    shared.rollup.days(2, [TODAY])
    stratum: dict[str, Any] = {"what": What.LOAD, "country": "FR", "device": "phone"}
    for state, count in ((State.CONSENTED, 80), (State.REFUSED, 60), (State.UNANSWERED, 105), (State.UNANSWERED, -5)):
        put(shared, "tallies", [tally(2, count, state=state, **stratum)])
    found = asked.audience(2, WEEK)
    assert (found.loads, found.base, found.refused, found.unanswered) == (240, 80, 60, 100)
    assert found.since == TODAY
    assert found.found is not None and found.found.recorded == 40, "the one without an identifier is not"
    assert found.found.visits == pytest.approx(120, rel=0.05)
    assert found.found.low < 120 < found.found.high


def test_who_is_here_now(shared: World) -> None:  # noqa: F811
    def hit(minutes: float, number: int, path: str = "/", **more: Any) -> Any:
        moment = NOW - timedelta(minutes=minutes)
        return make_hit(moment, site=1, anon=number, visitor=number, id=1000 + next(_numbers), path=path, **more)

    twice = hit(2, 1, "/cart", country="FR")
    shared.store(
        [
            hit(20, 1, "/old", country="FR"),
            *(twice, twice),
            hit(1, 2, "/cart", country="DE"),
            hit(1, 2, "/cart", country="DE", type=HitType.PING),
            hit(10, 3, "/gone", country="FR"),
            hit(31, 4),
            hit(1, 5, test=True),
        ]
    )
    seen = Presence(shared.warehouse, shared.catalog, shared.settings, shared.clock).look(1)
    assert seen.visitors == 2
    assert [(page.value, page.visitors) for page in seen.pages] == [("/cart", 2)]
    assert {(place.value, place.visitors) for place in seen.countries} == {("FR", 1), ("DE", 1)}
    assert len(seen.minutes) == 30 and seen.minutes[-1].at == NOW.timestamp()
    assert sum(minute.pageviews for minute in seen.minutes) == 4, "sent twice is there once"
    assert sum(minute.visitors for minute in seen.minutes) == 4
