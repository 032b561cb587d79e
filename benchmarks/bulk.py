"""Hits a second through Matomo bulk requests, as a log importer sends them: 200 a request, each on disk before the answer.

Beside it, in the same run, the time that a fixed loop of Python takes: on a shared machine it says what the figure is worth.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import click

from benchmarks.hot_paths import free_port, wait
from gateway.demo.audience import BROWSERS, PAGES
from gateway.demo.site import SITE_ID

TOKEN = "benchmark-token-of-this-run-0123456789"
BODIES = 40
LOOP = 2_000_000


@click.command()
@click.option("--hits", type=click.IntRange(1, 2_000), default=200, show_default=True, help="Hits in a request.")
@click.option("--connections", type=click.IntRange(1, 32), default=4, show_default=True)
@click.option("--seconds", type=click.IntRange(1, 60), default=8, show_default=True, help="Length of one round.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--days", type=click.IntRange(1, 300), default=1, show_default=True, help="Days that the log covers.")
def main(hits: int, connections: int, seconds: int, rounds: int, days: int) -> None:
    """Print hits/s of one worker, embedded database, delivery and rollup in the same process."""
    bodies = [_body(hits, days, random.Random(number)) for number in range(BODIES)]
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environ = {**os.environ, "GATEWAY_DATA_DIR": folder, "GATEWAY_PORT": str(port), "GATEWAY_LOG_LEVEL": "error"}
        environ |= {"GATEWAY_ADMIN_PASSWORD": "benchmark of this run", "GATEWAY_API_TOKEN": TOKEN}
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.serve", "gateway"], env=environ)
        try:
            wait(port, server)
            _load(port, bodies, connections, 2)  # caches warm
            rates = [_load(port, bodies, connections, seconds) for _ in range(rounds)]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    click.echo(
        f"{os.cpu_count()} cores, {connections} connections, {hits} hits a request, {rounds} rounds of {seconds} s"
    )
    click.echo(f"{statistics.median(rates):,.0f} hits/s (from {min(rates):,.0f} to {max(rates):,.0f})")
    click.echo(f"{_loop():.0f} ns for one turn of an empty loop on this machine, now")


def _body(hits: int, days: int, chance: random.Random) -> bytes:
    agents = [template.format(v=version + bump) for template, version, _, _ in BROWSERS for bump in range(30)]
    now = datetime.now(UTC)
    requests = [
        {
            "rec": "1",
            "apiv": "1",
            "idsite": str(SITE_ID),
            "url": f"http://localhost:8001{chance.choice(PAGES).path}/{chance.randrange(2_000)}",
            "urlref": chance.choice(("", "", "https://www.google.com/", "https://www.instagram.com/")),
            "cip": f"198.51.{chance.randrange(100)}.{chance.randrange(256)}",
            "cdt": f"{now - timedelta(seconds=chance.randrange(days * 86_400)):%Y-%m-%d %H:%M:%S}",
            "ua": chance.choice(agents),
            "_id": f"{chance.getrandbits(64):016x}",
            "http_status": "200",
            "bw_bytes": str(chance.randrange(90_000)),
            "queuedtracking": "0",
            "dp": "0",
            "bots": "0",
        }
        for _ in range(hits)
    ]
    return json.dumps({"token_auth": TOKEN, "requests": requests}).encode()


def _load(port: int, bodies: list[bytes], connections: int, seconds: int) -> float:
    """Hits acknowledged a second."""
    ends = time.monotonic() + seconds

    def importer(first: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        tracked, number = 0, first
        while time.monotonic() < ends:
            connection.request("POST", "/piwik.php?queuedtracking=0", bodies[number % len(bodies)])
            answer = json.loads(connection.getresponse().read())
            if answer.get("status") != "success" or answer["invalid"]:
                raise click.ClickException(f"the gateway answered {answer}; the figures are worthless")
            tracked += answer["tracked"]
            number += connections
        connection.close()
        return tracked

    started = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        tracked = sum(pool.map(importer, range(connections)))
    return tracked / (time.monotonic() - started)


def _loop() -> float:
    started = time.perf_counter()
    for _ in range(LOOP):
        pass
    return (time.perf_counter() - started) / LOOP * 1e9


if __name__ == "__main__":
    main()
