"""Delivery: everything once, whatever the warehouse does."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from gateway.metrics import Metrics
from tests.delivery.stores import MemoryStore, hit, make_deliverer
from tests.journal.journals import append_all, make_journal


def sample(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def test_records_arrive_within_a_second_while_the_segment_is_open(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        deliverer, metrics = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await deliverer.start()
        begun = time.monotonic()
        await append_all(journal, "hits", *[hit(n) for n in range(50)])
        await journal.append("consents", [b'{"id":"a"}'])
        while len(store.ids("hits")) < 50 or not store.ids("consents"):
            assert time.monotonic() - begun < 1.0
            await asyncio.sleep(0.01)
        await deliverer.flush()
        assert deliverer.lag() == 0.0
        assert sample(metrics, "gateway_delivered_rows_total", table="hits") == 50
        assert sample(metrics, "gateway_journal_records") == 0
        await asyncio.sleep(0.7)
        assert journal.pending()[0] == 0
        assert len(list(tmp_path.glob("*.segment"))) == 1
        journal.close()
        await deliverer.stop()

    asyncio.run(run())
    assert [path.name for path in tmp_path.iterdir()] == ["writer-0.lock"], "stored segments are unlinked whole"


def test_an_outage_is_waited_out(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        store.down = True
        deliverer, metrics = make_deliverer(tmp_path, store, batch_rows=100)
        journal = make_journal(tmp_path, segment_bytes=100_000)
        journal.open()
        await deliverer.start()
        for n in range(20):
            await append_all(journal, "hits", *[hit(n * 50 + k) for k in range(50)])
            await asyncio.sleep(0.02)
        assert store.ids("hits") == []
        await asyncio.sleep(0.3)
        assert deliverer.lag() > 0.3
        assert sample(metrics, "gateway_warehouse_up") == 0
        assert sample(metrics, "gateway_delivery_failures_total", table="hits", kind="unavailable") > 1
        store.down = False
        await deliverer.flush()
        assert store.ids("hits") == sorted(hit(n) for n in range(1000))
        assert sample(metrics, "gateway_warehouse_up") == 1
        assert store.inserts < 60, "what came in during the outage goes in large batches"
        journal.close()
        await deliverer.stop()

    asyncio.run(run())


def test_a_table_in_trouble_does_not_hold_up_the_others_for_long(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        store.down = {"hits"}
        deliverer, _ = make_deliverer(tmp_path, store, batch_rows=20)
        journal = make_journal(tmp_path)
        journal.open()
        await deliverer.start()
        for n in range(100):
            await journal.append("hits", [hit(n)])
            await journal.append("consents", [b"%d" % n])
        while len(store.ids("consents")) < 80:
            await asyncio.sleep(0.02)
        assert store.ids("hits") == []
        store.down = False
        journal.close()
        await deliverer.stop()
        assert len(store.ids("hits")) == len(store.ids("consents")) == 100

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_lost_reply_counts_nothing_twice(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        deliverer, _ = make_deliverer(tmp_path, store, batch_rows=30)
        journal = make_journal(tmp_path)
        journal.open()
        await deliverer.start()
        for n in range(10):
            store.lose_replies = n % 3
            await append_all(journal, "hits", *[hit(n * 40 + k, f"2026-1{k % 2}-05") for k in range(40)])
            await asyncio.sleep(0.03)
        await deliverer.flush()
        journal.close()
        await deliverer.stop()
        assert store.ids("hits") == sorted(hit(n * 40 + k, f"2026-1{k % 2}-05") for n in range(10) for k in range(40))

    asyncio.run(run())


def test_each_month_is_an_insert_of_its_own(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        deliverer, _ = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(n, f"20{n % 25 + 10}-{n % 12 + 1:02}-01") for n in range(300)])
        await deliverer.start()
        await deliverer.flush()
        journal.close()
        await deliverer.stop()
        assert len(store.ids("hits")) == 300
        assert len(store.tokens) == 300
        for token, lines in store.tokens.items():
            months = {json.loads(line)["day"][:7].replace("-", "") for line in lines}
            assert months == {token.rpartition(":")[2]}

    asyncio.run(run())


@pytest.mark.parametrize("bad", [{0}, {99}, {37}, {3, 4, 60}, set(range(20, 30))])
def test_poison_rows_are_set_aside_and_the_rest_is_stored(tmp_path: Path, bad: set[int]) -> None:
    poison = {hit(n) for n in bad}

    async def run() -> None:
        store = MemoryStore()
        store.poison = poison.__contains__
        store.lose_replies = 2
        deliverer, metrics = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(n) for n in range(100)])
        await deliverer.start()
        await deliverer.flush()
        assert store.ids("hits") == sorted({hit(n) for n in range(100)} - poison)
        letters = [json.loads(line) for line in store.ids("dead_letters")]
        assert {letter["payload"].encode() for letter in letters} == poison
        assert len({letter["id"] for letter in letters}) == len(poison)
        assert {letter["table_name"] for letter in letters} == {"hits"}
        assert all(letter["error"] == "bad row" and letter["ts"] > 1e12 for letter in letters)
        assert sample(metrics, "gateway_dead_letters_total", table="hits") == len(poison)
        journal.close()
        await deliverer.stop()

    asyncio.run(run())
    assert not list(tmp_path.glob("*.segment"))


def test_poison_that_no_json_can_carry_is_set_aside_too(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        store.poison = lambda line: line == b"\xff\xfe{"
        deliverer, _ = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(1), b"\xff\xfe{", hit(2)])
        await deliverer.start()
        await deliverer.flush()
        journal.close()
        await deliverer.stop()
        assert store.ids("hits") == [hit(1), hit(2)]
        (letter,) = store.ids("dead_letters")
        assert json.loads(letter)["payload"] == "\\xff\\xfe{"

    asyncio.run(run())


def test_rejection_while_the_dead_letter_table_is_away_waits_and_loses_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        store.down = {"dead_letters"}
        store.poison = lambda line: line == hit(3)
        deliverer, _ = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(n) for n in range(10)])
        await deliverer.start()
        await asyncio.sleep(0.5)
        await deliverer.stop(drain=False)
        store.down = False
        deliverer, _ = make_deliverer(tmp_path, store)
        await deliverer.start()
        await deliverer.flush()
        journal.close()
        await deliverer.stop()
        assert store.ids("hits") == sorted(hit(n) for n in range(10) if n != 3)
        assert len(store.ids("dead_letters")) == 1

    asyncio.run(run())


def test_emptied_and_refilled_many_times_no_token_comes_back(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        for n in range(25):
            journal = make_journal(tmp_path)
            journal.open()
            deliverer, _ = make_deliverer(tmp_path, store)
            await deliverer.start()
            await append_all(journal, "hits", *[hit(n * 100 + k) for k in range(100)])
            journal.close()
            await deliverer.stop()
            assert len(store.ids("hits")) == (n + 1) * 100
            assert not list(tmp_path.glob("*.segment"))

    asyncio.run(run())


def test_a_defect_in_the_warehouse_class_does_not_end_delivery(tmp_path: Path) -> None:
    class Defective(MemoryStore):
        failures = 3

        def insert(self, table: str, lines: object, token: str) -> None:
            if self.failures:
                self.failures -= 1
                raise ValueError("a defect")
            super().insert(table, lines, token)  # type: ignore[arg-type]

    async def run() -> None:
        store = Defective()
        deliverer, metrics = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(1)])
        await deliverer.start()
        await deliverer.flush()
        journal.close()
        await deliverer.stop()
        assert store.ids("hits") == [hit(1)]
        assert sample(metrics, "gateway_delivery_failures_total", table="hits", kind="unexpected") == 3

    asyncio.run(run())


def test_stop_does_not_wait_longer_than_it_was_told(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        store.down = True
        deliverer, _ = make_deliverer(tmp_path, store)
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(1)])
        await deliverer.start()
        journal.close()
        begun = time.monotonic()
        await deliverer.stop(timeout=0.5)
        assert time.monotonic() - begun < 1.5
        store.down = False
        deliverer, _ = make_deliverer(tmp_path, store)
        await deliverer.start()
        await deliverer.stop()
        assert store.ids("hits") == [hit(1)]

    asyncio.run(run())


def test_damaged_notes_send_the_segment_anew(tmp_path: Path) -> None:
    async def run() -> None:
        store = MemoryStore()
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [hit(n) for n in range(10)])
        (segment,) = tmp_path.glob("*.segment")
        journal.close()
        segment.with_suffix(".delivery").write_bytes(b"garbage" * 1000)
        deliverer, _ = make_deliverer(tmp_path, store)
        await deliverer.start()
        await deliverer.stop()
        assert len(store.ids("hits")) == 10

    asyncio.run(run())
    assert len(list(tmp_path.glob("*.damaged-delivery"))) == 1


def test_a_gateway_without_traffic_leaves_nothing_and_complains_about_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        deliverer, _ = make_deliverer(tmp_path, MemoryStore())
        journal = make_journal(tmp_path)
        journal.open()
        await deliverer.start()
        await asyncio.sleep(0.2)
        journal.close()
        await asyncio.sleep(0.2)
        await deliverer.stop()

    asyncio.run(run())
    assert [path.name for path in tmp_path.iterdir()] == ["writer-0.lock"]
    assert not caplog.records
