"""The thread that commits: the next group is whatever arrived during the last commit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple
from zlib import crc32

from gateway.clock import Clock
from gateway.errors import Unavailable
from gateway.journal.chains import Chain
from gateway.journal.segment import Columns, SegmentWriter
from gateway.journal.spare import Spare
from gateway.metrics import Metrics
from gateway.settings import Journal as JournalSettings

log = logging.getLogger("gateway.journal")

Seal = Callable[[bytes, str, int, str], tuple[bytes, str]]

RETRY_AFTER = 5  # seconds: a disk that fails is asked again with every group
LARGEST_GROUP = 4096  # appends; bounds the time of one commit after a stall


class Appended(NamedTuple):
    """One append on its way to the disk."""

    stream: str
    payloads: Sequence[bytes]
    size: int
    future: asyncio.Future[None]
    sealed: bool  # the payloads carry their seal already


class Rotate(NamedTuple):
    """Asks the thread to see whether its segment has aged."""


class Stop(NamedTuple):
    """Asks the thread to finish: everything put before is committed first."""


Item = Appended | Rotate | Stop
Settle = Callable[[Sequence[Appended], BaseException | None], None]


class Committer:
    """Runs in its own thread. A failed commit fails exactly its group, and the next group tries a fresh segment."""

    def __init__(
        self,
        directory: Path,
        *,
        settings: JournalSettings,
        clock: Clock,
        metrics: Metrics,
        seals: Mapping[str, Seal],
        chains: Mapping[str, Chain],
        settle: Settle,
        spare: Spare,
        retire: Callable[[SegmentWriter], None],
    ) -> None:
        self.queue: SimpleQueue[Item] = SimpleQueue()
        self.segment: SegmentWriter | None = None
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._seals = seals
        self._chains = dict(chains)
        self._settle = settle
        self._spare = spare
        self._retire = retire
        self._failing = False
        self.written = 0  # bytes by which all commits so far made files grow, estimated

    def begin(self) -> None:
        """Claims a segment. Raises OSError, sqlite3.Error."""
        self.segment = SegmentWriter(self._directory, self._clock.timestamp())

    @property
    def failing(self) -> bool:
        """True from a commit that could not be written until one can, or until a fresh segment can be claimed."""
        return self._failing

    @property
    def short(self) -> bool:
        """True while the disk is full: what is left is the spare, for those for whom room is reserved."""
        return not self._spare.is_whole

    def run(self) -> None:
        """Commits until a Stop comes."""
        stop = False
        while not stop:
            group: list[Appended] = []
            item: Item = self.queue.get()
            with contextlib.suppress(Empty):
                while True:
                    if isinstance(item, Appended):
                        group.append(item)
                    elif isinstance(item, Stop):
                        stop = True
                        break
                    if len(group) >= LARGEST_GROUP:
                        break
                    item = self.queue.get_nowait()
            if group:
                self._commit(group)
            self._rotate_if_due()
        if self.segment is not None:
            self._retire(self.segment)
            self.segment = None

    def _commit(self, group: list[Appended]) -> None:
        waiting = group
        try:
            if self.segment is None:
                self.begin()
            assert self.segment is not None
            waiting, rows, chains = self._prepare(group, self.segment.records)
            if rows:
                self.written += self.segment.write(
                    rows, [chains[s] for s in chains if chains[s] is not self._chains[s]]
                )
            self._chains = chains
        except Exception as error:  # whatever it was: no caller may wait forever, and the thread must live
            self._fail(waiting, error)
            return
        self._recovered()
        self._metrics.journal_commits.inc()
        self._settle(waiting, None)

    def _prepare(self, group: list[Appended], seq: int) -> tuple[list[Appended], list[Columns], dict[str, Chain]]:
        """The group as rows, sealed in order. What a seal refuses fails alone."""
        now = self._clock.timestamp()
        chains = dict(self._chains)
        accepted: list[Appended] = []
        rows: list[Columns] = []
        for appended in group:
            payloads = appended.payloads
            seal = self._seals.get(appended.stream)
            if seal is not None and not appended.sealed:
                chain, sealed = chains[appended.stream], []
                try:
                    for payload in payloads:
                        done, head = seal(payload, chain.uuid, chain.seq + 1, chain.head)
                        sealed.append(done)
                        chain = chain.then(head)
                except Exception as error:
                    self._settle([appended], error)
                    continue
                payloads, chains[appended.stream] = sealed, chain
            accepted.append(appended)
            for payload in payloads:
                seq += 1
                rows.append((seq, appended.stream, payload, now, crc32(payload)))
        return accepted, rows, chains

    def _fail(self, group: Sequence[Appended], error: Exception) -> None:
        if not self._failing or not isinstance(error, sqlite3.Error | OSError):
            log.error("the journal cannot be written", extra={"error": f"{type(error).__name__}: {error}"})
        self._failing = True
        # The group's frames may be in the file all the same and come back after a crash: this segment and these chains
        # are not written to again, so that no seq is given twice.
        if self.segment is not None:
            self.segment.abandon()
            self.segment = None
        self._chains = {stream: chain.successor() for stream, chain in self._chains.items()}
        if self._spare.serves(error):
            log.error("the disk is full: hits are refused, consents go on while the spare room lasts")
        refusal = Unavailable("The journal cannot be written at the moment.", retry_after=RETRY_AFTER)
        refusal.__cause__ = error
        self._settle(group, refusal)

    def _recovered(self) -> None:
        if self._failing:
            self._failing = False
            log.warning("the journal can be written again")

    def _rotate_if_due(self) -> None:
        segment = self.segment
        if self.short and segment is not None and self._spare.take():
            log.warning("the disk has room again")
        if segment is None:
            # After a failure: tried without waiting for an append, which a load balancer may be keeping away.
            with contextlib.suppress(OSError, sqlite3.Error):
                self.begin()
                self._recovered()
            return
        if not segment.records:
            return
        age = self._clock.timestamp() - segment.created
        if segment.size < self._settings.segment_bytes and age < self._settings.segment_seconds:
            return
        try:
            fresh = SegmentWriter(self._directory, self._clock.timestamp())
        except (OSError, sqlite3.Error) as error:
            # The old segment still works; it grows on until a new one can be made.
            log.warning("no new journal segment could be begun", extra={"error": str(error)})
            return
        self.segment = fresh
        self._retire(segment)
