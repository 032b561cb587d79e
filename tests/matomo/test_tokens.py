"""What an API token lets a client say, and under which basis its hits are recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway import cli_tokens
from gateway.accounts.principal import Principal, Role
from gateway.errors import BadRequest, GatewayError
from gateway.hits import Basis, Dropped, HitType, RawHit, Reason
from gateway.ingest.authority import Senders
from gateway.privacy.visit import Visit
from gateway.settings import Privacy, Settings
from gateway.upkeep import commands
from gateway.upkeep.parts import of_gateway
from tests.matomo.trackers import AGENT, Tracker

ID = "0123456789abcdef"


@pytest.mark.parametrize(
    ("role", "site", "may"),
    [
        (Role.TRACKING, 1, True),
        (Role.TRACKING, 2, False),
        (Role.EDITOR, 1, True),
        (Role.EDITOR, None, True),
        (Role.ADMIN, None, True),
        (Role.VIEWER, 1, False),
        (Role.DPO, None, False),
        (Role.SUBJECTS, 1, False),
    ],
)
def test_which_token_may(tracker: Tracker, role: Role, site: int | None, may: bool) -> None:
    token = tracker.token(role, site)
    assert tracker.send(cip="192.0.2.77", token_auth=token).status_code == (200 if may else 400)
    assert tracker.send(cdt="2026-11-01", token_auth=token).status_code == (200 if may else 400)
    # Without anything that needs it, a token that gives nothing takes nothing.
    assert tracker.send(token_auth=token).status_code == 200


def test_addresses_are_cut_and_kept_nowhere(tracker: Tracker) -> None:
    token = tracker.token()
    near = [tracker.hit(cip=address, token_auth=token)["anon"] for address in ("198.51.100.7", "198.51.100.201")]
    far = tracker.hit(cip="198.51.101.7", token_auth=token)["anon"]
    assert near[0] == near[1] != far
    assert "198.51.100" not in json.dumps(tracker.gateway.rows("hits"))
    assert tracker.send(cip="somewhere", token_auth=token).json()["error"]["where"] == "cip"


def test_the_address_given_decides_whether_it_is_staff() -> None:
    settings = Settings(privacy=Privacy(excluded=("203.0.113.0/28",)))
    senders = Senders(settings)
    visit = Visit(received=0.0, address="192.0.2.0", excluded=True, country_hint="FR", hints=(("sec-ch-ua", "x"),))
    with pytest.raises(BadRequest):
        senders.visit(visit, "203.0.113.3", "", None)
    may = authority_of(Basis.COOKIELESS)
    assert senders.visit(visit, "203.0.113.3", "", may).excluded
    other = senders.visit(visit, "203.0.113.99", "Phone/1", may)
    assert (other.excluded, other.address, other.country_hint) == (False, "203.0.113.0", "")
    assert (other.user_agent, other.hints) == ("Phone/1", ())
    assert senders.visit(visit, "", "", None) is visit


def authority_of(basis: Basis) -> Any:
    from gateway.ingest.authority import authority

    return authority(Principal("t", Role.TRACKING, frozenset({1}), basis), 1)


def test_a_day_long_past(tracker: Tracker) -> None:
    row = tracker.hit(cdt="2026-06-30 23:59:59", token_auth=tracker.token())
    assert (row["day"], row["ts"]) == (
        "2026-06-30",
        1_000 * int(datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC).timestamp()),
    )
    # Older than raw hits are kept: left out, and no client is told to send it again.
    assert tracker.send(cdt="2024-01-01", token_auth=tracker.token()).status_code == 200
    assert tracker.rows() == []


@pytest.mark.parametrize("order", [{"ec_id": "A-1001"}, {}], ids=["order", "cart"])
@pytest.mark.parametrize("name", ["cdt", "cdo"])
def test_orders_are_backdated_with_a_token_only(tracker: Tracker, order: dict[str, str], name: str) -> None:
    """Or anyone could come before another's order of the same number, and its revenue would be gone."""
    now = tracker.gateway.clock.timestamp()
    ago = str(int(now) - 80_000) if name == "cdt" else "80000"
    sent = {**order, name: ago, "idgoal": "0", "revenue": "0"}
    assert tracker.hit(**sent)["ts"] == int(now * 1000)
    assert tracker.hit(**sent, token_auth=tracker.token())["ts"] == int((now - 80_000) * 1000)
    assert tracker.hit(**{**sent, "idgoal": "1"})["ts"] == int((now - 80_000) * 1000)
    assert tracker.send(**sent | {"cdo": "90000"}).status_code == 400


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"cdt": "0001-01-01 00:00:00"}, 400),
        ({"cdt": "0001-01-01 00:00:00", "cdo": "2147483647"}, 400),
        ({"cdt": "0001-01-01T00:00:00+14:00"}, 400),
        ({"cdt": "1969-12-31 23:59:59"}, 400),
        ({"cdt": "1", "cdo": "2"}, 400),
        ({"cdo": "2147483647"}, 400),
        ({"cdt": "1"}, 200),  # older than is kept
        ({"cdt": "9999-12-31T23:59:59-14:00"}, 200),  # now
        ({"cdt": "999999999999999"}, 200),
    ],
    ids=str,
)
def test_times_that_no_calendar_has(tracker: Tracker, said: dict[str, str], status: int) -> None:
    answer = tracker.send(**said, token_auth=tracker.token())
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"]["where"] in said
    assert len(tracker.rows()) == (status == 200 and said["cdt"] != "1")
    element = {"idsite": 1, "rec": 1, "url": "https://shop.example/a", **said}
    counted = tracker.bulk(element, token_auth=tracker.token()).json()
    assert (counted["tracked"], counted["invalid"]) == ((1, 0) if status == 200 else (0, 1))


