"""Files of Matomo's Live.getLastVisitsDetails, one visit after the other: a JSON array, JSON lines, or CSV."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from gateway.errors import GatewayError
from gateway.imports.files import Stream
from gateway.imports.positions import HEAD

LONGEST_VISIT = 32_000_000  # characters of JSON
_SPACE = re.compile(r"[\s,\[\]]*")
# What stands in one cell of CSV: actionDetails_0_url, in newer versions "url (actionDetails 0)".
_CELL = re.compile(r"actionDetails_(\d{1,5})_(\w+)|(\w+) \(actionDetails (\d{1,5})\)")
_TABLE = re.compile(r'\s*"?\w+"?(?:,|\t)')

Visit = dict[str, Any]


def is_export(head: bytes) -> bool:
    """Whether a file that begins so is an export of visits rather than a log."""
    text = _encoding(head)[1]
    return text.lstrip().startswith("[") or '"actionDetails"' in text or _is_table(text)


def visits(stream: Stream) -> Iterator[tuple[int, Visit]]:
    """Number and visit, from 1, in the order of the file. Raises GatewayError where it is not what it began as."""
    encoding, head = _encoding(stream.head)
    text = io.TextIOWrapper(_Bytes(stream), encoding=encoding, errors="replace", newline="")  # type: ignore[type-var]
    yield from enumerate(_of_table(text, stream.name) if _is_table(head) else _of_json(text, stream.name), 1)


def _of_json(text: io.TextIOBase, name: str) -> Iterator[Visit]:
    decode = json.JSONDecoder().raw_decode
    buffer, at, number = "", 0, 0
    while True:
        space = _SPACE.match(buffer, at)
        at = space.end() if space is not None else at
        try:
            visit, at = decode(buffer, at)
        except (ValueError, RecursionError):
            more = text.read(4 * HEAD)
            if not more and at >= len(buffer):
                return
            if not more or len(buffer) - at > LONGEST_VISIT:
                raise GatewayError(f"{name}: what follows visit {number} is not JSON, or cut off.") from None
            buffer, at = buffer[at:] + more, 0
            continue
        number += 1
        if not isinstance(visit, dict):
            raise GatewayError(f"{name}: visit {number} is not an object.")
        yield visit


def _of_table(text: io.TextIOBase, name: str) -> Iterator[Visit]:
    csv.field_size_limit(LONGEST_VISIT)
    header = text.readline()
    rows = csv.reader(text, delimiter="\t" if "\t" in header else ",")
    columns = next(csv.reader([header], delimiter="\t" if "\t" in header else ","))
    cells = [_CELL.fullmatch(column) for column in columns]
    try:
        for row in rows:
            visit: Visit = {}
            actions: dict[int, Visit] = {}
            for column, cell, value in zip(columns, cells, row, strict=False):
                if not value:
                    continue
                if cell is None:
                    visit[column] = value
                else:
                    old, old_key, new_key, new = cell.groups()
                    actions.setdefault(int(old or new or 0), {})[old_key or new_key] = value
            visit["actionDetails"] = [actions[number] for number in sorted(actions)]
            yield visit
    except csv.Error:
        raise GatewayError(f"{name}: row {rows.line_num} is not CSV.") from None


def _is_table(text: str) -> bool:
    first = text.partition("\n")[0]
    return "idVisit" in first and not first.lstrip().startswith(("{", "[")) and bool(_TABLE.match(first))


def _encoding(head: bytes) -> tuple[str, str]:
    """Matomo's CSV is UTF-16 with a mark, unless it was asked for as UTF-8."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig")):
        if head.startswith(mark):
            return encoding, head.decode(encoding, "replace")
    return "utf-8", head.decode("utf-8", "replace")


class _Bytes(io.BufferedIOBase):
    """A stream as TextIOWrapper wants it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        return self._stream.read(size if size is not None and size > 0 else HEAD)

    read1 = read
