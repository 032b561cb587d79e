"""Several processes on one port, each a whole gateway: one that ends is replaced, and none outlives who started them.

They share the data directory and a ClickHouse server. Which of them does a job is a matter of leases (gateway.jobs).
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

from gateway.errors import GatewayError
from gateway.settings import Settings

log = logging.getLogger("gateway.workers")

# (settings, sockets to accept on, a connection to write to once it serves) → the work of one process, until SIGTERM.
Work = Callable[[Settings, list[socket.socket], Connection], None]

TICK = 0.25  # seconds between looks at signals
FIRST_REST, LONGEST_REST = 0.5, 30.0  # seconds before one that ended is replaced, doubled until one serves again


class _Place:
    """Where one worker is, or is to be."""

    def __init__(self) -> None:
        self.process: multiprocessing.process.BaseProcess | None = None
        self.word: Connection | None = None
        self.serves = False
        self.rest = FIRST_REST
        self.due = 0.0  # by the monotonic clock


class Workers:
    """`run()` belongs to the main thread, where signals arrive."""

    def __init__(self, work: Work, settings: Settings, sockets: list[socket.socket]) -> None:
        self._work = work
        self._settings = settings
        self._sockets = sockets
        self._context = multiprocessing.get_context(
            "spawn"
        )  # the same start as a process of its own, with no lock held
        self._places = [_Place() for _ in range(settings.workers)]
        self._served = False  # any of them, ever
        self._leaving = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then all drain. Raises GatewayError where a worker ends before any has served."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._leave)
        try:
            while not self._leaving:
                for place in self._places:
                    self._look(place)
                wait([place.process.sentinel for place in self._places if place.process], TICK)
        finally:
            self._end()

    def _leave(self, _number: int, _frame: object) -> None:
        self._leaving = True

    def _look(self, place: _Place) -> None:
        if place.process is None:
            if time.monotonic() >= place.due:
                self._begin(place)
            return
        if not place.serves and place.word is not None and place.word.poll():
            self._hear(place)
        if place.process.exitcode is not None:
            self._replace(place, place.process.exitcode)

    def _begin(self, place: _Place) -> None:
        place.word, words = self._context.Pipe(duplex=False)
        place.serves = False
        place.process = self._context.Process(target=self._work, args=(self._settings, self._sockets, words))
        place.process.start()
        words.close()

    def _hear(self, place: _Place) -> None:
        assert place.word is not None
        try:
            place.word.recv()
        except EOFError:
            place.word.close()
            place.word = None
            return
        place.serves = self._served = True
        place.rest = FIRST_REST

    def _replace(self, place: _Place, code: int) -> None:
        if not self._served:
            raise GatewayError("A worker did not start; the log says why.")
        assert place.process is not None
        log.warning("worker ended; another one follows", extra={"pid": place.process.pid, "code": code})
        place.process.close()
        place.process, place.due = None, time.monotonic() + place.rest
        place.rest = min(LONGEST_REST, place.rest * 2)

    def _end(self) -> None:
        processes = [place.process for place in self._places if place.process is not None]
        for process in processes:
            if process.exitcode is None:
                process.terminate()
        for process in processes:
            process.join()


def leave_with_parent() -> None:
    """Drain this process when the one that started it is gone, killed perhaps: nobody else would ever stop it."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        log.warning("the gateway's first process is gone; this worker drains")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
