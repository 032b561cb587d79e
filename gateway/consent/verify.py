"""Is the ledger whole? Every chain is walked row by row; the first altered, missing or moved row of each is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple

from gateway.consent import checkpoints, ledger
from gateway.consent.checkpoints import Checkpoint
from gateway.consent.heads import Head
from gateway.consent.ledger import Link
from gateway.consent.record import ConsentRecord
from gateway.consent.signing import LedgerKeys
from gateway.warehouse.connection import Warehouse

TELL_EVERY = 10_000  # rows between reports of progress


class Progress(NamedTuple):
    done: int  # rows
    total: int


class Flaw(NamedTuple):
    """What is wrong first in a chain: at which row, and how."""

    chain: str
    seq: int
    what: str


class Verdict(NamedTuple):
    """`waiting` counts known heads that are still on their way from the journal."""

    chains: int
    rows: int
    pruned: int
    waiting: int
    flaws: list[Flaw]

    @property
    def whole(self) -> bool:
        return not self.flaws


def verify(
    warehouse: Warehouse,
    keys: LedgerKeys,
    heads: Sequence[Head] = (),
) -> Generator[Progress, None, Verdict]:
    """Walk every chain; `heads` are the last hashes that were published. Raises WarehouseUnavailable."""
    chains = ledger.stored_chains(warehouse)
    total, done = sum(chain.rows for chain in chains), 0
    pruned, flaws = _genuine(checkpoints.stored(warehouse), keys)
    gaps: dict[str, list[Checkpoint]] = defaultdict(list)
    for gap in pruned:
        gaps[gap.chain].append(gap)
    unseen = checkpoints.openings(chains, pruned)  # hashes that chains open on, until a row or checkpoint shows them
    for gap in pruned:
        unseen.pop(gap.hash, None)
    wanted = {(head.chain, head.seq) for head in heads}
    found: dict[tuple[str, int], str] = {(gap.chain, gap.last_seq): gap.hash for gap in pruned}
    for chain in chains:
        walk = _Walk(chain.chain, gaps[chain.chain])
        for row in ledger.rows_of(warehouse, chain):
            if walk.flaw is None:
                walk.step(row)
            unseen.pop(row.hash, None)
            if (row.chain, row.seq) in wanted:
                found[row.chain, row.seq] = row.hash
            done += 1
            if done % TELL_EVERY == 0:
                yield Progress(done, total)
        if walk.flaw is not None:
            flaws.append(walk.flaw)
    yield Progress(total, total)
    if loose := ledger.unchained(warehouse):
        flaws.append(Flaw("", 0, f"{loose} row(s) stand in no chain: no gateway wrote them"))
    flaws += [Flaw(name, 1, "the chain that it follows, or that chain's end, is missing") for name in unseen.values()]
    waiting = 0
    flawed = {flaw.chain for flaw in flaws}
    for head in heads:
        contradiction = _contradiction(head, found, gaps[head.chain])
        if contradiction is None or head.chain in flawed:
            continue
        if head.waiting and (head.chain, head.seq) not in found:
            waiting += 1
            continue
        flaws.append(contradiction)
        flawed.add(head.chain)
    return Verdict(len(chains), total, sum(gap.last_seq - gap.first_seq + 1 for gap in pruned), waiting, flaws)


class _Walk:
    """One chain, followed from row to row."""

    def __init__(self, chain: str, gaps: list[Checkpoint]) -> None:
        self.chain = chain
        self.gaps: dict[int, list[Checkpoint]] = defaultdict(list)
        for gap in gaps:
            self.gaps[gap.first_seq].append(gap)
        self.seq = 0
        self.hash = ""
        self.flaw: Flaw | None = None

    def step(self, row: ConsentRecord | Link) -> None:
        if row.seq == self.seq and self.seq and row.hash == self.hash:
            if not ledger.is_sound(row):  # the same row stored twice is one row; a forged twin is not
                self._found(row.seq, "has a twin that was altered")
            return
        if row.seq <= self.seq:
            self._found(row.seq, "two different rows have this number")
            return
        self._jump(row.seq)
        if self.flaw is not None:
            return
        if self.seq and row.prev != self.hash:
            self._found(row.seq, "does not follow the row before it: one of them was moved or altered")
            return
        if not ledger.is_sound(row):
            self._found(row.seq, "was altered")
            return
        self.seq, self.hash = row.seq, row.hash

    def _jump(self, to: int) -> None:
        """Over what was pruned, up to the row before `to`."""
        while self.seq + 1 < to:
            # Of several that begin here (a run that was pruned in two attempts) the longest that ends before `to`.
            here = [gap for gap in self.gaps.get(self.seq + 1, ()) if gap.last_seq < to]
            if not here:
                missing = f"{self.seq + 1}" if self.seq + 2 == to else f"{self.seq + 1} to {to - 1}"
                self._found(self.seq + 1, f"missing: no row {missing}, and no checkpoint that says it was pruned")
                return
            gap = max(here, key=lambda gap: gap.last_seq)
            if self.seq and gap.prev != self.hash:
                self._found(gap.first_seq, "what was pruned here does not follow the row before it")
                return
            self.seq, self.hash = gap.last_seq, gap.hash

    def _found(self, seq: int, what: str) -> None:
        self.flaw = Flaw(self.chain, seq, what)


def _genuine(stored: Iterable[Checkpoint], keys: LedgerKeys) -> tuple[list[Checkpoint], list[Flaw]]:
    genuine: list[Checkpoint] = []
    flaws: list[Flaw] = []
    for checkpoint in stored:
        if checkpoint.is_genuine(keys):
            genuine.append(checkpoint)
        else:
            what = "a checkpoint is not signed with the ledger's key"
            flaws.append(Flaw(checkpoint.chain, checkpoint.first_seq, what))
    return genuine, flaws


def _contradiction(head: Head, found: dict[tuple[str, int], str], gaps: list[Checkpoint]) -> Flaw | None:
    """What contradicts a head known from elsewhere, None where nothing does."""
    hash_there = found.get((head.chain, head.seq))
    if hash_there == head.hash:
        return None
    if hash_there is not None:
        return Flaw(head.chain, head.seq, f"was altered: {head.source} has another hash")
    if any(gap.first_seq <= head.seq < gap.last_seq for gap in gaps):
        return None  # pruned with the rows after it
    return Flaw(head.chain, head.seq, f"missing: {head.source} knows this row")
