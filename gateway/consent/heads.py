"""The ledger's heads, published once a day to a file that the operator can have timestamped elsewhere.

`data_dir/ledger/heads.jsonl`, one JSON object a line, each with the SHA-256 of the line before it, signed (signing.py):
whoever kept a copy of a line can prove later that no row before it was altered, removed or added since.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.clock import Clock
from gateway.consent.ledger import FIRST
from gateway.consent.signing import LedgerKeys
from gateway.errors import GatewayError
from gateway.journal import chains

STREAM = "consents"
# A row is in the warehouse seconds after its commit; one that is still missing a day later is missing.
LATE = timedelta(days=1)


class Head(NamedTuple):
    """The last row of a chain as somebody else knows it. `waiting`: it may not have reached the warehouse yet."""

    chain: str
    seq: int
    hash: str
    source: str
    waiting: bool


class Publication(NamedTuple):
    """The newest line of the file: when it was written (ISO 8601, UTC), and the last row of each chain then."""

    time: str
    heads: list[Head]


class _Place(msgspec.Struct, frozen=True):
    chain: str
    seq: int
    hash: str


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    time: str  # ISO 8601, UTC
    heads: list[_Place]
    previous: str  # SHA-256 of the line before, 64 zeros for the first
    key: str = ""
    signature: str = ""

    @property
    def message(self) -> bytes:
        return msgspec.json.encode(msgspec.structs.replace(self, signature=""), order="sorted")


def file_in(data_dir: Path) -> Path:
    return data_dir / "ledger" / "heads.jsonl"


def publish(data_dir: Path, clock: Clock, keys: LedgerKeys) -> bool:
    """Append today's line where there is none yet; True where it was written. Raises OSError."""
    path = file_in(data_dir)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = _whole_lines(file.read())
        file.truncate(sum(len(line) + 1 for line in lines))
        now = clock.now().astimezone(UTC)
        if lines and _decode(lines[-1], path).time[:10] == now.date().isoformat():
            return False
        line = _Line(
            time=now.isoformat(timespec="seconds"),
            heads=[_Place(chain.uuid, chain.seq, chain.head) for chain in known_chains(data_dir / "journal")],
            previous=hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST,
            key=keys.public,
        )
        signed = msgspec.structs.replace(line, signature=keys.sign(line.message))
        file.write(msgspec.json.encode(signed) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def published(data_dir: Path, clock: Clock, keys: LedgerKeys) -> list[Head]:
    """The heads of every line of the file; none where there is no file yet.

    Raises GatewayError naming the first line that was altered, removed or moved, or was not signed with these keys.
    """
    path = file_in(data_dir)
    if not path.exists():
        return []
    heads: list[Head] = []
    previous = FIRST
    for number, text in enumerate(_whole_lines(path.read_bytes()), 1):
        line = _decode(text, path)
        if line.previous != previous:
            raise GatewayError(f"{path}, line {number}: does not follow the line before it")
        if not keys.verifies(line.key, line.message, line.signature):
            raise GatewayError(f"{path}, line {number}: was altered, or signed with another key")
        previous = hashlib.sha256(text).hexdigest()
        fresh = clock.now() - datetime.fromisoformat(line.time) < LATE
        source = f"the head published {line.time[:10]}"
        heads += [Head(place.chain, place.seq, place.hash, source, fresh) for place in line.heads]
    return heads


def newest(data_dir: Path) -> Publication | None:
    """What was published last, as the file has it; None where nothing was. Raises GatewayError where it is not readable."""
    path = file_in(data_dir)
    lines = path.read_bytes().splitlines() if path.exists() else []
    if not lines:
        return None
    line = _decode(lines[-1], path)
    return Publication(
        line.time, [Head(place.chain, place.seq, place.hash, "the newest line", False) for place in line.heads]
    )


def known_chains(journal: Path) -> Sequence[chains.Chain]:
    """The latest chain of the ledger of each writer that ever was, as the journal's directory knows it."""
    latest: dict[int, chains.Chain] = {}
    for chain in chains.all_heads(journal):
        known = latest.get(chain.slot)
        if chain.stream != STREAM or not chain.seq:
            continue
        if known is None or (chain.epoch, chain.seq) > (known.epoch, known.seq):
            latest[chain.slot] = chain
    return [latest[slot] for slot in sorted(latest)]


def _whole_lines(content: bytes) -> list[bytes]:
    """Without a last line that a crash or a full disk cut off: nobody was told of it."""
    return content.split(b"\n")[:-1]


def _decode(text: bytes, path: Path) -> _Line:
    try:
        return msgspec.json.decode(text, type=_Line)
    except msgspec.MsgspecError:
        raise GatewayError(f"{path}: a line is not readable: {text[:80]!r}") from None