@pytest.mark.parametrize(
    ("at", "reason"),
    [(-1.0, Reason.TOO_LATE), (-1e15, Reason.TOO_LATE), (1e15, Reason.IN_FUTURE), (float("nan"), Reason.IN_FUTURE)],
)
def test_the_pipeline_takes_any_time(tracker: Tracker, at: float, reason: Reason) -> None:
    gateway = tracker.gateway.gateway
    site = gateway.catalog.get(1)
    assert site is not None
    received = gateway.clock.timestamp()
    raw = RawHit(
        site=1, type=HitType.PAGEVIEW, received=received, at=at, address="", user_agent=AGENT, url=site.site.main_url
    )
    assert gateway.pipeline.run(raw, Visit(received=received, address=""), site) == Dropped(reason)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"country": "us", "region": "ca", "city": "Oakland"}, ("US", "US CA", "US Oakland")),
        ({"country": "fr"}, ("FR", "", "")),
        ({"country": "zz", "region": "ca!"}, ("", "", "")),
        ({"lat": "48.85", "long": "2.35"}, ("", "", "")),
    ],
    ids=str,
)
def test_places(tracker: Tracker, said: dict[str, str], kept: tuple[str, str, str]) -> None:
    token = tracker.token()
    row = tracker.hit(**said, token_auth=token, cip="192.0.2.1")
    assert tuple(row.get(name, "") for name in ("country", "region", "city")) == kept
    without = tracker.hit(**said)
    assert tuple(without.get(name, "") for name in ("country", "region", "city")) == ("", "", "")


@pytest.mark.parametrize(
    ("declared", "country", "basis", "identified"),
    [
        (Basis.COOKIELESS, "gb", "cookieless", False),
        (Basis.CONSENT, "de", "consent", True),
        (Basis.EXEMPT, "gb", "exempt", True),
        (Basis.EXEMPT, "de", "cookieless", False),  # which knows no exemption
        (Basis.EXEMPT, "fr", "cookieless", False),  # on whose exemption this site does not rely
    ],
)
def test_the_declared_basis(tracker: Tracker, declared: Basis, country: str, basis: str, identified: bool) -> None:
    token = tracker.token(basis=declared)
    row = tracker.hit(
        token_auth=token,
        cip="192.0.2.1",
        country=country,
        city="Town",
        _id=ID,
        uid="",
        urlref="https://blog.example/about/ann",
        dimension1="gold",
        idgoal="0",
        ec_id="A-1",
        revenue="5",
    )
    assert (row["basis"], bool(row["visitor"])) == (basis, identified)
    assert tracker.browser.cookies == {}, "a server is nobody's browser"
    exempt = basis == "exempt"
    assert row.get("city", "") == ("" if exempt else f"{country.upper()} Town")
    assert row.get("dimensions", {}) == ({"1": "gold"} if basis == "consent" else {})
    assert bool(row.get("order_id")) is not exempt
    assert row.get("referrer_path", "") == ("" if exempt else "/about/ann")
    assert row["revenue"] == 5.0


