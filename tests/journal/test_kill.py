"""kill -9 in the middle of everything: nothing that was acknowledged is lost, and no chain forks."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from tests.journal.journals import child, payloads, read_all, verify_chains


def test_acknowledged_is_readable_after_kill_9(tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: set[str] = set()
    damaged: list[int] = []
    for number in range(6):
        process = child("appender.py", tmp_path, number)
        assert process.stdout is not None
        seen = process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.6))
        process.kill()
        seen += process.stdout.read()
        process.wait()
        process.stdout.close()
        acknowledged |= {line.decode() for line in seen.splitlines(keepends=False)[:-1] if line}

    by_segment = read_all(tmp_path, lambda: damaged.append(1))
    for records in by_segment.values():
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
    sealed, ids = [], []
    for payload in payloads(tmp_path):
        if payload.startswith(b"{"):
            row = json.loads(payload)
            sealed.append(row)
            payload = row["row"].encode()
        ids.append(payload.split()[0].decode())
    assert not damaged, "a kill is not damage"
    assert len(acknowledged) > 50
    assert acknowledged <= set(ids)
    assert len(ids) == len(set(ids))
    assert len(verify_chains(sealed)) == 6
