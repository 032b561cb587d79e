"""Several processes: one that ends is replaced, one that cannot start ends all, none outlives who started it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.workers import Workers


def fails(_settings: Settings, _sockets: list[socket.socket], _words: Connection) -> None:
    raise SystemExit(1)


def serves(settings: Settings, _sockets: list[socket.socket], words: Connection) -> None:
    """Notes its process, and stays until SIGTERM."""
    (settings.data_dir / str(os.getpid())).touch()
    words.send(True)
    signal.pause()


def test_a_worker_that_cannot_start_ends_all() -> None:
    with pytest.raises(GatewayError, match="A worker did not start"):
        Workers(fails, Settings(workers=2), []).run()


def test_one_that_is_killed_is_replaced(tmp_path: Path) -> None:
    def pids() -> set[int]:
        return {int(path.name) for path in tmp_path.iterdir()}

    def until(true: Callable[[], bool]) -> None:
        give_up = time.monotonic() + 60
        while not true():
            assert time.monotonic() < give_up
            time.sleep(0.02)

    seen: list[set[int]] = []

    def act() -> None:
        try:
            until(lambda: len(pids()) == 2)
            os.kill(min(pids()), signal.SIGKILL)
            until(lambda: len(pids()) == 3)
            seen.append(pids())
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    acting = threading.Thread(target=act)
    acting.start()
    try:
        Workers(serves, Settings(workers=2, data_dir=tmp_path), []).run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    acting.join()
    assert len(seen[0]) == 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in seen[0]), "stopped with the others"
