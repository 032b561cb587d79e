"""The ledger for whoever must be shown it: one row a line, oldest first, read and written a page at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from gateway.consent.ledger import HERE, PAGE
from gateway.consent.receipt_book import ReceiptBook
from gateway.consent.record import ConsentRecord
from gateway.reports.csv_export import cell
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

Format = Literal["jsonl", "csv", "27560"]
FIELDS = ConsentRecord.__struct_fields__

_decode = msgspec.json.Decoder(ConsentRecord).decode


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows with `since` ≤ time < `until` (milliseconds since the epoch), of one site or of all (0)."""

    format: Format = "jsonl"
    since: int = 0
    until: int = 2**62
    site: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0


def count(warehouse: Warehouse, query: ExportQuery) -> int:
    """Raises WarehouseUnavailable."""
    return cast(int, warehouse.query(statements.read(HERE, "export_count"), _bounds(query))[0]["rows"])


def pages(warehouse: Warehouse, query: ExportQuery, base_url: str) -> Iterator[list[str]]:
    """The lines, without line ends; of a CSV the first is its header. Raises WarehouseUnavailable.

    `27560`: one JSON-LD consent record a line (receipts.py).
    """
    book = ReceiptBook(warehouse, base_url)
    sql = statements.read(HERE, "export_rows")
    if query.format == "csv":
        yield [_csv_line(FIELDS)]
    after_ts, after_id = query.since - 1, ""
    while True:
        position = {"after_ts": after_ts, "after_id": after_id, "page": PAGE}
        rows = [_decode(line) for line in warehouse.lines(sql, {**_bounds(query), **position})]
        if not rows:
            return
        if query.format == "27560":
            yield [msgspec.json.encode(document).decode() for document in book.of(rows)]
        elif query.format == "csv":
            yield [_csv_line([_text(getattr(row, name)) for name in FIELDS]) for row in rows]
        else:
            yield [_json(row) for row in rows]
        after_ts, after_id = rows[-1].ts, rows[-1].id


def _bounds(query: ExportQuery) -> dict[str, object]:
    return {"since": query.since, "until": query.until, "site": query.site}


def _json(row: ConsentRecord) -> str:
    # Every field of every row, defaults too: the reader has not our types.
    return msgspec.json.encode({name: getattr(row, name) for name in FIELDS}).decode()


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return msgspec.json.encode(value, order="sorted").decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _csv_line(values: list[str] | tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([cell(value) for value in values])
    return line.getvalue()
