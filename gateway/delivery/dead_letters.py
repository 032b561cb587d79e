"""Rows that the warehouse refuses for what they are: set aside with the reason, for the operator to replay or discard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import resources
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from gateway.delivery.store import QueryableStore
from gateway.errors import BadRequest, RowsRejected
from gateway.journal.journal import Journal
from gateway.journal.reader import Record

TABLE = "dead_letters"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table `dead_letters`, field for field."""

    id: str  # UUID
    ts: int  # when the row was accepted, milliseconds since the epoch
    table_name: str  # for which table it was meant
    payload: str  # the row, as one JSON object
    error: str  # why it was refused; holds no personal data
    token: str  # of the insert that was refused


def as_row(table: str, record: Record, token: str, error: RowsRejected) -> bytes:
    """A refused record as a row of `dead_letters`; the same record gives the same id and time however often it is tried."""
    letter = DeadLetter(
        id=str(uuid5(NAMESPACE_URL, token)),
        ts=int(record.at * 1000),
        table_name=table,
        payload=record.payload.decode("utf-8", "backslashreplace"),
        error=error.what,
        token=token,
    )
    return msgspec.json.encode(letter)


def row_token(token: str) -> str:
    """Under which a dead letter is stored: derived, so that it too is stored once."""
    return f"{token}:dead"


def list_(store: QueryableStore, *, table: str = "", limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters, of one table or of all. Blocks."""
    return _letters(store.query(_sql("list_dead_letters"), {"table": table, "limit": limit}))


async def replay(store: QueryableStore, journal: Journal, ids: Sequence[str]) -> int:
    """Sends dead letters through the journal once more, each with the payload it had; answers how many.

    A letter is taken off the list once the journal has its row, so asking twice replays once. After a crash between the
    two it is still listed, and replaying it gives a row with the same id: reads take one row per id.
    Sealed records keep the seal they have. Raises errors.Unavailable where journal or warehouse is.
    """
    letters = await asyncio.to_thread(_find, store, ids)
    for table in sorted({letter.table_name for letter in letters}):
        payloads = [letter.payload.encode() for letter in letters if letter.table_name == table]
        await journal.append(table, payloads, reserve=True, sealed=True)
    await asyncio.to_thread(_delete, store, [letter.id for letter in letters])
    return len(letters)


def discard(store: QueryableStore, ids: Sequence[str]) -> int:
    """Deletes dead letters for good; answers how many there were. Blocks."""
    letters = _find(store, ids)
    _delete(store, [letter.id for letter in letters])
    return len(letters)


def _find(store: QueryableStore, ids: Sequence[str]) -> list[DeadLetter]:
    return _letters(store.query(_sql("find_dead_letters"), {"ids": _checked(ids)}))


def _delete(store: QueryableStore, ids: Sequence[str]) -> None:
    if ids:
        store.change(_sql("delete_dead_letters"), {"ids": _checked(ids)})


def _letters(rows: Sequence[dict[str, object]]) -> list[DeadLetter]:
    """As letters, one per id: after a restore the same one may be there twice."""
    letters = msgspec.convert(rows, list[DeadLetter])
    return list({letter.id: letter for letter in letters}.values())


def _checked(ids: Sequence[str]) -> list[str]:
    try:
        return [str(UUID(each)) for each in ids]
    except ValueError:
        raise BadRequest("A dead letter's id is a UUID.", "$.ids") from None


def _sql(name: str) -> str:
    return resources.files("gateway.delivery").joinpath("queries", f"{name}.sql").read_text()
