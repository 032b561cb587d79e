"""What delivery lets pass: of rows about to be stored, those that nobody had erased.

A batch that is sent again after an erasure carries fewer rows under the token it had. That is safe: either the first try
stored all of them, and the job removes what has to go, or it stored none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from gateway.erasure.tombstones import Tombstones
from gateway.erasure.traces import Trace, Traces
from gateway.journal.reader import Record
from gateway.metrics import Metrics


class Row(msgspec.Struct, gc=False):
    """What of a hit says whose it is."""

    site: int
    visitor: int
    ts: int
    day: str
    anon: int = 0
    test: bool = False


decode = msgspec.json.Decoder(Row).decode


def erased_row(payload: bytes, erased: Mapping[tuple[int, int], int]) -> Row | None:
    """The row, where it is erased. One that cannot be read will be refused and set aside: it is found there."""
    try:
        row = decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return row if row.ts < erased.get((row.site, row.visitor), 0) else None


class Passing:
    """Called by delivery for every batch; raises DBAPIError where the state cannot be read: then nothing is stored."""

    def __init__(self, tombstones: Tombstones, traces: Traces, metrics: Metrics) -> None:
        self._tombstones = tombstones
        self._traces = traces
        self._metrics = metrics

    def __call__(self, table: str, rows: list[Record]) -> list[Record]:
        """The rows to store. Where nothing is erased that is the list itself, after one small query."""
        if table != "hits" or not (erased := self._tombstones.erased()):
            return rows
        passing: list[Record] = []
        held_back: list[Row] = []
        for record in rows:
            row = erased_row(record.payload, erased)
            if row is None:
                passing.append(record)
            else:
                held_back.append(row)
        if held_back:
            # Before the others are stored: hits without an id may belong to these.
            for site in {row.site for row in held_back}:
                self._traces.note(site, traces_of(row for row in held_back if row.site == site))
            self._metrics.erased_rows.labels("journal").inc(len(held_back))
        return passing


def traces_of(rows: Iterator[Row]) -> set[Trace]:
    """Each hit as a trace of its own: the job joins them to runs."""
    return {
        Trace(row.visitor, date.fromisoformat(row.day), row.test, row.anon, row.ts, row.ts)
        for row in rows
        if len(row.day) == 10
    }
