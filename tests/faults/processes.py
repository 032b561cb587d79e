"""Which processes a gateway of several workers consists of, for whoever kills them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

PATIENCE = 60.0  # seconds


def children(pid: int) -> list[int]:
    """The worker processes of the process `pid`, oldest first."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found if b"resource_tracker" not in _called(int(each))]


def kill(pid: int) -> None:
    """kill -9; one that is gone already is as dead as it shall be."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def wait_gone(pids: list[int]) -> None:
    give_up = time.monotonic() + PATIENCE
    while any(_is_alive(pid) for pid in pids):
        if time.monotonic() > give_up:
            raise AssertionError(f"still there after {PATIENCE:.0f} s: {pids}")
        time.sleep(0.02)


def _called(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