def test_customers_are_counted_by_uid_only_where_identified_and_not_exempt(tracker: Tracker) -> None:
    def visitor(basis: Basis, **said: str) -> int:
        number: int = tracker.hit(token_auth=tracker.token(basis=basis), country="gb", **said)["visitor"]
        return number

    assert visitor(Basis.CONSENT, uid="c1", _id=ID) == visitor(Basis.CONSENT, uid="c1")
    assert visitor(Basis.EXEMPT, uid="c1", _id=ID) == visitor(Basis.EXEMPT, _id=ID) == visitor(Basis.CONSENT, _id=ID)
    assert visitor(Basis.EXEMPT, uid="c1") == 0
    assert visitor(Basis.COOKIELESS, uid="c1", _id=ID) == 0


def test_a_no_that_comes_along_is_a_no(tracker: Tracker) -> None:
    """A server that passes its visitor's cookies on cannot count whoever objected."""
    tracker.browser.post("/v1/opt-out", {"site": 1, "what": "analytics"})
    assert tracker.send(token_auth=tracker.token(basis=Basis.CONSENT), _id=ID).status_code == 200
    assert tracker.rows() == []


def test_a_server_need_not_name_a_page(tracker: Tracker) -> None:
    row = tracker.hit(token_auth=tracker.token(), url="", idgoal="1")
    assert (row["host"], row["path"], row["goals"]) == ("shop.example", "/", [1])
    assert tracker.send(url="", idgoal="1").status_code == 200
    assert tracker.rows() == []


@pytest.fixture
def command(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`gateway tokens …` against the gateway of this process, as through its socket. Returns what it printed."""

    def run(_config: Path | None, command: str, **arguments: Any) -> Any:
        parts = of_gateway(tracker.gateway.gateway)
        return json.loads(json.dumps(tracker.gateway.run(commands.run(command, parts, arguments))))

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(cli_tokens.tokens, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    monkeypatch.setattr(cli_tokens, "run", run)
    return invoke


def test_gateway_tokens(tracker: Tracker, command: Callable[..., str]) -> None:
    shop = ("--site", "1")
    made = command(
        "create", "--name", "import", "--scope", "tracking", *shop, "--basis", "exempt", "--expires", "2027-01-31"
    )
    token = made.strip()
    assert len(token) == 43
    assert tracker.hit(token_auth=token, cip="192.0.2.1", country="gb", _id=ID)["basis"] == "exempt"
    command("create", "--name", "customers", "--scope", "subjects", *shop)
    listed = command("list")
    assert "import  tracking  site 1  exempt  made 2026-11-22  ends 2027-01-31\n" in listed
    assert "customers  subjects  site 1  cookieless  made 2026-11-22\n" in listed
    assert token not in listed
    assert "no token named nothing" in command("revoke", "nothing")
    assert "worth nothing any more" in command("revoke", "import")
    assert "import" not in command("list")
    assert tracker.send(token_auth=token, cip="192.0.2.1").status_code == 400


@pytest.mark.parametrize(
    "words",
    [
        ("--scope", "tracking"),  # of which sites?
        ("--scope", "tracking", "--site", "77"),
        ("--scope", "viewer", "--site", "1", "--basis", "consent"),  # sends no hits
        ("--scope", "admin", "--site", "1"),
    ],
)
def test_tokens_that_make_no_sense(command: Callable[..., str], words: tuple[str, ...]) -> None:
    with pytest.raises(GatewayError):
        command("create", "--name", "x", *words)
    assert "\nx  " not in command("list")
