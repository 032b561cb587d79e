"""Journals to test with, and how to read what is in them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.clock import SystemClock
from gateway.journal.journal import Journal, Seal
from gateway.journal.reader import Record, Segments
from gateway.metrics import Metrics
from gateway.settings import Journal as JournalSettings

ROOT = Path(__file__).parents[2]


def seal(payload: bytes, chain: str, seq: int, previous: str) -> tuple[bytes, str]:
    """A seal such as the ledger's."""
    head = hashlib.sha256(previous.encode() + payload).hexdigest()
    row = {"row": payload.decode(), "chain": chain, "seq": seq, "prev": previous, "hash": head}
    return json.dumps(row).encode(), head


def make_journal(
    directory: Path,
    *,
    max_bytes: int = 100_000_000,
    reserve_bytes: int = 1_000_000,
    spare_bytes: int = 0,
    segment_bytes: int = 64_000_000,
    segment_seconds: float = 900.0,
    seals: Mapping[str, Seal] | None = None,
    metrics: Metrics | None = None,
) -> Journal:
    settings = JournalSettings(
        max_bytes=max_bytes,
        reserve_bytes=reserve_bytes,
        spare_bytes=spare_bytes,
        segment_bytes=segment_bytes,
        segment_seconds=segment_seconds,
    )
    return Journal(directory, settings=settings, clock=SystemClock(), metrics=metrics or Metrics(), seals=seals or {})


def read_all(directory: Path, on_damage: Callable[[], object] = lambda: None) -> dict[str, list[Record]]:
    """Every record of every segment that can be claimed, by segment; then lets go of them."""
    segments = Segments(directory, on_damage)
    found = {segment.uuid: segment.read(0, 1_000_000, 1_000_000_000) for segment in segments.claimed()}
    segments.release()
    return found


def payloads(directory: Path) -> list[bytes]:
    return [record.payload for records in read_all(directory).values() for record in records]


async def append_all(journal: Journal, stream: str, *each: bytes) -> None:
    await asyncio.gather(*[journal.append(stream, [payload]) for payload in each])


def child(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A Python process that runs one of this folder's scripts."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )


def verify_chains(rows: list[dict[str, object]]) -> set[str]:
    """Checks sealed rows as a verifier would: no seq twice, none missing, every link sound. Answers the chains."""
    heads = {str(row["hash"]) for row in rows} | {"0" * 64}
    chains: dict[str, dict[int, dict[str, object]]] = {}
    for row in rows:
        chain = chains.setdefault(str(row["chain"]), {})
        seq = row["seq"]
        assert isinstance(seq, int)
        assert seq not in chain, f"seq {seq} twice in one chain"
        chain[seq] = row
    followed: set[object] = set()
    for chain in chains.values():
        assert sorted(chain) == list(range(1, len(chain) + 1))
        for seq, row in chain.items():
            expected = hashlib.sha256((str(row["prev"]) + str(row["row"])).encode()).hexdigest()
            assert row["hash"] == expected
            if seq > 1:
                assert row["prev"] == chain[seq - 1]["hash"]
        opening = chain[1]["prev"]
        assert opening in heads
        assert opening not in followed, "two chains follow one head"
        followed.add(opening)
    return set(chains)
