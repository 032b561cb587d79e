"""The ledger from the command line: beside the gateway that runs, after it was killed, and after somebody tampered."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.running.gateways import RunningGateway

ANSWERS = 12


def answer(gateway: RunningGateway, times: int) -> None:
    with httpx.Client(base_url=gateway.url) as client:
        notice = client.get("/v1/sites/1/notice?language=fr").json()
        body = {"site": 1, "fingerprint": notice["policy"], "notice": notice["notice"], "language": "fr"}
        for number in range(times):
            yes = number % 3 > 0
            purposes = {"analytics": yes, "payment-fraud": False}
            assert client.post("/v1/consent", json={**body, "purposes": purposes}).status_code == 201


def test_verify_export_and_key(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.start()
    answer(gateway, ANSWERS)
    key = gateway.command("ledger-key").strip()
    assert len(bytes.fromhex(key)) == 32
    gateway.kill()
    gateway.start()  # a new chain that follows the old one
    answer(gateway, 3)
    gateway.wait_delivered()
    whole = gateway.command("verify")
    assert f"{ANSWERS + 3} row(s) in 2 chain(s), 0 pruned" in whole and key in whole
    assert whole.endswith("The ledger is whole.\n")
    lines = gateway.command("export", "--site", "1").splitlines()
    assert len({json.loads(line)["hash"] for line in lines}) == ANSWERS + 3
    target = tmp_path / "ledger.csv"
    gateway.command("export", "--format", "csv", "--output", str(target))
    assert len(list(csv.DictReader(target.read_text().splitlines()))) == ANSWERS + 3
    assert target.stat().st_mode & 0o077 == 0
    records = [json.loads(line) for line in gateway.command("export", "--format", "27560").splitlines()]
    assert {record["jurisdiction"] for record in records} == {"loc:FR"}
    assert gateway.command("export", "--since", "2099-01-01") == ""
    assert gateway.stop() == 0

    assert "The ledger is whole." in gateway.command("verify"), "where no gateway runs as well"
    subprocess.run(
        [
            sys.executable, "-c",
            "import sys, clickhouse_connect as c;"
            "c.get_client(interface='chdb', path=sys.argv[1], database='gateway').command("
            "\"ALTER TABLE consents UPDATE country = 'XX' WHERE seq = 5 SETTINGS mutations_sync = 2\")",
            str(gateway.data / "clickhouse"),
        ],
        check=True, timeout=60,
    )  # fmt: skip
    with pytest.raises(subprocess.CalledProcessError) as refused:
        gateway.command("verify")
    assert refused.value.returncode == 1
    assert "row 5: was altered" in refused.value.stdout
    assert "The ledger is not whole: 1 chain(s) with a flaw." in refused.value.stderr
