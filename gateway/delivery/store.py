"""What delivery needs of others: the seams at which tests put a store of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gateway.journal.reader import Record

# (table, rows about to be stored) → those that may be, never others than it was given.
Passing = Callable[[str, list[Record]], list[Record]]


class Store(Protocol):
    def insert(self, table: str, lines: Sequence[bytes], token: str) -> None:
        """Stores rows once per token. Raises errors.RowsRejected, then nothing was stored; any other error: unknown."""
        ...


class QueryableStore(Store, Protocol):
    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, object]]: ...

    def change(self, sql: str, parameters: Mapping[str, object] | None = None) -> None: ...
