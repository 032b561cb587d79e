"""Where faults are tried: a gateway of some workers, a ClickHouse server, and a proxy between them."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.clickhouse_server import ClickHouseServer
from tests.faults import processes
from tests.faults.client import Load
from tests.faults.notebook import Kind, Notebook
from tests.faults.proxy import Proxy
from tests.faults.reckoning import Reckoning, Sum
from tests.running.gateways import RunningGateway

ROOT = Path(__file__).parents[2]
CHANGED = Path(__file__).parent / "changed"  # what a gateway here is other in
# A site besides the one that the load is of: what it has is not in the notebook.
SECOND_SITE, SECOND_HOST = 2, "second.example"
SECOND = """
id = 2
name = "Second"
domains = ["second.example"]
timezone = "Europe/Paris"
hosting_country = "FR"
[controller]
name = "Second SARL"
address = "2 rue de la Paix, Paris"
email = "privacy@second.example"
authority = "CNIL"
"""
PATIENCE = 300.0  # seconds; a loaded machine is slow
_numbers = itertools.count(1)


class NotRun(Exception):
    """A fault cannot be tried on this machine; says why."""


class Stand:
    """Started with `open()`. Everything of it lies in `directory`; `data` may be put on a disk of its own."""

    def __init__(
        self, server: ClickHouseServer, directory: Path, *, workers: int = 2, data: Path | None = None, **more: str
    ) -> None:
        directory.mkdir(parents=True)
        self.server = server
        self.directory = directory
        self.proxy = Proxy(server.http_port)
        self.notebook = Notebook(directory / "notebook")
        self.workers = workers
        self.small_disk = data is not None
        self.clock = directory / "clock"
        self.database = f"faults_{os.getpid()}_{next(_numbers)}"
        self.geography = directory / "country.mmdb"
        (directory / "sites.d").mkdir()
        (directory / "sites.d" / "second.toml").write_text(SECOND)
        shutil.copyfile(ROOT / "gateway" / "assets" / "country.mmdb", self.geography)
        environment = {
            "GATEWAY_WORKERS": str(workers),
            "GATEWAY_CLICKHOUSE_DATABASE": self.database,
            "GATEWAY_CLICKHOUSE_CONNECT_TIMEOUT": "2",
            "GATEWAY_CLICKHOUSE_INSERT_TIMEOUT": "120",
            "GATEWAY_DELIVERY_BACKOFF_MAX": "0.5",
            "GATEWAY_JOURNAL_SEGMENT_SECONDS": "2",
            "GATEWAY_GEO_DATABASE": str(self.geography),
            "FAULTS_CLOCK": str(self.clock),
            "PYTHONPATH": f"{CHANGED}{os.pathsep}{ROOT}",
            **({"GATEWAY_DATA_DIR": str(data)} if data else {}),
            **more,
        }
        self.gateway = RunningGateway(directory, clickhouse=self.proxy.url, **environment)
        self.data = self.gateway.data = data or self.gateway.data
        self.destroyed: set[str] = set()  # ids in places of the disk that a fault destroyed
        self._ids = itertools.count(1)
        self._before = Sum()
        self._reckoning: Reckoning | None = None

    def open(self) -> None:
        self.start()
        self.gateway.wait_logged("schema migrated", PATIENCE)

    def start(self) -> None:
        """Back once every worker serves."""
        already = self.said("gateway started")
        self.gateway.start(PATIENCE)
        self.waits(lambda: self.said("gateway started") >= already + self.workers, "every worker serves")

    def load(self, browsers: int = 6) -> Load:
        return Load(self.gateway.url, self.notebook, self._ids, browsers)

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        assert self.gateway.process is not None
        return self.gateway.process.pid

    def kill_all(self) -> None:
        """The first process and its workers, at the same moment as far as that goes."""
        pids = [self.pid, *(processes.children(self.pid) if self.workers > 1 else [])]
        for pid in pids:
            processes.kill(pid)
        self.gateway.kill()
        processes.wait_gone(pids)

    def said(self, message: str) -> int:
        """How often the gateway logged `message`."""
        return self.gateway.log.read_text(errors="replace").count(message) if self.gateway.log.exists() else 0

    def waits(self, true: Callable[[], object], what: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > give_up:
                raise AssertionError(f"not within {PATIENCE:.0f} s: {what}\n{self.gateway.log.read_text()[-3000:]}")
            time.sleep(0.05)

    @property
    def reckoning(self) -> Reckoning:
        if self._reckoning is None:
            self._reckoning = Reckoning(self.server.url, self.database, self.data, self.notebook)
        return self._reckoning

    def settle(self, *, figures: bool = True) -> Sum:
        """What became of all that was sent since the last time, once all of it was delivered.

        Raises AssertionError where something is lost beyond what was destroyed, stored twice or never sent, where the ledger
        does not verify or, with `figures`, where they do not become what a recount of the raw hits gives.
        """
        self._wait_delivered()
        # A worker's word on what waits in another one's segment may be a second old.
        give_up = time.monotonic() + PATIENCE
        while True:
            total = self.reckoning.sum()
            if self.reckoning.lost <= self.destroyed or time.monotonic() > give_up:
                break
            time.sleep(0.2)
        found, self._before = total.without(self._before), total
        lost = self.reckoning.lost - self.destroyed
        assert not lost, f"lost: {sorted(lost)[:20]} of {found}"
        assert found.doubled == found.strange == 0, str(found)
        if not self.destroyed & self.notebook.acknowledged[Kind.CONSENT]:
            assert self.reckoning.flaws() == []
        if figures:
            self.waits(lambda: not self.reckoning.figures_differ(), "the figures are those of a recount")
        return found

    def _wait_delivered(self) -> None:
        def delivered() -> bool:
            with contextlib.suppress(OSError, RuntimeError):
                ready = self.gateway.get("/readyz")
                return ready["journal"]["records"] == 0 and bool(ready["warehouse"]["answers"])
            return False

        self.waits(delivered, "all is delivered")

    def close(self) -> None:
        """Ends all of it, whatever state it is in."""
        if self.gateway.process is not None:
            self.gateway.process.send_signal(signal.SIGCONT)
            self.kill_all()
        self.proxy.close()
        self.notebook.close()
        if self._reckoning is not None:
            self._reckoning.warehouse.command("DROP DATABASE IF EXISTS {name:Identifier}", {"name": self.database})
            self._reckoning.close()


@contextlib.contextmanager
def small_disk(directory: Path, size: str = "256m") -> Iterator[Path | None]:
    """A file system of `size` in `directory`; None where this user may not mount one."""
    directory.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "faults", str(directory)], capture_output=True
    )
    if mounted.returncode != 0:
        yield None
        return
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)
