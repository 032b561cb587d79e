"""Holding still: while a backup is taken nothing moves from the journal to the warehouse, and nothing is rewritten there.

Whoever moves passes through `passing`; whoever needs stillness has `holding`. Both are flock(2), so they end with their
holder, and new records are appended all the while. Two locks, so that those who pass cannot starve who waits.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import GatewayError
from gateway.journal.locks import FileLock, is_held

_GATE = "hold.lock"  # there while somebody holds or wants to
_LOOK = 0.05  # seconds
_TAKE = 2.0  # seconds: who looks whether the gate is held has it for an instant


class Hold:
    """One per journal's directory, shared by all processes that use it: those who pass share a lock of the directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._gate = directory / _GATE

    @contextmanager
    def passing(self) -> Iterator[bool]:
        """True: move what you like in the block. False: somebody holds all still, so come again later."""
        try:
            held = is_held(self._gate)
            descriptor = _open(self._directory)
        except OSError:  # then nobody can hold anything either
            yield True
            return
        try:
            yield not held and _locked(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    @contextmanager
    def holding(self, patience: float) -> Iterator[None]:
        """Nothing passes in the block. Raises GatewayError where somebody else holds, or one who passes takes too long."""
        gate = self._take_gate()
        try:
            descriptor = _open(self._directory)
            try:
                give_up = time.monotonic() + patience
                while not _locked(descriptor, fcntl.LOCK_EX):
                    if time.monotonic() > give_up:
                        raise GatewayError(
                            f"Delivery or a job did not come to rest in {patience:.0f} seconds; try again."
                        )
                    time.sleep(_LOOK)
                yield
            finally:
                os.close(descriptor)
        finally:
            self._gate.unlink(missing_ok=True)
            gate.release()

    def _take_gate(self) -> FileLock:
        give_up = time.monotonic() + _TAKE
        while (gate := FileLock.take(self._gate)) is None:
            if time.monotonic() > give_up:
                raise GatewayError("A backup of this data directory is being taken already.")
            time.sleep(_LOOK)
        return gate


def _open(directory: Path) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
