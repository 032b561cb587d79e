"""One import at a time, and no retention beside it: raw hits past their limit live until their figures are made."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.state.database import State
from gateway.state.leases import Leases

LEASE = "import"
SECONDS = 3600.0  # an import renews it as it goes on
SECONDS_OF_RETENTION = 600.0
PATIENCE = 60.0  # seconds for which retention may be at work
FILE = "import.lock"


@contextlib.contextmanager
def importing(state: State, clock: Clock, data_dir: Path) -> Iterator[Leases]:
    """Holds what `retaining` looks at. An import that was killed holds it still, and is taken over by the next one here.

    Raises GatewayError where another import runs.
    """
    lock = os.open(data_dir / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GatewayError("Another import is running on this data directory.") from None
        holder = os.read(lock, 64).decode("ascii", "replace")
        if not holder:
            holder = f"import {secrets.token_hex(8)}"
            os.write(lock, holder.encode())
        leases = Leases(state, clock, holder)
        give_up = time.monotonic() + PATIENCE
        while not leases.hold(LEASE, SECONDS):
            if time.monotonic() > give_up:
                raise GatewayError("Another import is running on another host, or retention is: try again later.")
            time.sleep(0.2)
        try:
            yield leases
        finally:
            leases.release()
    finally:
        os.close(lock)


@contextlib.contextmanager
def retaining(state: State, clock: Clock) -> Iterator[bool]:
    """False while an import runs: retention is for later then."""
    leases = Leases(state, clock)
    free = leases.hold(LEASE, SECONDS_OF_RETENTION)
    try:
        yield free
    finally:
        if free:
            leases.release()
