"""A disk that refuses: exactly the group that failed is told so, and the journal recovers by itself."""

from __future__ import annotations

import json
from pathlib import Path

from tests.journal.journals import child, payloads, verify_chains


def test_a_failed_commit_fails_its_callers_and_the_next_succeeds(tmp_path: Path) -> None:
    process = child("full_disk.py", tmp_path)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    report = json.loads(out)
    assert report["before"] == ["ok"] * 10
    assert set(report["during"]) == {"Unavailable"}
    assert report["retry_after"] > 0
    assert report["writable"] == [False, True], "seen without traffic"
    assert report["after"] == ["ok"] * 10

    ids, sealed = set(), []
    for payload in payloads(tmp_path):
        row = json.loads(payload)
        sealed.append(row)
        ids.add(row["row"].split()[0])
    assert {f"before-{n}" for n in range(10)} | {f"after-{n}" for n in range(10)} <= ids
    verify_chains([row for row in sealed if not row["row"].startswith("during")])
