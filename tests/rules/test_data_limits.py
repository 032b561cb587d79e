"""What is kept ends to the second: figures at 25 months, raw hits at 13, proof, refusals and opt-outs in the ledger (E9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import add_months, add_months_to_instant
from gateway.consent import checkpoints
from gateway.consent.pruning import prune
from gateway.consent.record import Method
from gateway.reports.run import StatsQuery
from gateway.warehouse import retention
from tests.ledger.ledgers import BEGUN, KEYS, Writer, record, verdict
from tests.warehouse.worlds import World, at, make_hit

SECOND = timedelta(seconds=1)
DAY = date(2026, 11, 10)
FOR_EVER = ("hits", "visits", "facts", "rollups")


def without_ttl(here: World) -> None:
    """The database's own clock is not the frozen one."""
    for table in FOR_EVER:
        here.warehouse.command(f"SYSTEM STOP TTL MERGES {table}")


@pytest.mark.parametrize(("site", "zone"), [(1, "UTC"), (2, "Europe/Paris")])
def test_a_day_is_answered_through_its_last_second_and_then_never_again(here: World, site: int, zone: str) -> None:
    """RULES.md E9: 25 months, by the calendar of the site; after the next run no table has it."""
    without_ttl(here)
    here.store([make_hit(at(DAY, "10:00", zone), zone=zone, site=site)])
    here.rollup.run(full=True)
    query = StatsQuery(site=site, first=DAY, last=DAY)
    last_day = add_months(DAY, 25)
    over = datetime.combine(last_day, datetime.min.time(), ZoneInfo(zone)) + timedelta(days=1)

    here.clock.move_to((over - SECOND).astimezone(UTC))
    assert here.reports.run(query).totals["visits"] == 1
    retention.enforce(here.warehouse, here.settings, here.clock)
    assert here.reports.run(query).totals["visits"] == 1

    here.clock.move_to(over.astimezone(UTC))
    assert here.reports.run(query).totals["visits"] == 0, "in no answer, though still in the tables"
    assert rows(here, "visits") == 1
    retention.enforce(here.warehouse, here.settings, here.clock)
    assert [rows(here, table) for table in FOR_EVER] == [0, 0, 0, 0]


def test_raw_hits_go_after_thirteen_months_and_figures_stay(here: World) -> None:
    without_ttl(here)
    here.store([make_hit(at(DAY, "10:00"))])
    here.rollup.run(full=True)
    over = datetime.combine(add_months(DAY, 13), datetime.min.time(), UTC) + timedelta(days=1)
    for moment, left in ((over - SECOND, 1), (over, 0)):
        here.clock.move_to(moment)
        retention.enforce(here.warehouse, here.settings, here.clock)
        assert rows(here, "hits") == left
    assert here.reports.run(StatsQuery(site=1, first=DAY, last=DAY)).totals["visits"] == 1


LAPSES = record(0).expires - record(0).ts  # milliseconds


@pytest.mark.parametrize(
    ("method", "months", "counted_from"),
    [
        pytest.param(Method.REJECT_ALL, 6, BEGUN, id="a refusal: 6 months"),
        pytest.param(Method.DO_NOT_SELL, 24, BEGUN, id="an opt-out: 24 months"),
        pytest.param(Method.GPC, 24, BEGUN, id="an opt-out by signal: 24 months"),
        pytest.param(
            Method.ACCEPT_ALL, 60, BEGUN + timedelta(milliseconds=LAPSES), id="proof: 60 months after it lapsed"
        ),
    ],
)
def test_the_ledger_keeps_a_row_to_the_second_and_then_a_checkpoint(
    here: World, method: Method, months: int, counted_from: datetime
) -> None:
    """RULES.md, Evidence: what was pruned stays told apart from what is missing. The row after it stays for years more."""
    writer = Writer(here.warehouse)
    last = record(1, at=BEGUN + timedelta(days=3650))
    writer.write([record(0, method, at=BEGUN), last])
    ends = add_months_to_instant(counted_from, months)

    here.clock.move_to(ends - SECOND)
    assert prune(here.warehouse, here.clock, KEYS) == 0
    assert (rows(here, "consents"), checkpoints.stored(here.warehouse)) == (2, [])

    here.clock.move_to(ends + SECOND)
    assert prune(here.warehouse, here.clock, KEYS) == 1
    (left,) = checkpoints.stored(here.warehouse)
    assert (left.first_seq, left.last_seq, left.is_genuine(KEYS)) == (1, 1, True)
    found = verdict(here.warehouse, writer.last)
    assert (found.whole, found.rows, found.pruned) == (True, 1, 1), found.flaws


def rows(here: World, table: str) -> object:
    return here.warehouse.query(f"SELECT count() AS rows FROM {table}")[0]["rows"]
