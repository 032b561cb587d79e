"""Figures as CSV for spreadsheets (RFC 4180), in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

# A cell that begins with one of these may run as a formula, and page titles come from strangers (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ROWS_AT_ONCE = 1000


def write(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """A header line, then one line per row; a missing value is empty. Text that could run as a formula is quoted by '."""
    return header(columns) + b"".join(lines(columns, rows))


def header(columns: Sequence[str]) -> bytes:
    """The first line."""
    return _lines([columns])


def lines(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Iterator[bytes]:
    """The lines after it, a thousand at a time, so that a large export is never in memory twice."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        yield _lines([[cell(row.get(column, "")) for column in columns] for row in some])


def cell(value: object) -> object:
    """A value that no spreadsheet runs."""
    if isinstance(value, str) and (value.startswith(_FORMULA_STARTS) or value.lstrip().startswith(_FORMULA_STARTS)):
        return "'" + value
    return value


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    output = io.StringIO(newline="")
    csv.writer(output).writerows(rows)
    return output.getvalue().encode()
