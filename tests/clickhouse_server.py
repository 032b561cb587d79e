"""A real ClickHouse server for tests and benchmarks, out of the chdb wheel: a child process that listens on HTTP.

Uses chDB's private API, so never in the product. ReplicatedMergeTree and ON CLUSTER do not work in it.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_CONFIG = """<clickhouse>
<logger><level>error</level><console>1</console></logger>
<listen_host>127.0.0.1</listen_host><http_port>{http}</http_port><tcp_port>{tcp}</tcp_port>
<path>{path}/</path><users_config>users.xml</users_config>
<max_server_memory_usage>{memory}</max_server_memory_usage>
{cluster}</clickhouse>
"""
_CLUSTER = "<remote_servers><{name}>{shards}</{name}></remote_servers>"
_SHARD = (
    "<shard><replica><host>127.0.0.1</host><port>{port}</port>"
    "<user>gateway</user><password>{password}</password></replica></shard>"
)
_USERS = """<clickhouse>
<profiles><default/></profiles><quotas><default/></quotas>
<users>
<default><password></password>{rights}</default>
<gateway><password>{password}</password>{rights}</gateway>
</users>
</clickhouse>
"""
_RIGHTS = (
    "<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>"
    "<access_management>1</access_management>"
)
# The output must be TabSeparated: any other format here breaks clickhouse-connect's handshake.
_PROGRAM = """
import sys
from chdb import _chdb
_chdb.query(
    "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT sum(sleepEachRow(1)) FROM numbers(86400)"
    " SETTINGS max_block_size=1, function_sleep_max_microseconds_per_block=0",
    "TabSeparated",
    path=sys.argv[1],
)
"""


class ClickHouseServer:
    """A server on 127.0.0.1 whose data lives in `directory`; it may be stopped, killed and started again.

    `url` is for settings.clickhouse.url. User `default` has no password (chDB itself logs in as that one), user
    `gateway` has the given one.
    """

    def __init__(self, directory: Path, *, password: str = "", memory_bytes: int = 2_000_000_000) -> None:
        self.directory = directory
        self.password = password
        self.http_port = _free_port()
        self.tcp_port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self._memory_bytes = memory_bytes
        self._configure("")
        (directory / "users.xml").write_text(_USERS.format(password=password, rights=_RIGHTS))

    def join(self, cluster: str, servers: Sequence[ClickHouseServer]) -> None:
        """Make it one of a cluster's servers, each a shard, before it is started."""
        shards = "".join(_SHARD.format(port=one.tcp_port, password=one.password) for one in servers)
        self._configure(_CLUSTER.format(name=cluster, shards=shards))

    def _configure(self, cluster: str) -> None:
        (self.directory / "config.xml").write_text(
            _CONFIG.format(
                http=self.http_port, tcp=self.tcp_port, path=self.directory / "data", memory=self._memory_bytes,
                cluster=cluster,
            )
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def start(self, timeout: float = 30.0) -> None:
        """Returns once the server answers. Raises RuntimeError with its output where it does not."""
        output = self.directory / "server.log"
        with output.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(self.directory / "data")],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up and self._process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{self.url}/ping", timeout=2).close()
                return
            time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"ClickHouse did not start:\n{output.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: what a crash leaves behind."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> ClickHouseServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
