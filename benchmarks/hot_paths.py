"""Requests a second and latency of the hot routes with durable acknowledgement, beside a bare Starlette 204.

Every round runs each endpoint once, in turn, on fresh processes with the same uvicorn settings; ratios are per round, the
median of the rounds is what to quote. Machines are shared and noisy: absolute figures vary, ratios much less.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.requests import write_requests
from gateway import secrets
from gateway.demo.run import demo_settings
from gateway.demo.site import SITE_ID
from gateway.privacy.cookies import CookieJar
from gateway.sites.catalog import Catalog

HERE = Path(__file__).parent
KINDS = ("hit", "matomo", "consent")


class Result(NamedTuple):
    per_second: float
    p50: float  # milliseconds
    p99: float
    refused: int  # answers of 400 and more
    broken: int  # connections that failed


@click.command()
@click.option("--seconds", type=click.IntRange(1, 60), default=8, show_default=True, help="Length of one run.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--connections", type=click.IntRange(1, 256), default=32, show_default=True)
@click.option("--only", type=click.Choice(KINDS), multiple=True, help="Endpoints to run; default: all.")
def main(seconds: int, rounds: int, connections: int, only: tuple[str, ...]) -> None:
    """Print requests/s, p50 and p99 of the hot routes, and their ratio to a bare endpoint of the same run."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise click.ClickException("wrk is missing; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder), wrk, seconds, connections)
        results: dict[str, list[Result]] = {}
        for _ in range(rounds):
            for kind in only or KINDS:
                for target in ("bare", "gateway"):
                    results.setdefault(f"{kind} {target}", []).append(bench.run(kind, target))
                    click.echo(".", nl=False, err=True)
        click.echo(err=True)
    click.echo(f"{os.cpu_count()} cores, {connections} connections, {rounds} rounds of {seconds} s, one worker")
    click.echo("| endpoint | requests/s | p50 ms | p99 ms | ratio to bare | p99 to bare | refused |")
    click.echo("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in only or KINDS:
        bare, ours = results[f"{kind} bare"], results[f"{kind} gateway"]
        ratio = statistics.median(b.per_second / a.per_second for a, b in zip(bare, ours, strict=True))
        slower = statistics.median(b.p99 / a.p99 for a, b in zip(bare, ours, strict=True))
        _row(f"bare, {kind} request", bare, "1", "1")
        _row(kind, ours, f"**{ratio:.2f}**", f"{slower:.1f}")
        if any(result.refused or result.broken for result in ours):
            raise click.ClickException(
                f"{kind}: answers of 400 and more, or broken connections; the figures are worthless"
            )


def _row(name: str, results: list[Result], ratio: str, slower: str) -> None:
    rate, p50, p99 = (statistics.median(getattr(r, field) for r in results) for field in ("per_second", "p50", "p99"))
    refused = sum(result.refused for result in results)
    click.echo(f"| {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {ratio} | {slower} | {refused} |")


class _Bench:
    def __init__(self, folder: Path, wrk: str, seconds: int, connections: int) -> None:
        self._folder = folder
        self._wrk = wrk
        self._seconds = seconds
        self._connections = connections
        self._runs = 0

    def run(self, kind: str, target: str) -> Result:
        port = free_port()
        self._runs += 1
        data = self._folder / str(self._runs)
        environ = {**os.environ, "GATEWAY_DATA_DIR": str(data), "GATEWAY_PORT": str(port), "GATEWAY_LOG_LEVEL": "error"}
        environ["GATEWAY_ADMIN_PASSWORD"] = "benchmark of this run"
        settings = demo_settings(environ)
        site = Catalog(settings.sites).get(SITE_ID)
        assert site is not None
        data.mkdir(mode=0o700)
        jar = CookieJar(SITE_ID, secrets.signing_keys(settings), path="/", domain="", secure=False)
        requests = self._folder / f"{kind}.requests"
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.serve", target], env=environ)
        try:
            wait(port, server)
            write_requests(requests, kind, site, jar, f"127.0.0.1:{port}", _notice(port) if target == "gateway" else "")
            self._load(port, requests, 2)  # caches warm, as on a server that has run for a minute
            return self._load(port, requests, self._seconds)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
            shutil.rmtree(data)

    def _load(self, port: int, requests: Path, seconds: int) -> Result:
        command = [
            self._wrk,
            "-t1",
            f"-c{self._connections}",
            f"-d{seconds}s",
            "-s",
            str(HERE / "replay.lua"),
            f"http://127.0.0.1:{port}/",
        ]
        output = subprocess.run(
            command, env={**os.environ, "BENCH_REQUESTS": str(requests)}, check=True, capture_output=True, text=True
        ).stdout
        line = next(line for line in output.splitlines() if line.startswith("RESULT"))
        rate, p50, p99, refused, broken = line.split()[1:]
        return Result(float(rate), float(p50), float(p99), int(refused), int(broken))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _notice(port: int) -> str:
    """The fingerprint of the notice that the benchmark's visitors were shown."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/sites/{SITE_ID}/notice", timeout=10) as answer:
        return str(json.loads(answer.read())["notice"])


def wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return
        except OSError:
            if server.poll() is not None:
                raise click.ClickException("the server did not start") from None
            time.sleep(0.1)
    raise click.ClickException("the server did not answer")


if __name__ == "__main__":
    main()
