"""A real PostgreSQL for tests: a cluster of its own in a directory of its own, out of the programs of Debian's package."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_USER = "gateway"
# What an operator's may be and a developer's seldom is: another zone, and an order of letters that is not that of bytes.
_LOCALE = ("--locale=C.UTF-8", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=fr")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "Asia/Tokyo",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "200",
}


def missing() -> str:
    """Why there can be none here; empty where there can."""
    if _programs() is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    return "" if os.geteuid() or _servant() else "PostgreSQL does not run as root, and there is no user postgres"


class PostgreSQL:
    """A server on 127.0.0.1 that lets the user `gateway` in without a password; it may be stopped and started again.

    Runs as the user postgres where the tests are root's: PostgreSQL refuses root.
    """

    def __init__(self) -> None:
        """Makes the cluster. Raises CalledProcessError with what initdb said, RuntimeError where it cannot be (missing())."""
        programs = _programs()
        if programs is None:
            raise RuntimeError(missing())
        self._programs = programs
        self._directory = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {"cwd": self._directory, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            shutil.chown(self._directory, "postgres", "postgres")
            self._as |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        self.port = _free_port()
        subprocess.run(
            [programs / "initdb", "-D", self._directory / "data", "-U", _USER, "--auth=trust", "--no-sync", *_LOCALE],
            check=True, capture_output=True, **self._as,
        )  # fmt: skip

    def start(self, timeout: float = 60.0) -> None:
        """Back once it answers. Raises RuntimeError with its log where it does not."""
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        log = self._directory / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._directory / "data", "-p", str(self.port), *settings],
                stdout=output, stderr=output, **self._as,
            )  # fmt: skip
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up and self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), self._connection():
                return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """End it at once, breaking off whoever is connected."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    def remove(self) -> None:
        """Stop it and delete what it wrote."""
        self.stop()
        shutil.rmtree(self._directory)

    def database(self, name: str) -> str:
        """The URL of this database for settings.state.url; it is made where it is not there."""
        with self._connection() as connection:
            there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{name}"

    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=_USER, dbname="postgres", autocommit=True, connect_timeout=5
        )


def _programs() -> Path | None:
    """Where initdb is: Debian puts it on nobody's path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve()] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


def _servant() -> bool:
    return any(entry.pw_name == "postgres" for entry in pwd.getpwall())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
