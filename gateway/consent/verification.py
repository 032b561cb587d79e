"""Verifying the ledger in the background: one run at a time however many workers there are, its verdict kept."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import sqlalchemy as sa

from gateway.clock import Clock
from gateway.consent.heads import published
from gateway.consent.signing import LedgerKeys
from gateway.consent.verify import Progress, Verdict, verify
from gateway.errors import GatewayError
from gateway.state.database import State
from gateway.state.leases import Leases
from gateway.state.tables import verifications as table
from gateway.warehouse.connection import Warehouse

log = logging.getLogger("gateway.verification")

LEASE = "ledger verification"
SILENCE = 120.0  # seconds after which a run that says nothing is taken for dead


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run ended with: a verdict, or in `failure` why there is none."""

    verdict: Verdict | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One verification. Times are seconds since the epoch; `done` and `total` are rows; `finding` is None until it ended."""

    id: str
    started: float
    started_by: str
    done: int
    total: int
    ended: float | None
    finding: Finding | None


class Verification:
    """Calls block, briefly: from async code run them in a thread."""

    def __init__(self, warehouse: Warehouse, state: State, clock: Clock, data_dir: Path, keys: LedgerKeys) -> None:
        self._warehouse = warehouse
        self._state = state
        self._clock = clock
        self._data_dir = data_dir
        self._keys = keys
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def key(self) -> str:
        """The public key, in hexadecimal, that published heads are signed with."""
        return self._keys.public

    def start(self, by: str, then: Callable[[Finding], None] = lambda _finding: None) -> bool:
        """Begin a run on a thread of its own; `then` is called there with what it found. False while another one goes on."""
        lease = Leases(self._state, self._clock)  # its own, so that it is not this process's already
        if self._stopping.is_set() or not lease.hold(LEASE, SILENCE):
            return False
        run_id, now = secrets.token_hex(8), self._clock.timestamp()
        with self._state.begin() as connection:
            # One that died; the last that ended stays to be read meanwhile.
            connection.execute(sa.delete(table).where(table.c.ended.is_(None)))
            connection.execute(
                sa.insert(table).values(
                    id=run_id, started=now, started_by=by, seen=now, done=0, total=0, ended=None, verdict=""
                )
            )
        self._thread = threading.Thread(target=self._run, args=(run_id, lease, then), name="ledger verification")
        self._thread.start()
        return True

    def running(self) -> Run | None:
        """The run that goes on, None where none does or the one that did went silent."""
        heard = table.c.seen > self._clock.timestamp() - SILENCE
        return self._one(sa.select(table).where(table.c.ended.is_(None), heard).order_by(table.c.started.desc()))

    def last(self) -> Run | None:
        """The last run that ended."""
        return self._one(sa.select(table).where(table.c.ended.is_not(None)).order_by(table.c.ended.desc()))

    def close(self) -> None:
        """Stop what runs at its next step, and wait for it: the warehouse closes next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _one(self, found: sa.Select[*tuple[object, ...]]) -> Run | None:
        with self._state.begin() as connection:
            row = connection.execute(found.limit(1)).one_or_none()
        if row is None:
            return None
        finding = msgspec.json.decode(row.verdict, type=Finding) if row.verdict else None
        return Run(row.id, row.started, row.started_by, row.done, row.total, row.ended, finding)

    def _run(self, run_id: str, lease: Leases, then: Callable[[Finding], None]) -> None:
        try:
            finding = self._walk(run_id, lease)
            self._end(run_id, finding)
            then(finding)
        except Exception:
            # Nobody waits for this thread: what went wrong must be seen in the log. The run counts as dead after its silence.
            log.exception("verification failed")
        finally:
            lease.release()

    def _walk(self, run_id: str, lease: Leases) -> Finding:
        try:
            walking = verify(self._warehouse, self._keys, published(self._data_dir, self._clock, self._keys))
            while not self._stopping.is_set():
                try:
                    progress: Progress = next(walking)
                except StopIteration as ended:
                    return Finding(verdict=ended.value)
                lease.hold(LEASE, SILENCE)
                self._note(run_id, done=progress.done, total=progress.total)
            return Finding(failure="The gateway was stopped before the end.")
        except (GatewayError, OSError) as error:
            return Finding(
                failure=error.what if isinstance(error, GatewayError) else "The file of heads cannot be read."
            )

    def _end(self, run_id: str, finding: Finding) -> None:
        verdict = msgspec.json.encode(finding).decode()
        with self._state.begin() as connection:
            ended = sa.update(table).where(table.c.id == run_id).values(ended=self._clock.timestamp(), verdict=verdict)
            if connection.execute(ended).rowcount:  # not one that was taken for dead
                connection.execute(sa.delete(table).where(table.c.ended.is_not(None), table.c.id != run_id))

    def _note(self, run_id: str, **values: object) -> None:
        with self._state.begin() as connection:
            seen = self._clock.timestamp()
            connection.execute(sa.update(table).where(table.c.id == run_id).values(seen=seen, **values))
