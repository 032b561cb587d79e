"""Several processes on one port, each a whole gateway: one that ends is replaced, and none outlives who started them.

They share the data directory and a ClickHouse server. Which of them does a job is a matter of leases (gateway.jobs).
The number of the process above them stands in a file of the data directory which it holds locked, so that `gateway reload`
finds it, and finds nobody where it has ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path

import msgspec

from gateway import settings_loader
from gateway.errors import GatewayError, SettingsError
from gateway.settings_loader import Loaded

log = logging.getLogger("gateway.workers")

FILE = "gateway.pid"

# (configuration, sockets to accept on, a connection to write to once it serves) → the work of one process, until SIGTERM.
Work = Callable[[Loaded, list[socket.socket], Connection], None]

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
        self.loaded: Loaded | None = None  # what it serves


class Workers:
    """`run()` belongs to the main thread, where signals arrive."""

    def __init__(self, work: Work, loaded: Loaded, sockets: list[socket.socket]) -> None:
        self._work = work
        self._loaded = loaded
        self._sockets = sockets
        self._context = multiprocessing.get_context(
            "spawn"
        )  # the same start as a process of its own, with no lock held
        self._places = [_Place() for _ in range(loaded.settings.workers)]
        self._served = False  # any of them, ever
        self._leaving = False
        self._hung_up = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then all drain. Raises GatewayError where a worker ends before any has served."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._leave)
        signal.signal(signal.SIGHUP, self._hang_up)
        with _named(self._loaded.settings.data_dir):
            self._keep()

    def _keep(self) -> None:
        try:
            while not self._leaving:
                if self._hung_up:
                    self._reload()
                for place in self._places:
                    self._look(place)
                wait([place.process.sentinel for place in self._places if place.process], TICK)
        finally:
            self._end()

    def _leave(self, _number: int, _frame: object) -> None:
        self._leaving = True

    def _hang_up(self, _number: int, _frame: object) -> None:
        self._hung_up = True

    def _reload(self) -> None:
        """Every worker reads the configuration by itself, once it is known to be sound."""
        self._hung_up = False
        if self._loaded.source is None:
            return
        try:
            new = settings_loader.read(*self._loaded.source)
        except SettingsError as error:
            log.error("the configuration was not reloaded; nothing changed", extra={"error": error.what})
            return
        # A worker that takes the place of another one has the settings of the others.
        settings = msgspec.structs.replace(self._loaded.settings, sites=new.settings.sites)
        self._loaded = new._replace(settings=settings)
        for place in self._places:
            self._pass_on(place)

    def _pass_on(self, place: _Place) -> None:
        """Have a worker read the configuration, unless it started with this one; one that is only starting would not hear."""
        if place.serves and place.process is not None and place.loaded is not self._loaded:
            assert place.process.pid is not None
            os.kill(place.process.pid, signal.SIGHUP)
            place.loaded = self._loaded

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
        place.loaded = self._loaded
        place.process = self._context.Process(target=self._work, args=(self._loaded, self._sockets, words))
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
        self._pass_on(place)

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


@contextlib.contextmanager
def _named(data_dir: Path) -> Iterator[None]:
    """This process's number in the data directory, for as long as it runs."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(str(os.getpid()))
        file.flush()
        yield


def hang_up(data_dir: Path) -> None:
    """Tell the workers of this data directory to reload. Raises GatewayError where none are running."""
    try:
        with (data_dir / FILE).open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.kill(int(file.read()), signal.SIGHUP)
                return
    except (OSError, ValueError):
        pass
    raise GatewayError("No gateway runs on this data directory; it reads its configuration when it starts.")


def leave_with_parent() -> None:
    """Drain this process when the one that started it is gone, killed perhaps: nobody else would ever stop it."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        log.warning("the gateway's first process is gone; this worker drains")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
