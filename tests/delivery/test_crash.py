"""Killed between any two steps of delivery: the same rows under the same tokens, nothing twice, nothing lost."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.delivery.stores import hit
from tests.journal.journals import ROOT, append_all, make_journal


def deliver(directory: Path, store: Path, point: str) -> int:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("crasher.py")), str(directory), str(store), point],
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        timeout=30,
    )
    assert b"other rows" not in done.stdout
    return done.returncode


@pytest.mark.parametrize("point", ["before the insert", "after the insert"])
def test_killed_in_the_middle(tmp_path: Path, point: str) -> None:
    directory, store = tmp_path / "journal", tmp_path / "store.sqlite"

    async def fill(begin: int) -> None:
        journal = make_journal(directory)
        journal.open()
        await append_all(journal, "hits", *[hit(begin + k, f"2026-1{k % 2}-01") for k in range(200)])
        journal.close()

    for n in range(3):
        asyncio.run(fill(n * 200))
        assert deliver(directory, store, point) == 9
    assert deliver(directory, store, "never") == 0
    database = sqlite3.connect(store)
    found = [line for (block,) in database.execute("SELECT lines FROM tokens") for line in block.split(b"\n")]
    database.close()
    assert sorted(found) == sorted(hit(n, f"2026-1{n % 2}-01") for n in range(600))
    assert not list(directory.glob("*.segment"))
