"""A ledger that is whole verifies; whatever is altered, taken out or moved is named (RULES.md E7, Evidence)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.clock import add_months_to_instant
from gateway.consent import checkpoints
from gateway.consent.ledger import Link
from gateway.consent.pruning import prune
from gateway.consent.record import ConsentRecord, Method
from gateway.consent.signing import LedgerKeys
from tests.ledger.ledgers import BEGUN, KEYS, Writer, record, rewrite, verdict
from tests.warehouse.worlds import World

Rows = list[dict[str, Any]]


def three_chains(here: World) -> list[Writer]:
    """Two writers at once; the first was restarted in between."""
    first, second = Writer(here.warehouse), Writer(here.warehouse)
    first.write([record(number) for number in range(6)])
    second.write([record(number) for number in range(4)])
    before = Writer(here.warehouse)
    before.chain, before.seq, before.head = first.chain, first.seq, first.head
    first.restart()
    first.write([record(number) for number in range(10, 15)])
    return [before, first, second]


def test_a_whole_ledger(here: World) -> None:
    assert verdict(here.warehouse) == (0, 0, 0, 0, [])
    writers = three_chains(here)
    found = verdict(here.warehouse, *(writer.last for writer in writers))
    assert found.whole and (found.chains, found.rows) == (3, 15)


def test_a_row_stored_twice_is_one_row(here: World) -> None:
    three_chains(here)
    rewrite(here.warehouse, lambda rows: [*rows, dict(rows[3])])
    assert verdict(here.warehouse).whole


def _altered(rows: Rows) -> Rows:
    rows[2]["country"] = "XX"
    return rows


def _swapped(rows: Rows) -> Rows:
    for name in ("id", "ts", "purposes", "method"):
        rows[2][name], rows[3][name] = rows[3][name], rows[2][name]
    return rows


def _moved(rows: Rows) -> Rows:
    rows[2]["seq"], rows[3]["seq"] = rows[3]["seq"], rows[2]["seq"]
    return rows


@pytest.mark.parametrize(
    ("change", "seq", "what"),
    [
        pytest.param(_altered, 3, "was altered", id="altered"),
        pytest.param(_swapped, 3, "was altered", id="two rows swapped"),
        pytest.param(_moved, 3, "does not follow", id="two rows moved"),
        pytest.param(
            lambda rows: [*rows, {**rows[2], "country": "XX"}], 3, "has a twin that was altered", id="a forged twin"
        ),
        pytest.param(
            lambda rows: [*rows, {**rows[2], "chain": "", "seq": 0}], 0, "1 row(s) stand in no chain", id="in no chain"
        ),
        pytest.param(lambda rows: rows[:2] + rows[3:], 3, "missing: no row 3,", id="one missing"),
        pytest.param(lambda rows: rows[:1] + rows[4:], 2, "missing: no row 2 to 4,", id="several missing"),
        pytest.param(lambda rows: rows[1:], 1, "missing: no row 1,", id="the first missing"),
        pytest.param(
            lambda rows: [*rows, {**rows[2], "country": "XX", "hash": "f" * 64}], 3, "two different", id="added"
        ),
    ],
)
def test_tampering_is_named(here: World, change: Callable[[Rows], Rows], seq: int, what: str) -> None:
    Writer(here.warehouse).write([record(number) for number in range(8)])
    rewrite(here.warehouse, change)
    [flaw] = verdict(here.warehouse).flaws
    assert flaw.seq == seq
    assert what in flaw.what


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_changed_field_is_found(here: World, data: st.DataObject) -> None:
    here.warehouse.command("TRUNCATE TABLE consents")
    Writer(here.warehouse).write([record(number) for number in range(4)])
    at = data.draw(st.integers(0, 3), label="row")
    name = data.draw(st.sampled_from(ConsentRecord.__struct_fields__), label="field")
    other: dict[type, Callable[[Any], Any]] = {
        str: lambda _: "f" * 64,
        # Not a time long ago: such a row the table itself would delete as too old.
        int: lambda number: number + 7,
        bool: lambda flag: not flag,
        dict: lambda _: {"zeta": True, "more": True},
    }

    def change(rows: Rows) -> Rows:
        rows[at][name] = other[type(rows[at][name])](rows[at][name])
        return rows

    rewrite(here.warehouse, change)
    assert not verdict(here.warehouse).whole


def test_the_end_of_a_chain_is_missed_by_its_successor_and_by_published_heads(here: World) -> None:
    before, first, second = three_chains(here)
    rewrite(here.warehouse, lambda rows: [row for row in rows if (row["chain"], row["seq"]) != (before.chain, 6)])
    [flaw] = verdict(here.warehouse).flaws
    assert (flaw.chain, flaw.what) == (first.chain, "the chain that it follows, or that chain's end, is missing")
    rewrite(here.warehouse, lambda rows: [row for row in rows if (row["chain"], row["seq"]) != (second.chain, 4)])
    assert second.chain not in {flaw.chain for flaw in verdict(here.warehouse).flaws}, "nobody knows of it"
    flaws = verdict(here.warehouse, second.last).flaws
    assert (second.chain, 4, "missing: the published head knows this row") in flaws
    waiting = verdict(here.warehouse, second.last._replace(waiting=True))
    assert waiting.waiting == 1 and second.chain not in {flaw.chain for flaw in waiting.flaws}


def test_a_ledger_made_anew_contradicts_the_published_head(here: World) -> None:
    writer = Writer(here.warehouse)
    writer.write([record(number) for number in range(3)])
    head = writer.last
    here.warehouse.command("TRUNCATE TABLE consents")
    writer.seq, writer.head = 0, "0" * 64
    writer.write([record(number) for number in range(3)])
    assert verdict(here.warehouse).whole, "by itself it looks whole"
    assert verdict(here.warehouse, head).flaws == [
        (head.chain, 3, "was altered: the published head has another hash"),
    ]


def test_pruned_is_not_missing(here: World) -> None:
    """Refusals go after 6 months, from the middle of chains; opt-outs after 24; a yes 5 years after it lapsed."""
    writer = Writer(here.warehouse)
    kinds = [
        Method.REJECT_ALL,
        Method.ACCEPT_ALL,
        Method.REJECT_ALL,
        Method.REJECT_ALL,
        Method.DO_NOT_SELL,
        Method.SAVE,
    ]
    writer.write([record(number, kinds[number % 6]) for number in range(30)])
    writer.restart()
    writer.write([record(40, Method.REJECT_ALL), record(41)])
    for months, left in [(6, 32), (7, 16), (25, 11), (65, 11), (67, 0)]:
        here.clock.move_to(add_months_to_instant(BEGUN, months))
        prune(here.warehouse, here.clock, KEYS)
        found = verdict(here.warehouse, writer.last)
        assert found.whole, found.flaws
        assert (found.rows, found.pruned) == (left, 32 - left)


def test_what_was_pruned_cannot_be_claimed_by_others(here: World) -> None:
    writer = Writer(here.warehouse)
    writer.write([record(number) for number in range(5)])
    decode = msgspec.json.Decoder(Link).decode
    links = [decode(line) for line in here.warehouse.lines("SELECT chain, seq, prev, hash FROM consents WHERE seq = 3")]
    forged = [gap.signed(LedgerKeys([b"x" * 32])) for gap in checkpoints.covering(links, 1)]
    checkpoints.store(here.warehouse, forged, "forged")
    rewrite(here.warehouse, lambda rows: [row for row in rows if row["seq"] != 3])
    whats = [flaw.what for flaw in verdict(here.warehouse).flaws]
    assert whats[0] == "a checkpoint is not signed with the ledger's key"
    assert "missing: no row 3," in whats[1]


def test_a_crash_between_checkpoint_and_deletion(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(here.warehouse)
    writer.write([record(number, Method.REJECT_ALL) for number in range(5)] + [record(9)])
    here.clock.move_to(add_months_to_instant(BEGUN, 6) + timedelta(seconds=3))
    with monkeypatch.context() as crash:
        crash.setattr(here.warehouse, "command", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            prune(here.warehouse, here.clock, KEYS)
    assert verdict(here.warehouse).whole
    here.clock.advance(timedelta(days=1))
    assert prune(here.warehouse, here.clock, KEYS) == 5
    assert verdict(here.warehouse).whole


def test_what_was_altered_is_not_pruned_under_our_signature(here: World) -> None:
    writer = Writer(here.warehouse)
    writer.write([record(number, Method.REJECT_ALL) for number in range(5)])

    def backdate(rows: Rows) -> Rows:
        rows[2]["country"] = "XX"
        return rows

    rewrite(here.warehouse, backdate)
    here.clock.move_to(add_months_to_instant(BEGUN, 7))
    assert prune(here.warehouse, here.clock, KEYS) == 4
    found = verdict(here.warehouse)
    assert (found.rows, found.pruned) == (1, 4)
    assert [(flaw.seq, flaw.what) for flaw in found.flaws] == [(3, "was altered")]
    assert prune(here.warehouse, here.clock, KEYS) == 0


def test_pages_of_pruning(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.consent.pruning.PAGE", 3)
    three_chains(here)
    here.clock.move_to(add_months_to_instant(BEGUN, 70))
    assert prune(here.warehouse, here.clock, KEYS) == 15
    found = verdict(here.warehouse)
    assert found.whole and (found.rows, found.pruned) == (0, 15)
