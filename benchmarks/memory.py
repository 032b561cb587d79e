"""Memory of a gateway under a steady load: python -m benchmarks.memory [--minutes 60] [--rate 200]

One worker with the embedded database, delivery and rollup in the same process, gets page views of different visitors on four
connections, at most --rate a second. Every minute a line says how much memory the process holds: all of it (VmRSS), and what is
neither shared nor a file's (RssAnon), which is where a leak would show.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.hot_paths import free_port, wait
from benchmarks.requests import requests
from gateway import secrets
from gateway.demo.run import demo_settings
from gateway.demo.site import SITE_ID
from gateway.privacy.cookies import CookieJar
from gateway.sites.catalog import Catalog

CONNECTIONS = 4


@click.command()
@click.option("--minutes", type=click.IntRange(1, 24 * 60), default=60, show_default=True)
@click.option("--rate", type=click.IntRange(CONNECTIONS, 10_000), default=200, show_default=True, help="Hits a second.")
def main(minutes: int, rate: int) -> None:
    """Print the memory of one gateway minute by minute."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environ = {**os.environ, "GATEWAY_DATA_DIR": folder, "GATEWAY_PORT": str(port), "GATEWAY_LOG_LEVEL": "error"}
        environ["GATEWAY_ADMIN_PASSWORD"] = "benchmark of this run"
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.serve", "gateway"], env=environ)
        try:
            wait(port, server)
            settings = demo_settings(environ)
            site = Catalog(settings.sites).get(SITE_ID)
            assert site is not None
            jar = CookieJar(SITE_ID, secrets.signing_keys(settings), path="/", domain="", secure=False)
            host = f"127.0.0.1:{port}"
            visits = [requests("hit", site, jar, host, seed=number) for number in range(CONNECTIONS)]
            asyncio.run(_measure(server.pid, port, visits, minutes, rate / CONNECTIONS))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


async def _measure(server: int, port: int, visits: list[Iterator[bytes]], minutes: int, rate: float) -> None:
    sent = [0]
    ends = time.monotonic() + minutes * 60
    loads = [asyncio.create_task(_load(port, some, rate, ends, sent)) for some in visits]
    click.echo("| minute | hits | VmRSS MB | RssAnon MB |\n| --- | --- | --- | --- |")
    for minute in range(1, minutes + 1):
        await asyncio.sleep(max(0, ends - (minutes - minute) * 60 - time.monotonic()))
        held = _held(server)
        click.echo(f"| {minute} | {sent[0]:,} | {held['VmRSS']:.0f} | {held['RssAnon']:.0f} |")
    await asyncio.gather(*loads)


async def _load(port: int, requests: Iterator[bytes], rate: float, ends: float, sent: list[int]) -> None:
    """One connection that sends a request, waits for its answer, and never more than `rate` a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    while time.monotonic() < ends:
        writer.write(next(requests))
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 202"):
            raise click.ClickException(f"answered {answer[:100]!r}; the figures are worthless")
        await reader.readexactly(_length(answer))
        sent[0] += 1
        due = max(due + 1 / rate, time.monotonic() - 1)  # a slow minute is not made up for by a burst
        await asyncio.sleep(due - time.monotonic())
    writer.close()


def _length(head: bytes) -> int:
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lengths[0]) if lengths else 0


def _held(process: int) -> dict[str, float]:
    """MB by the kernel's name for it."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    fields = (line.split() for line in lines if line.startswith(("VmRSS", "RssAnon")))
    return {field[0].rstrip(":"): int(field[1]) / 1000 for field in fields}


if __name__ == "__main__":
    main()
