"""The ledger: each row carries the hash of the row before it, set when the journal commits it (RULES.md E7).

Chains are short: each process start begins a new one, whose first row carries the last hash of the one it follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.consent.record import ConsentRecord
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

FIRST = "0" * 64
HERE = Path(__file__).parent

PAGE = 20_000  # rows read at once


def seal(payload: bytes, chain: str, seq: int, prev: str) -> tuple[bytes, str]:
    """The row with its place in the chain, and its own hash. `payload` is a non-empty JSON object without those fields.

    hash = SHA-256(previous hash as hex ‖ payload), so a row cannot be altered, removed or moved unnoticed.
    """
    digest = link(payload, prev)
    place = f',"chain":"{chain}","seq":{seq},"prev":"{prev}","hash":"{digest}"}}'
    return payload[:-1] + place.encode(), digest


def link(payload: bytes, prev: str) -> str:
    """The hash of a row given the one before."""
    return hashlib.sha256(prev.encode() + payload).hexdigest()


def computed_hash(row: ConsentRecord) -> str:
    """What a row's hash must be, given what stands in it."""
    return link(_encode(msgspec.structs.replace(row, chain="", seq=0, prev="", hash="")), row.prev)


class Link(msgspec.Struct, frozen=True):
    """A row's place in its chain."""

    chain: str
    seq: int
    prev: str
    hash: str


class StoredChain(NamedTuple):
    """A chain as the warehouse has it: its lowest and highest sequence numbers, how many different ones, and on which
    hash its lowest row follows.
    """

    chain: str
    first: int
    last: int
    rows: int
    opening: str


_decoder = msgspec.json.Decoder(ConsentRecord)
_link_decoder = msgspec.json.Decoder(Link)
_encode = msgspec.json.Encoder().encode


def stored_chains(warehouse: Warehouse) -> list[StoredChain]:
    """Every chain that still has rows, the oldest first. Raises WarehouseUnavailable."""
    return [
        StoredChain(str(row["chain"]), _int(row["first"]), _int(row["last"]), _int(row["rows"]), str(row["opening"]))
        for row in warehouse.query(statements.read(HERE, "chains"))
    ]


class Tally(NamedTuple):
    """How many rows of the ledger one site wrote in one month (UTC, "2026-11")."""

    site: int
    month: str
    rows: int


def tally(warehouse: Warehouse) -> list[Tally]:
    """Rows by site and month, the latest month first. Raises WarehouseUnavailable."""
    return [
        Tally(_int(row["site"]), str(row["month"]), _int(row["rows"]))
        for row in warehouse.query(statements.read(HERE, "tally"))
    ]


def policies(warehouse: Warehouse) -> set[str]:
    """The fingerprints of the policies that stored answers are about. Raises WarehouseUnavailable."""
    return {str(row["policy"]) for row in warehouse.query(statements.read(HERE, "policies"))}


def rows_of(warehouse: Warehouse, chain: StoredChain) -> Iterator[ConsentRecord | Link]:
    """The rows of a chain by sequence number, a page at a time; of a row that no gateway wrote only its place.

    Raises WarehouseUnavailable.
    """
    sql = statements.read(HERE, "chain_rows")
    for after in range(chain.first - 1, chain.last, PAGE):
        until = min(after + PAGE, chain.last)
        for line in warehouse.lines(sql, {"chain": chain.chain, "after": after, "until": until}):
            yield decode_row(line)


def decode_row(line: bytes) -> ConsentRecord | Link:
    """A row of the table; of one that no gateway wrote only its place."""
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError:
        return _link_decoder.decode(line)


def is_sound(row: ConsentRecord | Link) -> bool:
    """True where the row is what its hash says."""
    return not isinstance(row, Link) and computed_hash(row) == row.hash


def unchained(warehouse: Warehouse) -> int:
    """Rows that stand in no chain: no gateway writes such. Raises WarehouseUnavailable."""
    return _int(warehouse.query(statements.read(HERE, "unchained"))[0]["rows"])


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
