"""A right exercised by page enters the register by itself, answered at once and without identifier (RULES.md E16, C11)."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.consent.rights import Kind, Result, Way
from gateway.state.tables import rights_requests
from tests.web.visitors import START, Browser, Served, served


def entered(gateway: Served) -> list[tuple[Kind, Way]]:
    found = gateway.gateway.register.find()
    for entry in found:
        assert entry.received == entry.answered == START.timestamp()
        assert (entry.result, entry.reference, entry.note, entry.created_by) == (Result.GRANTED, "", "", "")
    return [(entry.kind, entry.came) for entry in found]


def test_an_objection_and_an_opt_out_by_page(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        assert Browser(gateway).submit("/privacy/1", {"do": "object"}).status_code == 303
        assert entered(gateway) == [(Kind.OBJECTION, Way.PAGE)]
    with served(tmp_path / "other", law="US-CA") as gateway:
        assert Browser(gateway).submit("/do-not-sell/1", {}).status_code == 303
        assert entered(gateway) == [(Kind.OPT_OUT_OF_SALE, Way.PAGE)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"what": "analytics", "surface": "preferences"}, (Kind.OBJECTION, Way.PAGE)),
        ({"what": "sale", "surface": "preferences"}, (Kind.OPT_OUT_OF_SALE, Way.PAGE)),
        ({"what": "sale", "surface": "api"}, (Kind.OPT_OUT_OF_SALE, Way.API)),
    ],
)
def test_the_same_by_script(tmp_path: Path, body: dict[str, str], expected: tuple[Kind, Way]) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        assert Browser(gateway).post("/v1/opt-out", {"site": 1, **body}).status_code == 200
        assert entered(gateway) == [expected]


def test_answers_withdrawals_and_signals_are_the_ledgers_alone(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        assert visitor.answer({"payment-fraud": True, "analytics": True}).status_code == 201
        assert visitor.submit("/privacy/1", {"do": "withdraw"}).status_code == 303
        Browser(gateway, gpc=True).notice()
        assert "gpc" in [row["method"] for row in gateway.rows()]
        assert entered(gateway) == []


def test_an_objection_stands_even_where_the_register_cannot_be_written(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        rights_requests.drop(gateway.gateway.state.engine)
        visitor = Browser(gateway)
        assert visitor.submit("/privacy/1", {"do": "object"}).status_code == 303
        assert visitor.cookies["gw_objection_1"]
        assert [row["method"] for row in gateway.rows()] == ["objection"]
        assert not sa.inspect(gateway.gateway.state.engine).has_table("rights_requests")
