"""What retention took out of the ledger, signed, so that verification tells "pruned" from "missing" (RULES.md, Evidence)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import msgspec

from gateway.consent.ledger import FIRST, HERE, Link, StoredChain
from gateway.consent.signing import LedgerKeys
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_BATCH = 10_000  # rows in one insert


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Rows `first_seq` to `last_seq` of a chain were there, between the hash before them and the last one's own."""

    chain: str
    first_seq: int
    last_seq: int
    prev: str
    hash: str
    pruned: int  # milliseconds since the epoch
    key: str = ""  # public half of the key that signed
    signature: str = ""

    @property
    def message(self) -> bytes:
        """What is signed: the canonical JSON of everything else."""
        return msgspec.json.encode(msgspec.structs.replace(self, signature=""), order="sorted")

    def signed(self, keys: LedgerKeys) -> Checkpoint:
        named = msgspec.structs.replace(self, key=keys.public)
        return msgspec.structs.replace(named, signature=keys.sign(named.message))

    def is_genuine(self, keys: LedgerKeys) -> bool:
        return keys.verifies(self.key, self.message, self.signature)


def covering(links: Iterable[Link], pruned: int, openings: Set[str] = frozenset()) -> Iterator[Checkpoint]:
    """The fewest checkpoints for rows that go, given by chain and sequence number; each covers an unbroken run.

    A run ends where another chain opens on its hash, so that this can still be seen.
    """
    first: Link | None = None
    last: Link | None = None
    for link in links:
        if first is not None and last is not None:
            if link == last:
                continue  # stored twice
            follows = (link.chain, link.seq, link.prev) == (last.chain, last.seq + 1, last.hash)
            if follows and last.hash not in openings:
                last = link
                continue
            yield _checkpoint(first, last, pruned)
        first = last = link
    if first is not None and last is not None:
        yield _checkpoint(first, last, pruned)


def store(warehouse: Warehouse, checkpoints: Iterable[Checkpoint], token: str) -> int:
    """Store checkpoints, safe to repeat with the same token; how many. Raises WarehouseUnavailable."""
    lines = [msgspec.json.encode(checkpoint) for checkpoint in checkpoints]
    for start in range(0, len(lines), _BATCH):
        warehouse.insert("checkpoints", lines[start : start + _BATCH], f"{token}:{start}")
    return len(lines)


def stored(warehouse: Warehouse) -> list[Checkpoint]:
    """Every checkpoint, by chain and sequence number. Raises WarehouseUnavailable."""
    decode = msgspec.json.Decoder(Checkpoint).decode
    return [decode(line) for line in warehouse.lines(statements.read(HERE, "checkpoints"))]


def openings(chains: Iterable[StoredChain], pruned: Iterable[Checkpoint]) -> dict[str, str]:
    """Hash → a chain that opens on it, for every chain whose opening row or its checkpoint is there."""
    found = {gap.prev: gap.chain for gap in pruned if gap.first_seq == 1}
    found.update({chain.opening: chain.chain for chain in chains if chain.first == 1})
    found.pop(FIRST, None)
    return found


def _checkpoint(first: Link, last: Link, pruned: int) -> Checkpoint:
    return Checkpoint(
        chain=first.chain, first_seq=first.seq, last_seq=last.seq, prev=first.prev, hash=last.hash, pruned=pruned
    )
