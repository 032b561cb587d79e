"""Figures as CSV for spreadsheets (RFC 4180), in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

# A cell that begins with one of these may run as a formula, and page titles come from strangers (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """A header line, then one line per row; a missing value is empty. Text that could run as a formula is quoted by '."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column, "")) for column in columns])
    return output.getvalue().encode()


def cell(value: object) -> object:
    """A value that no spreadsheet runs."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return "'" + value
    return value
