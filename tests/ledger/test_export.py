"""The ledger exported: every row once, in order, whole pages or not, safe for spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from gateway.consent import export, ledger
from gateway.consent.export import ExportQuery
from gateway.consent.notices import Notices
from gateway.consent.receipt_book import ReceiptBook
from gateway.consent.record import ConsentRecord, Method
from gateway.demo.site import SHOP
from gateway.sites.catalog import ServedSite
from gateway.state.database import State
from tests.ledger.ledgers import BEGUN, Writer, record
from tests.warehouse.worlds import World


def exported(here: World, **query: object) -> list[str]:
    wanted = msgspec.convert(query, ExportQuery)
    lines = [line for page in export.pages(here.warehouse, wanted, "https://gateway.example") for line in page]
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


def test_consent_records_for_machines(here: World, tmp_path: Path) -> None:
    """ISO/IEC TS 27560 field names over DPV terms, with what was shown and what became of it."""
    notice = Notices(State("", tmp_path), "https://gateway.example").notice(ServedSite(SHOP), "fr", "FR")
    body = {"fingerprint": notice.fingerprint, "site": 1, "served_from": 1.0, "body": notice.body.decode()}
    here.warehouse.insert("notices", [msgspec.json.encode(body)], "notice")
    answers = {"analytics": True, "payment-fraud": False, "media": False}
    yes = msgspec.structs.replace(record(0), notice=notice.fingerprint, purposes=answers)
    no = msgspec.structs.replace(record(60, Method.WITHDRAW), follows=yes.id, purposes=dict.fromkeys(answers, False))
    no = msgspec.structs.replace(no, notice="", services={})
    Writer(here.warehouse).write([yes, no])
    first, second = [msgspec.json.decode(line) for line in exported(here, format="27560")]
    assert first["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
    needed = (
        "schema_version record_id pii_principal_id privacy_notice language purposes pii_controllers storage_locations"
    )
    assert set(needed.split()) | {"jurisdiction", "withdrawal_method", "events"} <= first.keys()
    assert first["privacy_notice"] == f"https://gateway.example/v1/notices/{notice.fingerprint}"
    assert first["pii_controllers"][0]["name"] == SHOP.controller.name
    granted = {purpose["purpose_id"]: purpose["granted"] for purpose in first["purposes"]}
    assert granted == answers
    media = next(purpose for purpose in first["purposes"] if purpose["purpose_id"] == "media")
    assert {"pii_type", "retention_period", "recipient_third_parties", "lawful_basis"} <= media.keys()
    assert media["recipient_third_parties"][0]["name"] == "Kino Video BV"
    states = [event["event_state"].partition("#")[2] for event in first["events"]]
    assert states == ["ConsentGiven", "ConsentWithdrawn"]
    assert all(
        {"event_time", "validity_duration", "entity_id", "event_type"} <= event.keys() for event in first["events"]
    )
    assert second["record_id"] == no.id and second["pii_controllers"] == []
    # Opting back in to a sale is consent to nothing.
    opt_in = msgspec.structs.replace(record(90, Method.OPT_IN), purposes={"adverts": True})
    [told] = ReceiptBook(here.warehouse, "https://gateway.example").of([opt_in])
    assert told["events"][0]["event_state"].endswith("#ConsentUnknown")
    # Every field that stands in the standard has a term, or linked data loses it.
    linked = {key for key in first if not key.startswith(("@", "dct:"))} - {"services", "integrity"}
    assert linked <= first["@context"].keys()
