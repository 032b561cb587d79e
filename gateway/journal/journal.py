"""The durable local queue between an HTTP request and the warehouse.

Constraints
- An acknowledged record is on disk: `append()`'s future resolves after a commit in SQLite's WAL with synchronous=FULL,
  and neither kill -9 nor power loss undoes it. A refused one may exist all the same, if the disk failed in the middle.
- Bytes only. What a payload means, and whether it was stored, is for `delivery`.
- One writer per process, several processes per directory: a segment is a file of its own, claimed by a lock that dies
  with the process. Its UUID is never used again, and rows are never deleted from it: a finished segment is unlinked
  whole once all of it was stored. So `segment:seq` names one record forever, and so does a token made of it.
- Nothing slow on the event loop: `append()` compares two numbers and puts one tuple into a queue.
- Bounded: beyond `max_bytes` appends are refused (`reserve=True`: `reserve_bytes` later). On a disk that is full they are
  refused as well (`reserve=True`: once what the spare file held is written).

Format, in one directory (see names.py)
    {uuid}.segment (-wal, -shm)   records, chains, and whether the writer finished in order (segment.sql)
    {uuid}.lock   {uuid}.claim    locked by the writer, by the reader
    {uuid}.delivery               the reader's notes
    {uuid}.damaged (-wal)         set aside; nothing reads it again
    writer-{n}.spare              room for consents on a disk that is full (spare.py)
    writer-{n}.lock chains.sqlite whose chains follow which (chains.py)

Operations
    open → append … → close       here; the commits in committer.py
    claimed → read → remove       reader.py, used by `delivery`
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from gateway.clock import Clock
from gateway.errors import JournalFull, Unavailable
from gateway.journal import chains, usage
from gateway.journal.committer import RETRY_AFTER, Appended, Committer, Rotate, Stop
from gateway.journal.committer import Seal as Seal
from gateway.journal.locks import FileLock
from gateway.journal.segment import SegmentWriter
from gateway.journal.spare import Spare
from gateway.journal.sweep import forget_damaged, sweep
from gateway.metrics import Metrics
from gateway.settings import Journal as JournalSettings

log = logging.getLogger("gateway.journal")

LOOK_SECONDS = 0.5  # between looks at the directory's size and the segment's age
SWEEP_SECONDS = 3600.0  # between looks for damaged files that have been kept long enough
QUEUE_BYTES = 64_000_000  # accepted but not yet committed; beyond it the disk does not keep up
ROW_BYTES = 64  # what a record takes beside its payload, roughly
FULL_RETRY_AFTER = 30


class Journal:
    """The writing side. `open()`, `append()` and `close()` belong to one thread, the event loop's."""

    def __init__(
        self,
        directory: Path,
        *,
        settings: JournalSettings,
        clock: Clock,
        metrics: Metrics,
        seals: Mapping[str, Seal] = MappingProxyType({}),
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._seals = seals
        self._committer: Committer | None = None
        self.slot = 0  # this writer's among the directory's, while open: one process at a time has it
        self._slot_lock: FileLock | None = None
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._retired: list[SegmentWriter] = []
        self._retired_lock = threading.Lock()
        self._appended = 0  # bytes ever accepted
        self._settled = 0  # of these, bytes committed or failed
        self._measured = (0, 0)  # bytes in the directory, and what the committer had written when they were counted
        self._waiting = usage.Waiting(0, 0.0)

    def open(self) -> None:
        """Claims a fresh segment. Raises OSError or sqlite3.Error where the directory cannot be written."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(self._directory)
        forget_damaged(self._directory, self._clock.timestamp())
        self.slot, self._slot_lock = chains.take_slot(self._directory)
        heads = chains.last_heads(self._directory, self.slot) if self._seals else {}
        spare = Spare(self._directory / f"writer-{self.slot}.spare", self._settings.spare_bytes)
        spare.take()
        committer = Committer(
            self._directory,
            settings=self._settings,
            clock=self._clock,
            metrics=self._metrics,
            seals=self._seals,
            chains={s: (heads.get(s) or chains.Chain.first(s, self.slot)).successor() for s in self._seals},
            settle=self._settle,
            retire=self._retire,
            spare=spare,
        )
        try:
            try:
                committer.begin()
            except (OSError, sqlite3.Error) as error:
                if not spare.serves(error):
                    raise
                committer.begin()
        except BaseException:
            self._slot_lock.release()
            raise
        self._committer = committer
        self._look(committer)
        self._closing.clear()
        self._threads = [
            threading.Thread(target=committer.run, name="journal-commit", daemon=True),
            threading.Thread(target=self._keep, args=(committer,), name="journal-keep", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def append(
        self, stream: str, payloads: Sequence[bytes], *, reserve: bool = False, sealed: bool = False
    ) -> asyncio.Future[None]:
        """Queues records for the next commit; all of one call are committed together, in order.

        With `sealed`, payloads of a stream with a seal keep the one they carry (a replay).

        The future resolves once they are on disk, and raises errors.Unavailable where they could not be written.
        Raises errors.JournalFull at once past the cap, errors.Unavailable while closed. Needs a running event loop.
        """
        committer = self._committer
        if committer is None:
            raise Unavailable("The journal is closed.", retry_after=RETRY_AFTER)
        size = 0
        for payload in payloads:
            size += len(payload) + ROW_BYTES
        used, mark = self._measured
        queued = self._appended - self._settled
        cap = self._settings.max_bytes + (self._settings.reserve_bytes if reserve else 0)
        if used + committer.written - mark + queued + size > cap:
            self._metrics.journal_refused.inc()
            raise JournalFull("The journal is full.", retry_after=FULL_RETRY_AFTER)
        if committer.short and not reserve:
            self._metrics.journal_refused.inc()
            raise JournalFull("The disk is full.", retry_after=FULL_RETRY_AFTER)
        if queued > QUEUE_BYTES:
            self._metrics.journal_refused.inc()
            raise Unavailable("The disk does not keep up.", retry_after=RETRY_AFTER)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._appended += size
        committer.queue.put(Appended(stream, payloads, size, future, sealed))
        return future

    def is_writable(self) -> bool:
        """False while closed, and from a commit that could not be written until the disk takes one again."""
        return self._committer is not None and not self._committer.failing

    def pending(self) -> tuple[int, int, float]:
        """Records not yet stored, bytes on disk, and the oldest record's age in seconds, of all writers together.

        As of the last look at the directory, half a second ago at most.
        """
        records, oldest = self._waiting
        return records, self._measured[0], max(0.0, self._clock.timestamp() - oldest) if oldest else 0.0

    def close(self) -> None:
        """Commits what is queued, finishes the segment, lets go of it. Blocks for that long. May be called twice."""
        committer, self._committer = self._committer, None
        if committer is None:
            return
        committer.queue.put(Stop())
        self._threads[0].join()
        self._closing.set()
        self._threads[1].join()
        self._finish_retired()
        if self._slot_lock is not None:
            self._slot_lock.release()

    def _settle(self, group: Sequence[Appended], error: BaseException | None) -> None:
        """Tells the callers, in their loop, with one wake-up for the group. Called by the commit thread."""
        if group:
            # A loop that was closed meanwhile has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                group[0].future.get_loop().call_soon_threadsafe(self._tell, group, error)

    def _tell(self, group: Sequence[Appended], error: BaseException | None) -> None:
        for appended in group:
            self._settled += appended.size
            if appended.future.done():
                continue
            if error is None:
                appended.future.set_result(None)
            elif isinstance(error, Unavailable):  # each caller its own: a raised exception collects its traceback
                appended.future.set_exception(Unavailable(error.what, retry_after=error.retry_after))
            else:
                appended.future.set_exception(error)

    def _retire(self, segment: SegmentWriter) -> None:
        with self._retired_lock:
            self._retired.append(segment)

    def _keep(self, committer: Committer) -> None:
        """What would be slow on the commit path: looking at the directory, finishing segments."""
        swept = self._clock.timestamp()
        while not self._closing.wait(LOOK_SECONDS):
            try:
                self._finish_retired()
                self._look(committer)
                if self._clock.timestamp() - swept > SWEEP_SECONDS:
                    swept = self._clock.timestamp()
                    forget_damaged(self._directory, swept)
            except OSError as error:
                log.warning("the journal's directory cannot be looked at", extra={"error": str(error)})
            committer.queue.put(Rotate())

    def _finish_retired(self) -> None:
        with self._retired_lock:
            retired, self._retired = self._retired, []
        for segment in retired:
            segment.finish(self._clock.timestamp())

    def _look(self, committer: Committer) -> None:
        # Taken before counting: what is committed meanwhile counts twice until the next look rather than not at all.
        written = committer.written
        self._measured = (usage.bytes_used(self._directory), written)
        segment = committer.segment
        self._waiting = usage.all_waiting(
            self._directory,
            segment.names if segment else None,
            segment.records if segment else 0,
            segment.created if segment else 0.0,
        )
        self._metrics.journal_bytes.set(self._measured[0])
