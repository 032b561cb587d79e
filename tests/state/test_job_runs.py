"""What is shown of the background work: when each job ran, what became of it, who leads it."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

from gateway.clock import FrozenClock
from gateway.jobs import Job, Jobs
from gateway.metrics import Metrics
from gateway.state.database import State
from gateway.state.job_runs import JobRuns, Listed
from gateway.state.leases import Leases

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def run_once(runs: JobRuns, leases: Leases | None, failing: bool) -> None:
    """A gateway's jobs until each has run."""
    ran = threading.Semaphore(0)

    def good() -> None:
        ran.release()

    def work() -> None:
        ran.release()
        if failing:
            raise RuntimeError("on purpose")

    table = [Job("care", "cares", 3600, work, leader=True), Job("watch", "watches", 60, good)]

    async def both() -> None:
        jobs = Jobs(table, leases, Metrics(), runs)
        jobs.start()
        for _ in table:
            await asyncio.to_thread(ran.acquire, timeout=30)
        await jobs.stop()

    asyncio.run(both())


def test_a_run_is_listed_with_its_outcome_its_next_time_and_its_leader(tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    state = State("", tmp_path)
    runs = JobRuns(state, clock)
    runs.announce([("old", "of an older version", 1.0, "")])
    leases = Leases(state, clock, "worker-1")
    run_once(runs, leases, failing=False)
    leases.hold("care", 60)
    care, watch = runs.listed()
    assert (care.name, care.what, care.every, care.outcome, care.leader) == ("care", "cares", 3600, "done", "worker-1")
    assert care.began is not None and care.seconds is not None and care.began + care.seconds == NOW.timestamp()
    assert care.next == care.began + 3600
    assert (watch.name, watch.outcome, watch.leader) == ("watch", "done", "each worker")
    leases.release()
    assert runs.listed()[0].leader == ""
    state.close()


def test_a_run_that_failed_is_noted_at_once_though_another_was_just_noted(tmp_path: Path) -> None:
    state = State("", tmp_path)
    runs = JobRuns(state, FrozenClock(NOW))
    for failing, outcome in ((False, "done"), (True, "failed"), (False, "done")):
        run_once(runs, None, failing)
        assert [job.outcome for job in runs.listed()] == [outcome, "done"]
    state.close()


def test_a_job_that_has_not_run_is_listed_too(tmp_path: Path) -> None:
    state = State("", tmp_path)
    runs = JobRuns(state, FrozenClock(NOW))
    runs.announce([("care", "cares", 5.0, "care")])
    assert runs.listed() == [Listed("care", "cares", 5.0, None, None, "", None, "")]
    state.close()
