"""`gateway import` as an operator runs it: alone and killed, beside a gateway, again; and a log importer over HTTP."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.clock import add_months
from gateway.wiring import GEOGRAPHY
from tests.imports.importing import figures_of
from tests.imports.logs import AGENTS, ZONE, Figures, access_log, counted, write
from tests.running.gateways import TOKEN, RunningGateway

TODAY = datetime.now(ZONE).date()
OLD = add_months(TODAY, -20)
RECENT = TODAY - timedelta(days=9)


def midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    one = RunningGateway(tmp_path_factory.mktemp("gateway"))
    yield one
    one.kill()


def figures(gateway: RunningGateway) -> Figures:
    span = f"from={OLD - timedelta(days=1)}&to={TODAY}&limit=1000"
    totals = gateway.get(f"/v1/stats/1?{span}")["totals"]
    pages = gateway.get(f"/v1/stats/1?{span}&dimension=page")["rows"]
    countries = gateway.get(f"/v1/stats/1?{span}&dimension=country")["rows"]
    return figures_of(
        totals,
        {row["page"]: row["pageviews"] for row in pages},
        {row["country"]: row["visits"] for row in countries},
    )


def test_killed_alone_finished_beside_a_gateway(gateway: RunningGateway, tmp_path: Path) -> None:
    lines = access_log(500, midnight(OLD), 40) + access_log(300, midnight(RECENT), 3, seed=2)
    file = write(tmp_path / "access.log", lines)
    command = ("import", "--site", "1", str(file))
    said = gateway.command(*command, "--dry-run")
    expected = counted(lines, GEOGRAPHY)
    assert said.startswith(f"{len(lines)} read, {expected.pageviews} would be taken, {OLD}")
    assert positions(gateway) == []

    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "import", "--config", str(gateway.directory / "gateway.toml"), *command[1:]],
        env=gateway._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    give_up = time.monotonic() + 120
    while process.poll() is None and not positions(gateway) and time.monotonic() < give_up:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    noted = positions(gateway)
    assert len(noted) == 1 and 0 < noted[0] <= file.stat().st_size

    gateway.start()
    gateway.command(*command)
    assert figures(gateway) == expected
    assert positions(gateway)[-1] == file.stat().st_size
    assert gateway.command(*command) == "0 read, 0 taken\n"
    assert figures(gateway) == expected


def positions(gateway: RunningGateway) -> list[int]:
    """How far files were read, as the state database has it; none before it is made."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{gateway.data}/state.sqlite?mode=ro", uri=True)) as state:
            return sorted(position for (position,) in state.execute("SELECT position FROM imports"))
    except sqlite3.OperationalError:
        return []


def test_what_cannot_be_done_says_why(gateway: RunningGateway, tmp_path: Path) -> None:
    if gateway.process is None:
        gateway.start()
    file = write(tmp_path / "notes.txt", ["ada@example.com wrote", "something else"])
    for arguments, code, said in (
        (("--site", "1", str(file)), 1, "these are neither access logs nor exports"),
        (("--site", "9", str(file)), 1, "There is no site 9 in this configuration."),
        (("--site", "1", str(tmp_path / "none.log")), 2, "does not exist"),
        (("--site", "1"), 2, "Missing argument"),
        (("--site", "1", "--basis", "yes", str(file)), 2, "'yes' is not one of"),
    ):
        with pytest.raises(subprocess.CalledProcessError) as error:
            gateway.command("import", *arguments)
        assert error.value.returncode == code
        assert said in error.value.stderr and "Traceback" not in error.value.stderr
        assert "ada@example.com" not in error.value.stdout + error.value.stderr


def test_a_log_importer_over_http(gateway: RunningGateway) -> None:
    """What server-log importers send: bulk requests with a token, whose visits are other people's and long ago."""
    if gateway.process is None:
        gateway.start()
    day = TODAY - timedelta(days=20)
    with httpx.Client(base_url=gateway.url, timeout=60) as client:
        asked = {
            "module": "API",
            "method": "SitesManager.getSiteFromId",
            "idSite": "1",
            "format": "json",
            "token_auth": TOKEN,
        }
        site = client.post("/", data=asked).json()
        site = site[0] if isinstance(site, list) else site
        assert site["main_url"].startswith("https://shop.example")
        requests: list[dict[str, Any] | None] = [
            {
                "rec": "1", "apiv": "1", "url": f"https://shop.example/replayed/{number % 7}", "urlref": "", "idsite": "1",
                "cip": f"81.2.{number % 50}.9", "cdt": f"{day} 10:{number // 60:02}:{number % 60:02}", "ua": AGENTS[number % 3],
                "dp": "1", "http_status": "200", "queuedtracking": "0",
            }
            for number in range(199)
        ]  # fmt: skip
        body = {"token_auth": TOKEN, "requests": [*requests, None]}
        answer = client.post("/piwik.php?queuedtracking=0", content=json.dumps(body))
        assert answer.status_code == 200
        assert answer.json() == {"status": "success", "tracked": 199, "invalid": 1, "invalid_indices": [199]}
    gateway.wait_delivered()
    gateway.command("rollup")
    totals = gateway.get(f"/v1/stats/1?from={day}&to={day}")["totals"]
    assert totals["pageviews"] == 199
    assert totals["visits"] == len({(number % 50, number % 3) for number in range(199)})
