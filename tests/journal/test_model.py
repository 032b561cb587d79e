"""The journal against a model: a list of what was acknowledged. Append, rotate, crash, reopen, deliver, in any order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.journal.reader import Segments
from tests.journal.journals import make_journal, payloads

STREAMS = st.sampled_from(["hits", "consents", "notices"])
SIZES = st.lists(st.integers(0, 9000), min_size=1, max_size=5)


class JournalModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.root = Path(tempfile.mkdtemp())
        self.life = 0
        self.directory = self.root / "0"
        self.count = 0
        self.acknowledged: set[bytes] = set()
        self.delivered: list[bytes] = []
        self.tokens: set[tuple[str, int]] = set()
        self.journal = make_journal(self.directory, segment_bytes=60_000)
        self.journal.open()

    @rule(stream=STREAMS, sizes=SIZES, callers=st.integers(1, 20))
    def append(self, stream: str, sizes: list[int], callers: int) -> None:
        async def run() -> None:
            appended, futures = [], []
            for _ in range(callers):
                each = []
                for size in sizes:
                    self.count += 1
                    each.append(b"%d " % self.count + b"x" * size)
                appended += each
                futures.append(self.journal.append(stream, each))
            await asyncio.gather(*futures)
            self.acknowledged |= set(appended)

        self.loop.run_until_complete(run())

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = make_journal(self.directory, segment_bytes=60_000)
        self.journal.open()

    @rule()
    def crash(self) -> None:
        """What the disk holds now is all that is left."""
        self.life += 1
        after = self.root / str(self.life)
        after.mkdir()
        for path in self.directory.iterdir():
            if not path.name.endswith("-shm"):
                shutil.copyfile(path, after / path.name)
        self.journal.close()
        shutil.rmtree(self.directory)
        self.directory = after
        self.journal = make_journal(self.directory, segment_bytes=60_000)
        self.journal.open()

    @rule()
    def deliver(self) -> None:
        segments = Segments(self.directory, lambda: self.fail("nothing was damaged"))
        for segment in segments.claimed():
            if segment.final:
                for record in segment.read(0, 10**6, 10**9):
                    name = (segment.uuid, record.seq)
                    assert name not in self.tokens, "a record's name came back"
                    self.tokens.add(name)
                    self.delivered.append(record.payload)
                segments.remove(segment)
        segments.release()

    @invariant()
    def nothing_is_lost_and_nothing_is_twice(self) -> None:
        found = self.delivered + payloads(self.directory)
        assert len(found) == len(set(found))
        assert set(found) == self.acknowledged

    def fail(self, why: str) -> None:
        raise AssertionError(why)

    def teardown(self) -> None:
        self.journal.close()
        self.loop.close()
        shutil.rmtree(self.root)


JournalModel.TestCase.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestJournal = JournalModel.TestCase
