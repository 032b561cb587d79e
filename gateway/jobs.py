"""Background work as one table: name, what, every. One loop runs what is due; a job that fails is logged and tried again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

from gateway.metrics import Metrics
from gateway.state.job_runs import JobRuns
from gateway.state.leases import Leases

Result = TypeVar("Result")

log = logging.getLogger("gateway.jobs")

TICK = 0.25  # seconds between looks at the table
AGAIN = 15.0  # seconds until a job is tried again that could not run at present
REST = 4  # a job rests this many times as long as it ran, so that it takes a fifth of one processor at most


class NotNow(Exception):
    """Raised by a job that cannot run at present: it is tried again soon, and nothing went wrong."""


class Job(NamedTuple):
    """`run` blocks and is called in a thread. `leader`: one worker of all does it, held by a lease.

    Jobs that name the same `lease` are done by the same worker; by default each has one of its own.
    """

    name: str
    what: str
    every: float  # seconds
    run: Callable[[], object]
    leader: bool = False
    lease: str = ""


class Jobs:
    def __init__(
        self, table: Sequence[Job], leases: Leases | None, metrics: Metrics, runs: JobRuns | None = None
    ) -> None:
        self.table = table
        self.leases = leases
        self._seconds: dict[str, float] = {}  # for how long a lease is taken: alike for all jobs on it
        for job in table:
            if job.leader:
                name = job.lease or job.name
                self._seconds[name] = max(30.0, job.every * 3, self._seconds.get(name, 0.0))
        self._metrics = metrics
        self._runs = runs
        self._task: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        # A thread for each, so that jobs which wait for the warehouse hold up neither the others nor visitors.
        self._threads = ThreadPoolExecutor(max(1, len(table)), thread_name_prefix="job")

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop(), name="jobs")

    async def stop(self) -> None:
        """Starts nothing more and waits for what runs; a job is never cut off in the middle. Leaves its leases to others."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*self._running, return_exceptions=True)
        if self.leases is not None:
            try:
                await self._in_thread(self.leases.release)
            except Exception:  # they end by themselves
                log.exception("leases not given up")
        self._threads.shutdown(wait=False)

    async def _loop(self) -> None:
        if self._runs is not None:
            try:
                await self._in_thread(partial(self._runs.announce, self._listed()))
            except Exception:  # only what is shown of them is missing
                log.exception("the jobs are not listed")
        due = {job.name: time.monotonic() for job in self.table}
        busy: set[str] = set()
        while True:
            now = time.monotonic()
            for job in self.table:
                if job.name not in busy and due[job.name] <= now:
                    due[job.name] = now + job.every
                    busy.add(job.name)
                    task = asyncio.create_task(self._run(job, busy, due), name=f"job {job.name}")
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
            await asyncio.sleep(TICK)

    async def _run(self, job: Job, busy: set[str], due: dict[str, float]) -> None:
        started = time.monotonic()
        try:
            if job.leader and not await self._leads(job):
                return
            await self._in_thread(job.run)
            await self._ended(job, time.monotonic() - started, "done")
        except NotNow:
            due[job.name] = min(due[job.name], time.monotonic() + AGAIN)
        except Exception:
            # Whatever went wrong, the next run may succeed, and the other jobs must go on.
            log.exception("job failed", extra={"job": job.name})
            await self._ended(job, time.monotonic() - started, "failed")
        finally:
            ended = time.monotonic()
            due[job.name] = max(due[job.name], ended + REST * (ended - started))
            busy.discard(job.name)

    async def _ended(self, job: Job, seconds: float, outcome: str) -> None:
        self._metrics.jobs.labels(job.name, outcome).inc()
        if self._runs is not None:
            try:
                await self._in_thread(partial(self._runs.note, job.name, seconds, outcome))
            except Exception:  # only what is shown of it is missing
                log.exception("a job's run was not noted", extra={"job": job.name})

    def _listed(self) -> list[tuple[str, str, float, str]]:
        shared = self.leases is not None
        return [
            (job.name, job.what, job.every, job.lease or job.name if job.leader and shared else "")
            for job in self.table
        ]

    async def _leads(self, job: Job) -> bool:
        """True for the one worker that holds the job's lease, and always where there is one worker."""
        if self.leases is None:
            return True
        name = job.lease or job.name
        seconds = self._seconds[name]
        # Twice as long: the clocks of several hosts differ a little.
        return await self._in_thread(partial(self.leases.hold, name, seconds, most=2 * seconds))

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
