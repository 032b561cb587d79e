"""Leases: who has one, for how long, and what a clock that is set back does to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.clock import FrozenClock
from gateway.jobs import Job, Jobs
from gateway.metrics import Metrics
from gateway.state.database import State
from gateway.state.leases import Leases

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def test_one_holder_until_its_time_is_up(state: State) -> None:
    clock = FrozenClock(NOW)
    one, two = Leases(state, clock), Leases(state, clock)
    assert one.hold("rollup", 30)
    assert not two.hold("rollup", 30)
    clock.advance(timedelta(seconds=29))
    assert one.hold("rollup", 30), "renewed"
    clock.advance(timedelta(seconds=29))
    assert not two.hold("rollup", 30)
    clock.advance(timedelta(seconds=2))
    assert two.hold("rollup", 30)
    assert not one.hold("rollup", 30)


def test_what_was_written_before_a_clock_was_set_back_binds_nobody(state: State) -> None:
    clock = FrozenClock(NOW)
    dead, living = Leases(state, clock), Leases(state, clock)
    assert dead.hold("rollup", 30, most=60)
    clock.advance(-timedelta(days=1))
    assert not living.hold("rollup", 30), "without a limit it is waited for"
    assert living.hold("rollup", 30, most=60)
    assert not dead.hold("rollup", 30, most=60)


def test_jobs_leave_their_leases_to_others(state: State) -> None:
    clock = FrozenClock(NOW)
    ran: list[str] = []

    async def once(name: str) -> None:
        table = [
            Job("daily", "", 86_400, lambda: ran.append(name), leader=True),
            Job("also", "", 3, lambda: None, leader=True, lease="daily"),
        ]
        jobs = Jobs(table, Leases(state, clock), Metrics())
        jobs.start()
        async with asyncio.timeout(30):
            while name not in ran:
                await asyncio.sleep(0.01)
        assert not Leases(state, clock).hold("daily", 30, most=2 * 86_400 * 3), "alike for all jobs on it"
        await jobs.stop()

    asyncio.run(once("first"))
    asyncio.run(once("second"))
    assert ran == ["first", "second"]
