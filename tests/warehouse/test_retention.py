"""Nothing outlives its limit: neither in a table after the daily run, nor in an answer before it."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gateway.clock import add_months, add_months_to_instant
from gateway.consent.pruning import prune
from gateway.consent.record import ConsentRecord, Method
from gateway.consent.signing import LedgerKeys
from gateway.reports.run import StatsQuery
from gateway.warehouse import retention
from tests.warehouse.worlds import NOW, TODAY, World, at, make_hit

RAW_LIMIT = add_months(TODAY, -13)
DATA_LIMIT = add_months(TODAY, -25)
DAY = timedelta(days=1)


def days_of(here: World, table: str) -> list[date]:
    rows = here.warehouse.query(f"SELECT DISTINCT day FROM {table} ORDER BY day")
    return [row["day"] for row in rows]  # type: ignore[misc]


def test_days_past_their_limit(here: World) -> None:
    days = [DATA_LIMIT - DAY, DATA_LIMIT, RAW_LIMIT - DAY, RAW_LIMIT, TODAY]
    here.store(make_hit(at(day, "10:00"), anon=number, visitor=number + 1) for number, day in enumerate(days))
    here.rollup.days(1, days)
    result = here.reports.run(StatsQuery(site=1, first=DATA_LIMIT - 5 * DAY, last=TODAY))
    assert result.totals["visits"] == 4, "the oldest is in no answer, though still in the tables"
    assert result.cut == DATA_LIMIT
    assert retention.enforce(here.warehouse, here.settings, here.clock) == {
        "hits": 3,
        "visits": 1,
        "facts": 15,
        "audience": 30,
        "rollups": 1,
        "tallies": 0,
        "dead_letters": 0,
    }
    assert days_of(here, "hits") == days[3:]
    assert [days_of(here, table) for table in ("visits", "facts", "audience", "rollups")] == [days[1:]] * 4
    here.rollup.run(full=True)
    assert here.reports.run(StatsQuery(site=1, first=DATA_LIMIT, last=TODAY)).totals["visits"] == 4


def test_a_site_ahead_of_utc_deletes_by_its_own_date(here: World) -> None:
    here.clock.move_to(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))  # already the 23rd in Paris
    for site in (1, 2):
        here.store([make_hit(at(RAW_LIMIT, "10:00"), site=site)])
    retention.enforce(here.warehouse, here.settings, here.clock)
    assert [row["site"] for row in here.warehouse.query("SELECT site FROM hits")] == [1]


def _consent(given: datetime, method: Method, yes: bool = False, **fields: Any) -> ConsentRecord:
    purposes = {"necessary": True, "analytics": yes}
    return ConsentRecord(
        id=str(uuid.uuid4()), site=1, ts=int(given.timestamp() * 1000), method=method, purposes=purposes, **fields
    )


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


GIVEN = datetime(2026, 1, 15, 10, tzinfo=UTC)
LAPSED = add_months_to_instant(GIVEN, 6)
WITHDRAWN = GIVEN + timedelta(days=40)
YES = _consent(GIVEN, Method.ACCEPT_ALL, True, expires=_ms(LAPSED))


@pytest.mark.parametrize(
    ("records", "kept_until"),
    [
        pytest.param([YES], add_months_to_instant(LAPSED, 60), id="a yes: 5 years after it lapsed"),
        pytest.param(
            [YES, _consent(WITHDRAWN, Method.WITHDRAW, follows=YES.id)],
            add_months_to_instant(WITHDRAWN, 60),
            id="a yes withdrawn: 5 years after that, and the withdrawal as long",
        ),
        pytest.param(
            [_consent(GIVEN, Method.SAVE, services={"kino": True}, expires=_ms(LAPSED))],
            add_months_to_instant(LAPSED, 60),
            id="a yes to one service of a refused purpose: as any yes",
        ),
        pytest.param(
            [_consent(GIVEN, Method.OPT_IN, True, expires=_ms(LAPSED))],
            add_months_to_instant(GIVEN, 24),
            id="opting back in: as opting out",
        ),
        pytest.param([_consent(GIVEN, Method.REJECT_ALL)], add_months_to_instant(GIVEN, 6), id="a refusal: 6 months"),
        pytest.param(
            [_consent(GIVEN, Method.SAVE)], add_months_to_instant(GIVEN, 6), id="saved with nothing on: 6 months"
        ),
        *(
            pytest.param([_consent(GIVEN, method)], add_months_to_instant(GIVEN, 24), id=f"{method}: 24 months")
            for method in (Method.GPC, Method.DO_NOT_SELL, Method.OBJECTION)
        ),
    ],
)
def test_the_ledger(here: World, records: list[ConsentRecord], kept_until: datetime) -> None:
    here.warehouse.insert("consents", [msgspec.json.encode(record) for record in records], "token")

    def left_at(moment: datetime) -> object:
        here.clock.move_to(moment)
        prune(here.warehouse, here.clock, LedgerKeys([bytes(32)]))
        return here.warehouse.query("SELECT count() AS rows FROM consents")[0]["rows"]

    assert left_at(kept_until - timedelta(seconds=1)) == len(records)
    assert left_at(kept_until + timedelta(seconds=1)) == 0


def test_dead_letters_of_hits_go_with_the_hits(here: World) -> None:
    def letter(table: str, age: timedelta) -> bytes:
        row = {
            "id": str(uuid.uuid4()),
            "ts": _ms(NOW - age),
            "table_name": table,
            "payload": "{}",
            "error": "",
            "token": "",
        }
        return msgspec.json.encode(row)

    new, old = timedelta(days=10), timedelta(days=396)
    letters = [letter("hits", new), letter("hits", old), letter("consents", old)]
    here.warehouse.command("SYSTEM STOP TTL MERGES dead_letters")
    here.warehouse.insert("dead_letters", letters, "token")
    here.clock.advance(timedelta(days=1))
    retention.enforce(here.warehouse, here.settings, here.clock)
    left = here.warehouse.query("SELECT table_name FROM dead_letters ORDER BY ts")
    assert [row["table_name"] for row in left] == ["consents", "hits"]


def test_the_report(here: World) -> None:
    empty = {row["table"]: row for row in retention.report(here.warehouse, here.settings, here.clock)}
    assert {row["rows"] for row in empty.values()} == {0} and {row["oldest"] for row in empty.values()} == {""}
    here.store([make_hit(at(date(2026, 11, 1), "10:00")), make_hit(NOW)])
    here.rollup.run()
    rows = {row["table"]: row for row in retention.report(here.warehouse, here.settings, here.clock)}
    names = ["hits", "visits", "facts", "audience", "rollups", "tallies", "consents", "notices", "dead_letters"]
    assert list(rows) == names
    assert rows["hits"] | {"bytes": 0} == {
        "table": "hits",
        "limit": "13 months",
        "oldest": "2026-11-01",
        "next_deletion": "2027-12-02",
        "rows": 2,
        "bytes": 0,
    }
    assert rows["visits"]["next_deletion"] == "2028-12-02"
    assert int(rows["hits"]["bytes"]) > 0
