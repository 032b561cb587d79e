"""Several processes on one directory: each segment has one writer, and exactly one who delivers it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from gateway.journal.reader import Segments
from tests.journal.journals import ROOT, child, make_journal, payloads, seal


def claimers(directory: Path, count: int) -> list[subprocess.Popen[bytes]]:
    return [
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("claimer.py")), str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        )
        for _ in range(count)
    ]


def claimed_by(process: subprocess.Popen[bytes]) -> list[str]:
    assert process.stdout is not None
    return list(json.loads(process.stdout.readline()))


def end(process: subprocess.Popen[bytes]) -> None:
    process.communicate(timeout=10)


def test_dead_writers_segments_are_adopted_exactly_once(tmp_path: Path) -> None:
    async def one() -> None:
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [b"x"])
        journal.close()

    for _ in range(20):
        asyncio.run(one())
    uuids = sorted(path.stem for path in tmp_path.glob("*.segment"))
    processes = claimers(tmp_path, 4)
    taken = [uuid for process in processes for uuid in claimed_by(process)]
    assert sorted(taken) == uuids
    for process in processes:
        end(process)
    (last,) = claimers(tmp_path, 1)
    assert sorted(claimed_by(last)) == uuids, "claims end with their process"
    end(last)


def test_a_living_writers_segment_is_its_own_processs_to_deliver(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [b"x"])
        (other,) = claimers(tmp_path, 1)
        assert claimed_by(other) == []
        end(other)
        segments = Segments(tmp_path, lambda: None)
        (own,) = segments.claimed()
        assert not own.final
        journal.close()
        (own,) = segments.claimed()
        assert own.final
        segments.remove(own)
        segments.release()

    asyncio.run(run())
    assert [path.name for path in tmp_path.iterdir()] == ["writer-0.lock"]


def test_a_killed_writers_segment_passes_to_another(tmp_path: Path) -> None:
    process = child("appender.py", tmp_path, 0)
    assert process.stdout is not None
    process.stdout.readline()
    segments = Segments(tmp_path, lambda: None)
    assert all(segment.final for segment in segments.claimed()), "only what that writer has finished"
    process.kill()
    process.stdout.read()
    process.stdout.close()
    process.wait()
    assert len(segments.claimed()) == len(list(tmp_path.glob("*.segment")))
    segments.release()


def test_writers_at_the_same_time_have_slots_and_chains_of_their_own(tmp_path: Path) -> None:
    async def run() -> None:
        journals = [make_journal(tmp_path, seals={"consents": seal}) for _ in range(3)]
        for journal in journals:
            journal.open()
        for n in range(10):
            await asyncio.gather(*[j.append("consents", [b"%d %d" % (k, n)]) for k, j in enumerate(journals)])
        for journal in journals:
            journal.close()

    asyncio.run(run())
    rows = [json.loads(payload) for payload in payloads(tmp_path)]
    assert len({row["chain"] for row in rows}) == 3
    assert {(row["row"].split()[0], row["chain"]) for row in rows if row["seq"] == 10} == {
        (row["row"].split()[0], row["chain"]) for row in rows
    }, "each writer its own chain"
    assert {path.name for path in tmp_path.glob("writer-*")} == {f"writer-{n}.lock" for n in range(3)}
