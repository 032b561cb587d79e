"""A refusal leaves nothing by which one browser can be told from another; evidence feeds no figure (RULES.md Evidence, C11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import gateway.erasure
import gateway.reports
import gateway.warehouse
from gateway.consent.record import ConsentRecord
from tests.web.visitors import Browser, served

NO = dict.fromkeys(("payment-fraud", "analytics", "adverts", "media"), False)
HIT = {"site": 1, "type": "pageview", "url": "https://shop.example/"}

REFUSALS: dict[str, Callable[[Browser], httpx.Response]] = {
    "reject all": lambda visitor: visitor.answer(NO, method="reject_all"),
    "save with nothing on": lambda visitor: visitor.answer({}),
    "withdrawal": lambda visitor: visitor.send("DELETE", "/v1/consent?site=1"),
    "objection": lambda visitor: visitor.post("/v1/opt-out", {"site": 1, "what": "analytics"}),
    "do not sell": lambda visitor: visitor.submit("/do-not-sell/1", {}),
    "signal": lambda visitor: visitor.get("/v1/sites/1/notice", sec_gpc="1"),
}


@pytest.mark.parametrize("law", ["FR", "US-CA"])
@pytest.mark.parametrize("how", REFUSALS)
def test_two_who_refuse_hold_the_same_bytes(tmp_path: Path, law: str, how: str) -> None:
    with served(tmp_path, law=law) as gateway:
        one, other = Browser(gateway), Browser(gateway)
        for visitor in (one, other):
            assert REFUSALS[how](visitor).status_code in (200, 201, 303)
        assert one.cookies == other.cookies
        assert not {"gw_receipt_1", "gw_visitor_1"} & one.cookies.keys()
        for row in gateway.rows():
            assert row["id"] not in str(one.cookies)
            assert not row.get("follows")


def test_a_row_says_the_country_and_has_no_place_for_an_address() -> None:
    fields = set(ConsentRecord.__struct_fields__)
    assert "country" in fields
    assert not fields & {"address", "ip", "region", "city", "user_agent", "visitor", "subject", "uid"}


def test_figures_are_made_of_hits_alone() -> None:
    """C11: neither the ledger nor the register of requests is read by a report of visits, a rollup or an erasure.

    The page about consent counts answers, and tells nobody's (tests/reports/test_consents.py).
    """
    folders = [Path(module.__path__[0]) for module in (gateway.reports, gateway.warehouse, gateway.erasure)]
    queries = [file for folder in folders for file in (folder / "queries").glob("*.sql")]
    assert len(queries) > 20
    reading = {
        file.name
        for file in queries
        if re.search(r"\b(consents|consent_limits|rights_requests|subjects)\b", file.read_text())
    }
    assert reading == {"retention_report.sql", "answers.sql", "purposes.sql"}, "pages that count rows"
