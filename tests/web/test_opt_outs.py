"""Global Privacy Control and opt-outs of sale at the surface, on a frozen clock (RULES.md C2, C3, C5, C9)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.clock import add_months_to_instant
from gateway.consent.rights import Stage
from gateway.sites.jurisdictions import GPC_BINDS, GPC_BY_CHOICE, GPC_STATES, gpc_rule
from gateway.sites.site import DEFAULT_PURPOSES
from tests.web.visitors import ADVERTS, MEDIA, SHOP, START, Browser, served

LASTING = ["US-CA", "US-TX", "US-NV", "US", ""]  # where the signal becomes an opt-out that stays
OPTIONAL = ("payment-fraud", "analytics", "adverts", "media")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("law", "rule"),
    [
        *((f"US-{state}", GPC_BINDS) for state in sorted(GPC_STATES)),
        ("US", GPC_BINDS),
        ("", GPC_BINDS),
        ("US-NV", GPC_BY_CHOICE),
        ("US-NY", GPC_BY_CHOICE),
        ("FR", None),
        ("CA", None),  # Canada
        ("GB", None),
    ],
)
def test_the_rule_behind_the_signal(law: str, rule: object) -> None:
    assert gpc_rule(law) == rule
    assert {"CA", "CO", "CT", "DE", "MD", "MN", "MT", "NE", "NH", "NJ", "OR", "TX"} == GPC_STATES


@pytest.mark.parametrize("law", [*LASTING, "FR", "GB"])
@pytest.mark.parametrize("gpc", [True, False])
@pytest.mark.parametrize("stored", ["none", "yes", "no"])
def test_the_signal_wins_over_what_is_stored_and_stays(tmp_path: Path, law: str, gpc: bool, stored: str) -> None:
    """RULES.md C3: {none, yes, no} × {GPC on, off}; the later absence of the signal is no opt-in."""
    with served(tmp_path, law=law) as gateway:
        visitor = Browser(gateway)
        if stored != "none":
            assert visitor.answer(dict.fromkeys(OPTIONAL, stored == "yes")).status_code == 201
        before = set(visitor.cookies)
        rows_before = len(gateway.rows())
        visitor.gpc = gpc
        seen = visitor.notice()
        refused_before = stored == "no" and law.startswith("US")  # a no to a sale is an opt-out there
        begins = gpc and law in LASTING and not refused_before
        assert seen["gpc"] is seen["opted_out_by_signal"] is gpc
        assert seen["opted_out"] is (gpc or refused_before)
        assert set(visitor.cookies) - before == ({"gw_optout_1"} if begins else set())
        rows = gateway.rows()[rows_before:]
        assert [row["method"] for row in rows] == (["gpc"] if begins else [])
        if begins:
            assert visitor.cookies["gw_optout_1"] == "1"
            assert (rows[0]["surface"], rows[0]["gpc"], rows[0].get("jurisdiction", "")) == ("signal", True, law)
            assert rows[0]["purposes"] == {"adverts": False}
            assert rows[0]["services"] == {"adhouse": False, "adbarn": False, "broker": False}
            assert rows[0]["id"] not in str(visitor.cookies), "no identifier is given for an opt-out"
        visitor.notice()
        visitor.get("/v1/consent?site=1")
        assert len(gateway.rows()) == rows_before + len(rows), "once"
        visitor.gpc = False
        assert visitor.notice()["opted_out"] is (begins or refused_before)
        held = visitor.get("/v1/consent?site=1").json()
        assert held["sale"] is not (begins or refused_before)


def test_the_signal_is_seen_with_an_answer_too(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        notice = visitor.notice()
        visitor.gpc = True
        body = {"site": 1, "fingerprint": notice["policy"], "notice": notice["notice"], "method": "accept_all"}
        answered = visitor.post("/v1/consent", {**body, "purposes": dict.fromkeys(OPTIONAL, True)})
        assert answered.status_code == 201
        assert visitor.cookies["gw_optout_1"] == "1"
        assert [row["method"] for row in gateway.rows()] == ["accept_all", "gpc"]


def test_an_answer_that_opts_out_itself_is_one_row(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway, gpc=True)
        assert visitor.post("/v1/opt-out", {"site": 1, "what": "sale"}).json() == {"status": "opted_out"}
        assert [row["method"] for row in gateway.rows()] == ["do_not_sell"]


@pytest.mark.parametrize("value", ["0", "true", "1x", "", "1, 1"])
def test_only_the_exact_value_counts(tmp_path: Path, value: str) -> None:
    """RULES.md C2."""
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        assert visitor.get("/v1/sites/1/notice", sec_gpc=value).json()["opted_out"] is False
        assert visitor.cookies == {}
        assert gateway.rows() == []


def test_a_site_that_sells_nothing_and_a_cross_site_request_begin_nothing(tmp_path: Path) -> None:
    honest = structs.replace(SHOP, id=2, purposes=DEFAULT_PURPOSES)
    with served(tmp_path, SHOP, honest, law="US-CA") as gateway:
        visitor = Browser(gateway, gpc=True)
        visitor.get("/v1/sites/2/notice")
        visitor.get("/v1/sites/1/notice", sec_fetch_site="cross-site")
        assert visitor.cookies == {}
        assert gateway.rows() == []
        visitor.get("/v1/sites/1/notice", sec_fetch_site="same-site")
        assert set(visitor.cookies) == {"gw_optout_1"}


@pytest.mark.parametrize("law", ["", "US-CA"])
@pytest.mark.parametrize("away", [-SECOND, SECOND])
def test_nobody_is_asked_again_for_twelve_months_after_an_opt_out(tmp_path: Path, law: str, away: timedelta) -> None:
    """RULES.md C5. Everything but the sale is a question of its own, so this site has nothing else."""
    site = structs.replace(SHOP, purposes=(DEFAULT_PURPOSES[0], ADVERTS), analytics_enabled=False)
    with served(tmp_path, site, law=law) as gateway:
        visitor, other = Browser(gateway), Browser(gateway)
        visitor.post("/v1/opt-out", {"site": 1, "what": "sale"})
        gateway.clock.move_to(add_months_to_instant(START, 12) + away)
        seen = visitor.notice()
        assert seen["ask"] is False
        assert seen["opted_out"] is True
        assert other.notice()["ask"] is (law == ""), "who never opted out is asked where consent comes first"


def test_an_opt_out_is_renewed_at_every_visit(tmp_path: Path) -> None:
    """RULES.md C5: its cookie lives 13 months, from the last visit on."""
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        visitor.post("/v1/opt-out", {"site": 1, "what": "sale"})
        for _ in range(3):
            gateway.clock.advance(timedelta(days=360))
            assert visitor.notice()["opted_out"] is True
            (renewed,) = [cookie for cookie in visitor.set_now if cookie.startswith("gw_optout_1=1")]
            age = int(renewed.partition("Max-Age=")[2].partition(";")[0])
            assert 390 * 86_400 < age < 400 * 86_400  # browsers keep none for longer
        assert [row["method"] for row in gateway.rows()] == ["do_not_sell"]


def test_opting_back_in(tmp_path: Path) -> None:
    """RULES.md C9: the two steps are the script's; here it is one request that says what it does."""
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        visitor.answer({"payment-fraud": True, "adverts": False, "media": True}, services={"broker": False})
        assert visitor.cookies["gw_optout_1"] == "1"
        back = visitor.send("DELETE", "/v1/opt-out?site=1&what=sale")
        assert (back.status_code, back.json()) == (200, {"status": "opted_in"})
        assert "gw_optout_1" not in visitor.cookies
        held = visitor.get("/v1/consent?site=1").json()
        assert held["sale"] is True
        assert held["purposes"] == {"payment-fraud": True, "analytics": False, "media": True}
        assert held["services"] == {}
        row = gateway.rows()[-1]
        assert row["method"] == "opt_in"
        assert row["purposes"] == {"adverts": True}
        assert row["services"] == {"adhouse": True, "adbarn": True, "broker": True}


