"""Annotations.getAll: the notes of sites under Matomo's names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.clock import FrozenClock
from gateway.reports.run import Reports
from gateway.settings import Settings
from gateway.state.database import State
from gateway.state.notebook import Notebook
from gateway.warehouse.connection import Warehouse
from tests.matomo_api.client import Client
from tests.warehouse.worlds import NOW

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    state = State("", Path(tmp_path_factory.mktemp("notes")))
    notebook = Notebook(state, FrozenClock(NOW))
    notebook.write(1, TODAY, "Sale <b>begins</b>", by="eve")
    notebook.write(1, date(2026, 10, 1), "New shop", by="eve")
    notebook.write(2, date(2026, 11, 3), "Press", by="ann")
    reports = SimpleNamespace(today=lambda _: TODAY)
    with Client(cast(Reports, reports), cast(Warehouse, None), Settings(), notebook) as made:
        yield made
    state.close()


def told(client: Client, query: str, token: str = "all") -> dict[str, list[str]]:
    answer = client.get(f"method=Annotations.getAll&format=json&{query}", token)
    assert answer.status_code == 200, answer.text
    return {site: [note["note"] for note in notes] for site, notes in dict(answer.json()).items()}


def test_notes_are_told_by_site_and_period(client: Client) -> None:
    assert told(client, "idSite=1") == {"1": ["New shop", "Sale <b>begins</b>"]}, "without a date all there are"
    assert told(client, "idSite=1&date=today") == {"1": ["Sale <b>begins</b>"]}, "a day where no period is named"
    assert told(client, "idSite=1,2&period=month&date=today") == {"1": ["Sale <b>begins</b>"], "2": ["Press"]}
    assert told(client, "idSite=all&period=range&date=2026-10-01,2026-11-03", "one") == {"1": ["New shop"]}
    assert client.get("method=Annotations.getAll&format=json&idSite=1&period=day&date=2026-01-01").json() == []


def test_a_note_is_as_matomo_tells_one(client: Client) -> None:
    (note,) = client.get("method=Annotations.getAll&format=json&idSite=1&date=today", "one").json()["1"]
    number = note.pop("idNote")
    assert note == {
        "date": "2026-11-22",
        "note": "Sale <b>begins</b>",
        "starred": 0,
        "user": "eve",
        "canEditOrDelete": True,
    }
    assert isinstance(number, int) and 0 <= number < 2**53
    (note,) = client.get("method=Annotations.getAll&format=json&idSite=1&date=today", "looks").json()["1"]
    assert (note["idNote"], note["canEditOrDelete"]) == (number, False)
    xml = client.get("method=Annotations.getAll&format=xml&idSite=1&date=today").text
    assert '<row key="1">' in xml and "<note>Sale &lt;b&gt;begins&lt;/b&gt;</note>" in xml
    assert client.get("method=Annotations.getAll&format=json&idSite=2", "one").status_code == 403
    assert client.get("method=Annotations.getAll&format=json&idSite=1&period=decade&date=today").status_code == 400
