"""A real gateway in a process of its own, for tests that kill it, starve it, or drive it from a browser."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-the-tests-0123456789-abcdef"
PASSWORD = "fourteen trombones"
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)

SITE = """
[[sites]]
id = 1
name = "Shop"
domains = ["shop.example", "localhost"]
test_domains = ["staging.shop.example"]
timezone = "Europe/Paris"
hosting_country = "FR"
[sites.controller]
name = "Shop SARL"
address = "1 rue de la Paix, Paris"
email = "privacy@shop.example"
authority = "CNIL"
"""


STARTED: set[subprocess.Popen[bytes]] = set()  # what a test that failed may have left behind


class RunningGateway:
    """`gateway serve` on a free port, its data in `directory`. Logs go to `directory`/gateway.log."""

    def __init__(self, directory: Path, *, clickhouse: str = "chdb://", config: str = "", **environment: str) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "gateway.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.config = directory / "gateway.toml"
        self.config.write_text(config + SITE)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_DATA_DIR": str(self.data),
            "GATEWAY_CLICKHOUSE_URL": clickhouse,
            "GATEWAY_ADMIN_PASSWORD": PASSWORD,
            "GATEWAY_API_TOKEN": TOKEN,
            "GATEWAY_PRIVACY_LOCAL_JURISDICTION": "FR",
            "GATEWAY_DELIVERY_INTERVAL": "0.2",
            "GATEWAY_ROLLUP_INTERVAL": "1",
            **environment,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, timeout: float = 60.0) -> None:
        """Back once it is ready for writes. Raises RuntimeError with its log where it does not become so."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", *self.serving()],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        STARTED.add(self.process)
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up and self.process.poll() is None:
            with contextlib.suppress(OSError, RuntimeError):
                if self.get("/readyz")["ready"]:
                    return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the gateway did not start:\n{self.log.read_text()[-4000:]}")

    def serving(self) -> list[str]:
        """The command that serves."""
        return ["serve", "--config", str(self.config)]

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code once it has drained."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        STARTED.discard(process)
        process.send_signal(how)
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def __enter__(self) -> RunningGateway:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def get(self, path: str, **headers: str) -> Any:
        """The JSON at `path`, asked for with the admin token. Raises RuntimeError for an error answer."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {TOKEN}", **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read()[:500]!r}") from None

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def command(self, *arguments: str) -> str:
        """What a `gateway` command prints; raises CalledProcessError where it fails, with what it said of that."""
        command = [sys.executable, "-m", "gateway", arguments[0], *_rest(arguments, str(self.config))]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=120)
        if done.returncode:
            failed = subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
            failed.add_note(done.stderr[-3000:])
            raise failed
        return done.stdout

    def wait_logged(self, message: str, timeout: float = 60.0) -> None:
        """Back once the gateway has logged `message`."""
        give_up = time.monotonic() + timeout
        while message not in self.log.read_text():
            if time.monotonic() > give_up:
                raise RuntimeError(f"{message!r} was not logged in {timeout} s:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def wait_delivered(self, timeout: float = 60.0) -> None:
        """Back once everything in the journal is stored."""
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up:
            ready = self.get("/readyz")
            if ready["journal"]["records"] == 0 and ready["warehouse"]["answers"]:
                return
            time.sleep(0.2)
        raise RuntimeError(f"not delivered in {timeout} s: {self.get('/readyz')}\n{self.log.read_text()[-3000:]}")

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the embedded database, read by another process: the gateway must be stopped."""
        assert self.process is None, "one process at a time opens the embedded database"
        program = (
            "import json,sys,clickhouse_connect;"
            "c=clickhouse_connect.get_client(interface='chdb',path=sys.argv[1],database='gateway');"
            "print(json.dumps(list(c.query(sys.argv[2]).named_results()),default=str))"
        )
        output = subprocess.run(
            [sys.executable, "-c", program, str(self.data / "clickhouse"), sql],
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout  # fmt: skip
        rows: list[dict[str, Any]] = json.loads(output)
        return rows


class RunningDemo(RunningGateway):
    """`gateway demo`: the example website at `shop_url`, on another origin of the same site."""

    def __init__(self, directory: Path, **environment: str) -> None:
        self.shop_port = free_port()
        super().__init__(directory, GATEWAY_DEMO_PORT=str(self.shop_port), **environment)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.shop_port}"

    def serving(self) -> list[str]:
        return ["demo"]


def _rest(arguments: tuple[str, ...], config: str) -> list[str]:
    """The arguments after the command, with --config where the command (or its subcommand) takes it."""
    rest = list(arguments[1:])
    place = 1 if arguments[0] in ("dead-letters", "tokens") else 0
    return [*rest[:place], "--config", config, *rest[place:]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
