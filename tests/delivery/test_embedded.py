"""The same promises against the real ClickHouse, embedded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.journal.journals import ROOT


def test_everything_once_in_the_embedded_clickhouse(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("embedded.py")), str(tmp_path)],
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        timeout=90,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found = json.loads(done.stdout)
    assert found["refilled"] == [600, 600]
    assert found["restarted"] == [660, 660]
    assert found["poisoned"] == [669, 669]
    assert found["letters"] == sorted(
        [
            '{"site":1,"day":"2026-08-15","ts":"never"}',
            "{broken",
            '{"site":1,"day":"no day","ts":1}',
            "\\xff\\xfe",
        ]
    )
    assert found["replayed"] == [1, 0]
    assert found["after_replay"] == [670, 670]
    assert found["discarded"] == [4, 0]
    assert found["left"] == 0
    assert found["files"] == ["writer-0.lock"]