@pytest.mark.parametrize(
    ("query", "headers", "status", "where"),
    [
        ("?site=1&what=sale", {"sec_gpc": "1"}, 409, "Sec-GPC"),
        ("?site=1&what=sale", {"sec_fetch_site": "cross-site"}, 403, "Sec-Fetch-Site"),
        ("?site=1&what=sale", {"origin": "https://evil.example"}, 403, "Origin"),
        ("?site=1&what=analytics", {}, 400, "what"),
        ("?site=1", {}, 400, "what"),
        ("?what=sale", {}, 400, "site"),
        ("?site=9&what=sale", {}, 400, "site"),
    ],
)
def test_opting_back_in_is_refused(
    tmp_path: Path, query: str, headers: dict[str, str], status: int, where: str
) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway, cookies={"gw_optout_1": "1"})
        answer = visitor.send("DELETE", f"/v1/opt-out{query}", b"", **headers)
        assert answer.status_code == status
        assert answer.json()["error"]["where"] == where
        assert visitor.cookies == {"gw_optout_1": "1"}
        assert gateway.rows() == []


def test_a_service_that_is_sold_makes_a_site_one_that_sells(tmp_path: Path) -> None:
    site = structs.replace(SHOP, purposes=(*DEFAULT_PURPOSES, MEDIA))
    with served(tmp_path, site, law="US-CA") as gateway:
        visitor = Browser(gateway, gpc=True)
        visitor.notice()
        assert set(visitor.cookies) == {"gw_optout_1"}
        assert gateway.rows()[0]["services"] == {"broker": False}


def test_what_stands_already_is_renewed_without_another_row(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        for _ in range(3):
            assert visitor.submit("/do-not-sell/1", {}).status_code == 303
            assert any(cookie.startswith("gw_optout_1=1;") for cookie in visitor.set_now), "renewed"
            assert visitor.post("/v1/opt-out", {"site": 1, "what": "sale"}).json() == {"status": "opted_out"}
            assert any(cookie.startswith("gw_optout_1=1;") for cookie in visitor.set_now), "renewed"
            assert visitor.submit("/privacy/1", {"do": "object"}).status_code == 303
            assert visitor.post("/v1/opt-out", {"site": 1, "what": "analytics"}).json() == {"status": "objected"}
        assert [row["method"] for row in gateway.rows()] == ["do_not_sell", "objection"]
        assert gateway.gateway.register.count(Stage.ANSWERED) == 2
