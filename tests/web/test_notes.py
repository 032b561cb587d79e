"""Notes at days: who reads and writes them, and what they look like on the chart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from tests.web.visitors import Served, served

FORMULA = "=cmd|'/c calc'!A1"


class Desk:
    """The API by tokens of an editor and a viewer of site 1."""

    def __init__(self, gateway: Served) -> None:
        self.gateway = gateway
        self.tokens = {
            role: gateway.gateway.accounts.create_token(Principal(role.value, role, frozenset({1})), by="test")
            for role in (Role.EDITOR, Role.VIEWER)
        }

    def ask(self, method: str, query: str = "", body: str = "", role: Role = Role.EDITOR) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens[role]}", "content-type": "application/json"}
        return self.gateway.request(method, f"/v1/annotations/1{query}", headers, body.encode())

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", query, role=Role.VIEWER).json()["annotations"]
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("notes")) as gateway:
        yield Desk(gateway)


def test_a_note_is_written_changed_read_by_day_and_removed(desk: Desk) -> None:
    later = desk.ask("POST", body='{"day": "2026-11-20", "note": "  Letter\\n sent  "}')
    assert later.status_code == 201 and later.json()["note"] == "Letter sent"
    first = desk.ask("POST", body='{"day": "2026-11-02", "note": "Shop <b>opened</b>"}').json()
    assert [one["note"] for one in desk.listed()] == ["Shop <b>opened</b>", "Letter sent"]
    assert desk.listed("?from=2026-11-03&to=today") == [later.json()]
    assert desk.listed("?to=2026-11-02") == [first]
    again = desk.ask("POST", body=f'{{"day": "2026-11-21", "note": "Letter sent again", "id": "{later.json()["id"]}"}}')
    assert again.status_code == 200
    assert [(one["day"], one["note"]) for one in desk.listed("?from=2026-11-03")] == [
        ("2026-11-21", "Letter sent again")
    ]
    assert desk.ask("DELETE", f"?id={first['id']}").status_code == 204
    assert desk.ask("DELETE", f"?id={first['id']}").status_code == 404
    assert [one["note"] for one in desk.listed()] == ["Letter sent again"]
    entries = desk.gateway.gateway.accounts.audit.latest(4)
    assert [one.action for one in entries] == [Action.NOTE_REMOVED, *[Action.NOTE_WRITTEN] * 3]
    assert entries[0].detail == "2026-11-02: Shop <b>opened</b>" and entries[0].user == "token editor"


def test_a_note_is_no_formula_in_a_spreadsheet(desk: Desk) -> None:
    desk.ask("POST", body=f'{{"day": "2026-10-05", "note": "{FORMULA}"}}')
    answer = desk.ask("GET", "?from=2026-10-05&to=2026-10-05&format=csv", role=Role.VIEWER)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, line = answer.text.splitlines()
    assert head == "day,note,by,changed,id" and line.startswith(
        f"2026-10-05,'{FORMULA},token editor,2026-11-22T12:00:00Z"
    )
    assert desk.gateway.gateway.accounts.audit.latest(1)[0].action is Action.EXPORT


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ('{"day": "2026-11-31", "note": "x"}', "$.day"),
        ('{"day": "1999-12-31", "note": "x"}', "$.day"),
        ('{"day": "2026-11-20", "note": " "}', "$.note"),
        ('{"day": "2026-11-20", "note": "' + "x" * 501 + '"}', "$.note"),
        ('{"day": "2026-11-20", "note": "x", "id": "of-nobody"}', "$.id"),
        ('{"day": "2026-11-20", "note": "x", "colour": "red"}', "$"),
        ("{", "$"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, body: str, where: str) -> None:
    before = desk.listed()
    answer = desk.ask("POST", body=body)
    assert answer.status_code in (400, 404) and answer.json()["error"]["where"] == where, answer.text
    assert desk.listed() == before


def test_who_may_write(desk: Desk) -> None:
    assert desk.ask("POST", body='{"day": "2026-11-20", "note": "x"}', role=Role.VIEWER).status_code == 403
    assert desk.ask("DELETE", "?id=x", role=Role.VIEWER).status_code == 403
    assert desk.ask("GET", role=Role.VIEWER).json()["may_write"] is False
    assert desk.gateway.request("GET", "/v1/annotations/1", {}).status_code == 401
    for query in ("?form=csv", "?format=xml", "?from=x"):
        assert desk.ask("GET", query).status_code == 400, query
