"""Carries records from the journal's segments into the warehouse, each exactly once.

for every segment that this process claims
    send what is frozen and not yet stored        (sender.py)
    freeze the next records into batches, durably  (batches.py), and send those
    unlink it when it is final and all of it stored
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from pathlib import Path

from gateway.clock import Clock
from gateway.delivery.backoff import Backoff
from gateway.delivery.batches import Batch, Batches, Bounds, cut
from gateway.delivery.sender import Sender
from gateway.delivery.store import Passing, Store
from gateway.journal.hold import Hold
from gateway.journal.reader import Damaged, Record, SegmentReader, Segments
from gateway.metrics import Metrics
from gateway.settings import Settings

log = logging.getLogger("gateway.delivery")

BATCH_BYTES = 32_000_000  # well below what ClickHouse reads as one block, so that an insert is one part, or none
DRAIN_SECONDS = 20.0


class Deliverer:
    """Delivery in a thread of its own, for a warehouse whose calls block."""

    def __init__(
        self,
        journal_directory: Path,
        warehouse: Store,
        settings: Settings,
        clock: Clock,
        metrics: Metrics,
        passing: Passing = lambda _table, rows: rows,
    ) -> None:
        self._passing = passing
        self._settings = settings.delivery
        self._clock = clock
        self._metrics = metrics
        self._hold = Hold(journal_directory)
        self._segments = Segments(journal_directory, metrics.journal_damaged.inc)
        self._backoff = Backoff(self._settings.backoff_max)
        self._sender = Sender(warehouse, self._backoff, metrics)
        self._batches: dict[str, Batches] = {}
        self._waiting: dict[str, tuple[int, float]] = {}  # segment → records not stored, when the oldest was committed
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._drain_until = 0.0
        self._passes_begun = 0
        self._passed = 0  # the last pass that left nothing behind
        self._passed_changed = threading.Condition()

    async def start(self) -> None:
        """Begins to deliver; a warehouse that is away is waited for."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._thread.start()

    async def stop(self, drain: bool = True, timeout: float = DRAIN_SECONDS) -> None:
        """Ends delivery; with `drain` only after all that is in the journal is stored, or `timeout` seconds have passed.

        What is left then is delivered after the next start.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._drain_until = time.monotonic() + timeout if drain else 0.0
        self._stopping = True
        self._wake.set()
        await asyncio.to_thread(thread.join, timeout + 1.0)
        if thread.is_alive():
            log.warning("delivery was still waiting for the warehouse when it was stopped")

    async def flush(self) -> None:
        """Returns once everything acknowledged before the call is stored or set aside; waits as long as that takes."""
        await asyncio.to_thread(self._flush)

    def lag(self) -> float:
        """Age in seconds of the oldest record that is not yet stored; 0 where there is none."""
        oldest = min((at for _, at in list(self._waiting.values()) if at), default=0.0)
        return max(0.0, self._clock.timestamp() - oldest) if oldest else 0.0

    def _flush(self) -> None:
        with self._passed_changed:
            target = self._passes_begun + 1
            while self._passed < target and self._thread is not None:
                self._backoff.hurry()
                self._wake.set()
                self._passed_changed.wait(0.25)

    def _run(self) -> None:
        while True:
            with self._passed_changed:
                self._passes_begun += 1
                number = self._passes_begun
            stopping = self._stopping
            if stopping:
                self._backoff.hurry()
            with self._hold.passing() as free:
                done = self._pass() if free else False
            with self._passed_changed:
                if done:
                    self._passed = number
                self._passed_changed.notify_all()
            if stopping and (done or time.monotonic() >= self._drain_until):
                break
            wait = min(self._settings.interval, max(0.02, self._backoff.next()))
            self._wake.wait(min(wait, 0.1) if stopping else wait)
            self._wake.clear()
        for batches in self._batches.values():
            batches.close()
        self._batches.clear()
        self._segments.release()

    def _pass(self) -> bool:
        """Looks once at every segment; True where it left nothing that had been committed when it looked."""
        done = True
        try:
            segments = self._segments.claimed()
        except (OSError, sqlite3.Error):
            log.exception("the journal's directory cannot be read")
            return False
        self._forget({segment.uuid for segment in segments})
        for segment in segments:
            try:
                done = self._deliver(segment) and done
            except Damaged as error:
                done = False
                self._repair(segment, error)
            except Exception:  # one segment's trouble must not hold up the others
                done = False
                log.exception("segment not delivered for now", extra={"segment": segment.uuid})
        self._show()
        return done

    def _deliver(self, segment: SegmentReader) -> bool:
        batches = self._batches.get(segment.uuid)
        if batches is None:
            batches = self._batches[segment.uuid] = Batches(segment.names.sidecar)
        final = segment.final  # before looking for the last record: afterwards there can be no later one
        last = segment.last()
        done = self._send(segment, batches, batches.pending(), {})
        while batches.cut_to < last and not self._hurried():
            records = segment.read(batches.cut_to, self._settings.batch_rows, BATCH_BYTES)
            if not records:
                break
            if self._backoff.failing() and records[-1].seq >= last and not final:
                # While a table fails, what comes in is left together, to make few large batches rather than many small.
                done = False
                break
            parts = cut(records)
            done = self._send(segment, batches, batches.add(parts, records[-1].seq), parts) and done
        done = done and batches.cut_to >= last
        self._note(segment, batches, last)
        if done and final:
            batches.close()
            del self._batches[segment.uuid]
            self._segments.remove(segment)
            self._waiting.pop(segment.uuid, None)
        return done

    def _forget(self, present: set[str]) -> None:
        """Lets go of what is noted about segments that are gone."""
        for uuid in self._batches.keys() - present:
            self._batches.pop(uuid).close()
        for uuid in self._waiting.keys() - present:
            self._waiting.pop(uuid, None)

    def _send(
        self, segment: SegmentReader, batches: Batches, todo: list[Batch], known: dict[Bounds, list[Record]]
    ) -> bool:
        """Sends batches in order; a table that fails is left for later, the others go on."""
        done = True
        for batch in todo:
            bounds = batch.bounds
            if self._hurried() or not self._backoff.ready(bounds.table):
                done = False
                continue
            rows = known.get(bounds)
            if rows is None:
                rows = bounds.rows(segment.range(bounds.table, bounds.first, bounds.last))
            done = self._sender.send(segment.uuid, batches, batch, self._passing(bounds.table, rows)) and done
        return done

    def _hurried(self) -> bool:
        return self._stopping and time.monotonic() >= self._drain_until

    def _note(self, segment: SegmentReader, batches: Batches, last: int) -> None:
        """Remembers how far the segment is stored, for gauges and for `Journal.pending()`."""
        stored = min((batch.bounds.first - 1 for batch in batches.pending()), default=batches.cut_to)
        oldest = segment.first_after(stored) if stored < last else 0.0
        self._waiting[segment.uuid] = (max(0, last - stored), oldest)
        segment.progress(stored, last, oldest)

    def _repair(self, segment: SegmentReader, error: Damaged) -> None:
        if not segment.final:
            log.error(
                "open segment damaged; salvaged when it ends", extra={"segment": segment.uuid, "error": str(error)}
            )
            return
        try:
            self._segments.salvage(segment, error)
        except (OSError, sqlite3.Error):
            log.exception("damaged segment not salvaged for now", extra={"segment": segment.uuid})

    def _show(self) -> None:
        self._metrics.journal_records.set(sum(records for records, _ in self._waiting.values()))
        self._metrics.journal_oldest_seconds.set(self.lag())
