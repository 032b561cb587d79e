"""Erasing: rows leave journal, dead letters and tables, later ones do not come back, and figures are made of what remains."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from gateway.clock import add_months
from gateway.delivery.dead_letters import DeadLetter
from gateway.erasure.held import held
from gateway.erasure.looks import SETTLED
from gateway.hits import Hit
from gateway.reports.run import StatsQuery
from tests.erasure.erasures import Erasures, figures
from tests.warehouse.worlds import TODAY, Engine, at, days_before, make_hit, world

LARGEST = 2**64 - 1  # no signed number holds it
DAY = days_before(3)
FIRST = days_before(20)
NOTHING = {"hits": 0, "visits": 0, "facts": 0, "dead_letters": 0}


def visit(visitor: int, day: int = 3, clock: str = "10:00", anon: int | None = None, **fields: Any) -> list[Hit]:
    """Two page views a minute apart."""
    begin = at(days_before(day), clock)
    who: dict[str, Any] = {
        "visitor": visitor,
        "anon": anon if anon is not None else visitor % 1000 + 1,
        "country": "FR",
        **fields,
    }
    return [
        make_hit(begin, **{"path": "/", "title": "Start", **who}),
        make_hit(begin + timedelta(minutes=1), **{"path": "/shop", "title": "Shop", **who}),
    ]


def assert_as_if_never_came(there: Erasures, engine: Engine, remaining: list[Hit]) -> None:
    with world(engine) as other:
        other.store(remaining)
        other.rollup.run()
        expected, found = figures(other.reports, FIRST), figures(there.reports, FIRST)
    for asked in expected:
        assert found[asked] == expected[asked], asked


def test_what_is_held_goes_and_the_figures_are_those_of_the_others(there: Erasures, engine: Engine) -> None:
    mine = visit(LARGEST) + visit(LARGEST, day=2) + visit(LARGEST, day=2, clock="12:00", test=True)
    others = visit(5) + visit(5, day=1) + visit(6, day=2)
    there.accept(mine + others)
    there.deliver()
    there.rollup.run()
    found = held(there.world.warehouse, there.world.settings, 1, [LARGEST, 99])
    assert found is not None and (found.visits, found.pageviews) == (3, 6)
    there.tombstones.erase(1, [LARGEST])
    assert there.work() == 0, "the open segment still holds rows"
    assert there.count([LARGEST]) == NOTHING, "the tables do not wait for it"
    [listed] = there.erasing.listed(True, 10)
    assert str(listed["waits_for"]).startswith("journal ")
    assert there.finish() == 1
    assert not list(there.journal.glob("*.segment"))
    assert held(there.world.warehouse, there.world.settings, 1, [LARGEST]) is None
    [listed] = there.erasing.listed(False, 10)
    assert listed["done"] and listed["removed"] > 6
    assert there.metrics.registry.get_sample_value("gateway_erased_rows_total", {"place": "hits"}) == 6
    assert there.metrics.registry.get_sample_value("gateway_erasures_total") == 1
    assert_as_if_never_came(there, engine, others)


def test_rows_in_the_journal_are_never_stored(there: Erasures, engine: Engine) -> None:
    others = visit(6)
    there.accept(visit(5) + others)
    there.tombstones.erase(1, [5])
    there.deliver()
    assert there.count([5]) == NOTHING
    there.accept(visit(5, day=1))
    assert there.work() == 0 and there.count([5]) == NOTHING
    assert there.finish() == 1
    assert there.metrics.registry.get_sample_value("gateway_erased_rows_total", {"place": "journal"}) == 4
    assert_as_if_never_came(there, engine, others)


def test_a_late_row_after_it_was_done_is_held_back_and_the_erasure_done_again(there: Erasures) -> None:
    there.accept(visit(5))
    there.deliver()
    there.tombstones.erase(1, [5])
    there.finish()
    there.accept(visit(5, day=2))
    assert there.work() == 0 and there.count([5]) == NOTHING
    assert there.finish() == 1 and there.count([5]) == NOTHING


def test_another_site_keeps_the_same_number(there: Erasures) -> None:
    there.accept(visit(5) + visit(5, site=2))
    there.deliver()
    there.rollup.run()
    there.tombstones.erase(1, [5])
    there.finish()
    assert there.world.warehouse.query("SELECT site, count() AS rows FROM hits GROUP BY site") == [
        {"site": 2, "rows": 2}
    ]


def test_hits_without_an_id_that_count_as_its_visit_go_with_it(there: Erasures, engine: Engine) -> None:
    before_the_answer = [make_hit(at(DAY, "09:40"), anon=50, country="FR"), make_hit(at(DAY, "10:20"), anon=50)]
    of_another_visit = [make_hit(at(DAY, "12:00"), anon=50, country="FR")]
    of_two_ids = [make_hit(at(DAY, "15:10"), anon=60)]
    remaining = of_another_visit + of_two_ids + visit(6, clock="15:00", anon=60)
    there.accept(before_the_answer + visit(5, anon=50) + remaining)
    there.deliver()
    there.rollup.run()
    found = held(there.world.warehouse, there.world.settings, 1, [5])
    assert found is not None and found.pageviews == 4
    there.tombstones.erase(1, [5])
    there.finish()
    assert_as_if_never_came(there, engine, remaining)


def test_hits_without_an_id_stay_that_came_after_the_erasure(there: Erasures, engine: Engine) -> None:
    now = there.world.clock.now()
    before = [make_hit(now - timedelta(minutes=9), anon=50), make_hit(now - timedelta(minutes=5), anon=50, visitor=5)]
    there.accept(before)
    there.deliver()
    there.tombstones.erase(1, [5])
    after = [make_hit(now + timedelta(minutes=2), anon=50), make_hit(now + timedelta(minutes=3), anon=50, path="/shop")]
    there.accept(after)
    there.deliver()
    there.finish()
    assert_as_if_never_came(there, engine, after)


def test_who_comes_after_the_erasure_is_not_given_the_hits_before_it(there: Erasures, engine: Engine) -> None:
    now = there.world.clock.now()
    there.accept(
        [make_hit(now - timedelta(minutes=9), anon=50), make_hit(now - timedelta(minutes=5), anon=50, visitor=5)]
    )
    there.deliver()
    there.tombstones.erase(1, [5])
    after = [make_hit(now + timedelta(minutes=2), anon=50, visitor=6, path="/shop")]
    there.accept(after)
    there.deliver()
    there.finish()
    assert_as_if_never_came(there, engine, after)


def test_hits_without_an_id_go_though_the_rows_with_it_were_never_stored(there: Erasures, engine: Engine) -> None:
    early = [make_hit(at(DAY, "09:15"), anon=50), make_hit(at(DAY, "09:40"), anon=50)]
    remaining = [make_hit(at(DAY, "12:00"), anon=50)]
    there.accept(early + remaining)
    there.deliver()
    there.accept(visit(5, anon=50))
    there.tombstones.erase(1, [5])
    there.finish()
    assert_as_if_never_came(there, engine, remaining)


def test_dead_letters_go_even_those_that_are_no_json(there: Erasures) -> None:
    row = msgspec.json.encode(visit(LARGEST)[0]).decode()
    letters = [row, row[:-5], msgspec.json.encode(visit(6)[0]).decode(), row.replace('"site":1', '"site":2')]
    there.world.warehouse.insert(
        "dead_letters",
        [
            msgspec.json.encode(
                DeadLetter(
                    id=f"00000000-0000-0000-0000-00000000000{n}",
                    ts=int(there.clock.timestamp() * 1000),
                    table_name="hits",
                    payload=payload,
                    error="",
                    token="t",
                )
            )
            for n, payload in enumerate(letters)
        ],
        "letters",
    )
    there.tombstones.erase(1, [LARGEST])
    assert there.finish() == 1
    ids = there.world.warehouse.query("SELECT toString(id) AS id FROM dead_letters ORDER BY id")
    assert [str(row["id"])[-1] for row in ids] == ["2", "3"]


def test_where_raw_hits_have_expired_visits_and_facts_go_alone(there: Erasures) -> None:
    old = add_months(TODAY, -14)
    days = (TODAY - old).days
    there.accept(visit(5, day=days) + visit(6, day=days) + visit(6, day=days - 1) + visit(5, day=2))
    there.deliver()
    there.rollup.days(1, [old, old + timedelta(days=1)])
    there.rollup.run()
    there.world.warehouse.command("DELETE FROM hits WHERE day < {day:Date}", {"day": add_months(TODAY, -13)})
    before = there.reports.run(since(old))
    assert before.totals["visitors"] == 2 and before.totals["visits"] == 4
    there.tombstones.erase(1, [5])
    there.finish()
    assert there.count([5]) == NOTHING
    after = there.reports.run(since(old))
    assert after.totals["visitors"] == 1 and after.totals["visits"] == 2
    counted = there.world.warehouse.query("SELECT visits FROM rollups WHERE day = {day:Date}", {"day": old})
    assert {row["visits"] for row in counted} == {1}


def since(first: date) -> StatsQuery:
    return StatsQuery(site=1, first=first, last=TODAY)


def test_killed_at_every_step_it_finishes_later(there: Erasures, engine: Engine) -> None:
    remaining = visit(6, clock="08:00")
    there.accept(remaining)
    visitors = range(1001, 1041)
    for visitor in visitors:
        there.accept([*visit(visitor, anon=visitor), make_hit(at(DAY, "09:50"), anon=visitor)])
    there.end_segment()
    there.deliver()
    there.rollup.days(1, [DAY])
    for step, visitor in enumerate(visitors, 1):
        there.tombstones.erase(1, [visitor])
        there.clock.advance(timedelta(seconds=SETTLED))
        there.looks.look()
        killed = there.crash_at(step)
        assert there.erasing.run() == (1 if killed else 0) and there.count([visitor]) == NOTHING, step
        if not killed:
            break
    assert 9 < step < len(visitors)
    there.tombstones.erase(1, list(visitors[step:]))
    there.finish()
    assert_as_if_never_came(there, engine, remaining)


def test_a_restored_warehouse_is_erased_again(there: Erasures, engine: Engine) -> None:
    mine, others = visit(5), visit(6)
    there.accept(mine + others)
    there.deliver()
    there.rollup.run()
    there.tombstones.erase(1, [5])
    there.finish()
    there.world.store(mine)  # as a backup puts them back, past the journal
    there.rollup.run(full=True)
    assert there.count([5])["visits"] == 1
    assert there.erasing.replay() == 1
    assert there.finish() == 1 and there.count([5]) == NOTHING
    assert_as_if_never_came(there, engine, others)


def test_a_journal_that_cannot_be_searched_is_waited_for_until_forgotten(there: Erasures) -> None:
    there.accept(visit(5))
    there.tombstones.erase(1, [5])
    damaged = there.journal / "x.damaged"
    damaged.write_bytes(b"")
    there.end_segment()
    there.clock.advance(timedelta(seconds=10))
    assert there.work() == 0
    damaged.unlink()
    assert there.work() == 1
    there.tombstones.erase(1, [6])
    [journal] = there.looks.known()
    assert there.looks.forget(journal.id) and not there.looks.forget(journal.id)
    there.erasing.run()
    assert there.erasing.listed(True, 10)[0]["waits_for"] == "a first look at the journal"
    assert there.finish() == 1
