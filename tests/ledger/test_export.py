"""The ledger exported: every row once, in order, whole pages or not, safe for spreadsheets."""

from __future__ import annotations

import csv

import msgspec
import pytest

from gateway.consent import export, ledger
from gateway.consent.export import ExportQuery
from gateway.consent.record import ConsentRecord, Method
from tests.ledger.ledgers import BEGUN, Writer, record
from tests.warehouse.worlds import World


def exported(here: World, **query: object) -> list[str]:
    wanted = msgspec.convert(query, ExportQuery)
    lines = [line for page in export.pages(here.warehouse, wanted) for line in page]
    assert export.count(here.warehouse, wanted) == len(lines) - (wanted.format == "csv")
    return lines


def test_every_row_once_in_order(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 4)
    records = [record(number // 3) for number in range(14)]  # several at the same millisecond, across pages
    Writer(here.warehouse).write(records)
    rows = [msgspec.json.decode(line, type=ConsentRecord) for line in exported(here)]
    assert sorted(row.id for row in rows) == sorted(row.id for row in records)
    assert [row.ts for row in rows] == sorted(row.ts for row in rows)
    assert all(ledger.computed_hash(row) == row.hash for row in rows), "an export can be verified as well"


def test_bounds_and_sites(here: World) -> None:
    rows = [record(0), record(10), msgspec.structs.replace(record(20), site=2)]
    Writer(here.warehouse).write(rows)
    begun = int(BEGUN.timestamp() * 1000)
    assert len(exported(here, since=begun + 1)) == 2
    assert len(exported(here, since=begun + 10_000, until=begun + 20_000)) == 1
    assert len(exported(here, site=2)) == 1
    assert exported(here, site=3) == []


def test_csv(here: World) -> None:
    Writer(here.warehouse).write([msgspec.structs.replace(record(0, Method.SAVE), language="=1+1")])
    header, row = csv.reader(exported(here, format="csv"))
    found = dict(zip(header, row, strict=True))
    assert list(found) == list(ConsentRecord.__struct_fields__)
    assert found["language"] == "'=1+1"
    assert found["gpc"] == "false"
    assert msgspec.json.decode(found["purposes"]) == {"zeta": True, "analytics": True, "média é": False}
