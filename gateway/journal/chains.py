"""Chains of sealed records: who continues which head.

A chain belongs to a writer slot and a stream, and lives as long as its writer: each process start, and each failed
commit, begins a new chain. Its first record's previous hash is the last known head of the slot's former chain, so the
opening row says which chain it follows; only the very first follows 64 zeros. So no sequence number can ever be given
twice in one chain, whatever a crash left undecided.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from gateway.journal.locks import FileLock

log = logging.getLogger("gateway.journal")

NO_HEAD = "0" * 64
HEADS = "chains.sqlite"


class Chain(NamedTuple):
    """A chain and its last sealed record."""

    stream: str
    slot: int
    epoch: int
    uuid: str
    seq: int
    head: str

    def then(self, head: str) -> Chain:
        """The chain with one more record."""
        return self._replace(seq=self.seq + 1, head=head)

    def successor(self) -> Chain:
        """A new chain that opens on this one's head."""
        return self._replace(epoch=self.epoch + 1, uuid=str(uuid4()), seq=0)

    @classmethod
    def first(cls, stream: str, slot: int) -> Chain:
        return cls(stream, slot, 0, "", 0, NO_HEAD)


def take_slot(directory: Path) -> tuple[int, FileLock]:
    """The lowest writer slot that no living process holds."""
    slot = 0
    while True:
        lock = FileLock.take(directory / f"writer-{slot}.lock")
        if lock is not None:
            return slot, lock
        slot += 1


def last_heads(directory: Path, slot: int) -> dict[str, Chain]:
    """The latest chain of each stream of a slot, from the segments still there and from those that are gone."""
    latest: dict[str, Chain] = {}
    for chain in all_heads(directory):
        if chain.slot == slot and _age(chain) > _age(latest.get(chain.stream)):
            latest[chain.stream] = chain
    return latest


def all_heads(directory: Path) -> Iterator[Chain]:
    """Every head that the directory knows, of every slot, old ones among them."""
    # Segments first: one that is removed meanwhile has left its heads in the store before.
    for path in (*sorted(directory.glob("*.segment")), directory / HEADS):
        yield from _read(path, "heads" if path.name == HEADS else "chains")


def chains_in(segment: Path) -> list[Chain]:
    """The chains whose records a segment holds; empty where it cannot be read."""
    return _read(segment, "chains")


def keep_heads(directory: Path, chains: Iterable[Chain]) -> None:
    """Remembers heads beyond the segment that held them. Raises sqlite3.Error; a damaged store is set aside first."""
    chains = list(chains)
    if not chains:
        return
    path = directory / HEADS
    try:
        _keep(path, chains)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        log.error("the store of chain heads is damaged; set aside", extra={"file": path.name})
        path.replace(path.with_suffix(".sqlite.damaged"))
        _keep(path, chains)


def _keep(path: Path, chains: list[Chain]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10.0)) as database:
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(resources.files("gateway.journal").joinpath("heads.sql").read_text())
        database.execute("BEGIN IMMEDIATE")
        for c in chains:
            database.execute(
                "INSERT INTO heads VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (slot, stream) DO UPDATE"
                " SET epoch = excluded.epoch, chain = excluded.chain, seq = excluded.seq, head = excluded.head"
                " WHERE (excluded.epoch, excluded.seq) > (epoch, seq)",
                (c.slot, c.stream, c.epoch, c.uuid, c.seq, c.head),
            )
        database.execute("COMMIT")


def _read(path: Path, table: str) -> list[Chain]:
    query = {
        "chains": "SELECT stream, slot, epoch, chain, seq, head FROM chains",
        "heads": "SELECT stream, slot, epoch, chain, seq, head FROM heads",
    }[table]
    if not path.exists():
        return []
    try:
        # Read-only: a reader that could write would, on closing, move a WAL that nobody has examined yet.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as database:
            return [Chain(*row) for row in database.execute(query)]
    except sqlite3.Error as error:
        log.warning("chain heads are not readable", extra={"file": path.name, "error": str(error)})
        return []


def _age(chain: Chain | None) -> tuple[int, int]:
    return (chain.epoch, chain.seq) if chain else (-1, -1)
