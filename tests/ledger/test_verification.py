"""Verification in the background: one at a time among all workers, its verdict kept for whoever looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.consent import heads
from gateway.consent.verification import SILENCE, Finding, Verification
from gateway.errors import WarehouseUnavailable
from gateway.state.database import State
from gateway.state.leases import Leases
from gateway.warehouse.connection import Warehouse
from tests.ledger.ledgers import KEYS, Writer, record, rewrite
from tests.warehouse.worlds import World


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def make(here: World, state: State, folder: Path, warehouse: Warehouse | None = None) -> Verification:
    return Verification(warehouse or here.warehouse, state, here.clock, folder, KEYS)


def found(verification: Verification) -> Finding:
    """What a new run finds."""
    ended = threading.Event()
    findings: list[Finding] = []

    def take(finding: Finding) -> None:
        findings.append(finding)
        ended.set()

    assert verification.start("ann", take)
    assert ended.wait(60)
    verification.close()
    last = verification.last()
    assert last is not None and last.finding == findings[0] and last.started_by == "ann"
    return findings[0]


def test_its_verdict_is_kept(here: World, state: State, tmp_path: Path) -> None:
    assert make(here, state, tmp_path).last() is None
    Writer(here.warehouse).write([record(number) for number in range(5)])
    finding = found(make(here, state, tmp_path))
    assert finding.verdict is not None and finding.verdict.whole and finding.verdict.rows == 5
    rewrite(here.warehouse, lambda rows: [row for row in rows if row["seq"] != 3])
    finding = found(make(here, state, tmp_path))
    assert finding.verdict is not None and [flaw.seq for flaw in finding.verdict.flaws] == [3]
    elsewhere = make(here, state, tmp_path).last()
    assert elsewhere is not None and elsewhere.finding == finding, "another worker sees it, too"
    assert (elsewhere.done, elsewhere.total) == (4, 4)


class SlowWarehouse:
    """Holds the first question until it is let go."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.asked, self.go_on = threading.Event(), threading.Event()

    def query(self, *arguments: object) -> object:
        self.asked.set()
        assert self.go_on.wait(60)
        return self._warehouse.query(*arguments)  # type: ignore[arg-type]

    def lines(self, *arguments: object) -> object:
        return self._warehouse.lines(*arguments)  # type: ignore[arg-type]


def test_one_at_a_time_among_all_workers(here: World, state: State, tmp_path: Path) -> None:
    slow = SlowWarehouse(here.warehouse)
    first, second = make(here, state, tmp_path, slow), make(here, state, tmp_path)  # type: ignore[arg-type]
    assert first.start("ann")
    assert slow.asked.wait(60)
    assert not first.start("ann") and not second.start("ben")
    running = second.running()
    assert running is not None and (running.started_by, running.finding) == ("ann", None)
    slow.go_on.set()
    give_up = time.monotonic() + 60
    while first.last() is None and time.monotonic() < give_up:
        time.sleep(0.02)
    first.close()
    assert second.running() is None
    assert found(second).verdict is not None
    assert not second.start("ann"), "not after it was closed"


def test_a_run_whose_worker_died_keeps_nobody_from_the_next(here: World, state: State, tmp_path: Path) -> None:
    slow = SlowWarehouse(here.warehouse)
    dead = make(here, state, tmp_path, slow)  # type: ignore[arg-type]
    assert dead.start("ann")
    assert slow.asked.wait(60)
    here.clock.advance(timedelta(seconds=SILENCE))
    alive = make(here, state, tmp_path)
    assert alive.running() is None
    assert found(alive).verdict is not None
    slow.go_on.set()
    dead.close()


def test_why_there_is_no_verdict_is_said(here: World, state: State, tmp_path: Path) -> None:
    heads.file_in(tmp_path).parent.mkdir()
    heads.file_in(tmp_path).write_text("no line of ours\n")
    finding = found(make(here, state, tmp_path))
    assert finding.verdict is None and "is not readable" in finding.failure
    heads.file_in(tmp_path).unlink()

    class Away:
        def query(self, *_: object) -> object:
            raise WarehouseUnavailable("The warehouse is unavailable (no answer).")

    finding = found(make(here, state, tmp_path, Away()))  # type: ignore[arg-type]
    assert finding == Finding(failure="The warehouse is unavailable (no answer).")
    assert Leases(state, here.clock).hold("ledger verification", 1), "the lease was given back"


def test_stopping_ends_it(here: World, state: State, tmp_path: Path) -> None:
    Writer(here.warehouse).write([record(number) for number in range(3)])
    slow = SlowWarehouse(here.warehouse)
    stopped = make(here, state, tmp_path, slow)  # type: ignore[arg-type]
    assert stopped.start("ann")
    assert slow.asked.wait(60)
    threading.Timer(0.2, slow.go_on.set).start()
    stopped.close()
    last = stopped.last()
    assert last is not None and last.finding == Finding(failure="The gateway was stopped before the end.")
