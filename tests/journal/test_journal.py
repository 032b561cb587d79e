"""Appending: what is acknowledged is on disk, in order, within the cap."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from gateway.errors import JournalFull, Unavailable
from gateway.journal.reader import Segments
from gateway.metrics import Metrics
from tests.journal.journals import append_all, make_journal, payloads, read_all, seal, verify_chains


def test_acknowledged_is_readable_while_the_writer_lives(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path)
        journal.open()
        await journal.append("hits", [b"one", b"two"])
        await journal.append("consents", [b"three"])
        ((uuid, records),) = read_all(tmp_path).items()
        assert [(r.seq, r.stream, r.payload) for r in records] == [
            (1, "hits", b"one"),
            (2, "hits", b"two"),
            (3, "consents", b"three"),
        ]
        assert (tmp_path / f"{uuid}.segment").exists()
        journal.close()

    asyncio.run(run())


def test_what_arrives_during_a_commit_is_one_group(tmp_path: Path) -> None:
    metrics = Metrics()

    async def run() -> None:
        journal = make_journal(tmp_path, metrics=metrics)
        journal.open()
        await append_all(journal, "hits", *[b"%d" % n for n in range(2000)])
        journal.close()

    asyncio.run(run())
    assert payloads(tmp_path) == [b"%d" % n for n in range(2000)]
    commits = metrics.registry.get_sample_value("gateway_journal_commits_total")
    assert commits is not None
    assert 1 <= commits < 500


def test_close_commits_what_is_queued_and_then_refuses(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path)
        journal.open()
        futures = [journal.append("hits", [b"%d" % n]) for n in range(100)]
        journal.close()
        await asyncio.gather(*futures)
        with pytest.raises(Unavailable):
            journal.append("hits", [b"late"])
        journal.close()

    asyncio.run(run())
    assert len(payloads(tmp_path)) == 100


def test_a_cancelled_caller_disturbs_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path)
        journal.open()
        gone = journal.append("hits", [b"gone"])
        stays = journal.append("hits", [b"stays"])
        gone.cancel()
        await stays
        journal.close()

    asyncio.run(run())
    assert b"stays" in payloads(tmp_path)


def test_segments_rotate_by_size_and_none_is_lost(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path, segment_bytes=100_000)
        journal.open()
        for n in range(30):
            await append_all(journal, "hits", *[b"%d" % (n * 50 + k) + b"x" * 300 for k in range(50)])
        journal.close()

    asyncio.run(run())
    assert len(list(tmp_path.glob("*.segment"))) > 2
    assert not list(tmp_path.glob("*-wal")), "a finished segment is one file"
    assert sorted(int(p.rstrip(b"x")) for p in payloads(tmp_path)) == list(range(1500))


def test_segments_rotate_by_age_without_traffic(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path, segment_seconds=0.2)
        journal.open()
        await journal.append("hits", [b"one"])
        for _ in range(100):
            await asyncio.sleep(0.05)
            if len(list(tmp_path.glob("*.segment"))) > 1:
                break
        assert len(list(tmp_path.glob("*.segment"))) == 2
        await asyncio.sleep(1.0)
        assert len(list(tmp_path.glob("*.segment"))) == 2, "an empty segment does not age"
        journal.close()

    asyncio.run(run())
    assert payloads(tmp_path) == [b"one"]


def test_an_unused_journal_leaves_no_segment(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    journal.open()
    journal.close()
    assert [path.name for path in tmp_path.iterdir()] == ["writer-0.lock"]


def test_past_the_cap_only_the_reserve_is_given(tmp_path: Path) -> None:
    metrics = Metrics()

    async def run() -> None:
        journal = make_journal(tmp_path, max_bytes=400_000, reserve_bytes=200_000, metrics=metrics)
        journal.open()
        with pytest.raises(JournalFull) as refusal:
            for _ in range(1000):
                await journal.append("hits", [b"x" * 1000])
        assert refusal.value.retry_after
        with pytest.raises(JournalFull):
            journal.append("hits", [b"x" * 1000])
        await journal.append("consents", [b"yes"], reserve=True)
        with pytest.raises(JournalFull):
            for _ in range(1000):
                await journal.append("consents", [b"x" * 1000], reserve=True)
        assert b"yes" in payloads(tmp_path)
        journal.close()

    asyncio.run(run())
    assert metrics.registry.get_sample_value("gateway_journal_refused_total") == 3.0


def test_room_comes_back_once_segments_are_gone(tmp_path: Path) -> None:
    async def run() -> None:
        other = make_journal(tmp_path)
        other.open()
        await other.append("hits", [b"x" * 500_000])
        other.close()
        journal = make_journal(tmp_path, max_bytes=400_000, reserve_bytes=0)
        journal.open()
        with pytest.raises(JournalFull):
            journal.append("hits", [b"x"])
        assert journal.pending()[1] > 500_000
        for path in tmp_path.glob("*.segment"):
            if path.stat().st_size > 400_000:
                path.unlink()
        await asyncio.sleep(1.2)
        await journal.append("hits", [b"x"])
        journal.close()

    asyncio.run(run())


def test_pending_counts_what_was_not_stored(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path)
        journal.open()
        assert journal.pending()[0] == 0
        await append_all(journal, "hits", *[b"%d" % n for n in range(10)])
        await asyncio.sleep(1.2)
        records, size, age = journal.pending()
        assert records == 10
        assert size > 0
        assert 1.0 < age < 5.0
        journal.close()

    asyncio.run(run())


def test_sealed_rows_form_one_chain_across_segments(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path, segment_bytes=100_000, seals={"consents": seal})
        journal.open()
        for n in range(60):
            await append_all(journal, "consents", b"%d" % n, b"x" * 2000)
            await journal.append("hits", [b"between"])
        journal.close()

    asyncio.run(run())
    rows = [json.loads(p) for p in payloads(tmp_path) if p != b"between"]
    assert len(rows) == 120
    assert len(verify_chains(rows)) == 1
    assert len(list(tmp_path.glob("*.segment"))) > 1


def test_a_restart_opens_a_chain_that_follows_the_last_even_after_its_segment_is_gone(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []

    async def run(n: int) -> None:
        journal = make_journal(tmp_path, seals={"consents": seal})
        journal.open()
        await append_all(journal, "consents", b"%d a" % n, b"%d b" % n)
        journal.close()
        segments = Segments(tmp_path, lambda: None)
        for segment in segments.claimed():
            if n % 2:  # every other segment is stored and removed before the next start
                rows.extend(json.loads(record.payload) for record in segment.read(0, 100, 10**9))
                segments.remove(segment)
        segments.release()

    for n in range(6):
        asyncio.run(run(n))
    assert len(rows) == 12
    assert len(verify_chains(rows)) == 6


def test_what_a_seal_refuses_fails_alone(tmp_path: Path) -> None:
    def strict(payload: bytes, chain: str, seq: int, previous: str) -> tuple[bytes, str]:
        if payload == b"bad":
            raise ValueError("bad")
        return seal(payload, chain, seq, previous)

    async def run() -> None:
        journal = make_journal(tmp_path, seals={"consents": strict})
        journal.open()
        results = await asyncio.gather(
            journal.append("consents", [b"one"]),
            journal.append("consents", [b"two", b"bad"]),
            journal.append("hits", [b"bad"]),
            journal.append("consents", [b"three"]),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [type(None), ValueError, type(None), type(None)]
        journal.close()

    asyncio.run(run())
    rows = [json.loads(p) for p in payloads(tmp_path) if p != b"bad"]
    assert [row["row"] for row in rows] == ["one", "three"]
    verify_chains(rows)


def test_a_replay_keeps_the_seal_it_carries(tmp_path: Path) -> None:
    async def run() -> None:
        journal = make_journal(tmp_path, seals={"consents": seal})
        journal.open()
        await journal.append("consents", [b"as it was"], sealed=True)
        await journal.append("consents", [b"new"])
        journal.close()

    asyncio.run(run())
    replayed, new = payloads(tmp_path)
    assert replayed == b"as it was"
    assert json.loads(new)["seq"] == 1


def test_append_costs_little(tmp_path: Path) -> None:
    """A guard against work creeping into the hot path, not a benchmark: the bound is far above what it takes."""

    async def run() -> float:
        journal = make_journal(tmp_path)
        journal.open()
        begun = time.process_time()
        futures = [journal.append("hits", [b"x" * 600]) for _ in range(5000)]
        taken = time.process_time() - begun
        await asyncio.gather(*futures)
        journal.close()
        return taken

    assert asyncio.run(run()) / 5000 < 0.001
