"""The notice as each visitor gets it: why, under which rule, in which looks; and as a preview link shows it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import brotli
import httpx
import pytest
from click.testing import CliRunner
from msgspec import structs

from gateway.cli import cli
from gateway.clock import SystemClock
from gateway.consent.preview import Preview, Previews
from gateway.secrets import signing_keys
from gateway.settings import Settings
from gateway.sites.appearance import Appearance, Colours
from gateway.sites.jurisdictions import EPRIVACY, UK, UNKNOWN_COUNTRY, US
from gateway.sites.site import Exemption
from tests.settings.conftest import SITE
from tests.web.visitors import SHOP, Browser, Served, served

ONE_CLICK = dict.fromkeys(("payment-fraud", "analytics", "adverts", "media"), True)


@pytest.mark.parametrize(
    ("law", "why", "rule", "asked"),
    [
        ("FR", "exempt", None, True),
        ("DE", "consent", EPRIVACY, True),
        ("GB", "objection", UK, True),
        ("US-CA", "opt_out", US, False),
        ("US", "opt_out", US, False),
        ("", "unknown", UNKNOWN_COUNTRY, True),
        ("BR", "consent", UNKNOWN_COUNTRY, True),
    ],
)
def test_it_says_why_these_rules_apply(tmp_path: Path, law: str, why: str, rule: object, asked: bool) -> None:
    site = structs.replace(SHOP, exemptions=(Exemption(country="FR"),))
    with served(tmp_path, site, law=law) as gateway:
        seen = Browser(gateway).notice()
        assert (seen["why"], seen["ask"], seen["jurisdiction"]) == (why, asked, law)
        assert seen["do_not_sell"] is (law == "" or law.startswith("US"))
        assert f"why_{why}" in seen["texts"]
        rules = {purpose["id"]: (purpose["rule"], purpose["dated"]) for purpose in seen["purposes"]}
        assert all(citation and re.fullmatch(r"\d{4}-\d\d-\d\d", dated) for citation, dated in rules.values())
        if rule is not None:
            assert rules["analytics"] == (rule.citation, rule.dated)  # type: ignore[attr-defined]
        else:
            assert "2020-091" in rules["analytics"][0]


def test_countries_under_the_same_regime_keep_their_own_citation(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        french = Browser(gateway).notice()
        token = Previews(signing_keys(gateway.gateway.settings), gateway.clock).token(
            Preview(site=1, jurisdiction="BR")
        )
        brazilian = Browser(gateway).notice(f"?preview={token}")
        assert french["purposes"][-1]["regime"] == brazilian["purposes"][-1]["regime"] == "consent"
        analytics = [
            {purpose["id"]: purpose for purpose in seen["purposes"]}["analytics"] for seen in (french, brazilian)
        ]
        assert analytics[0]["rule"] == EPRIVACY.citation
        assert analytics[1]["rule"] == UNKNOWN_COUNTRY.citation


def test_looks_and_services(tmp_path: Path) -> None:
    looks = Appearance(layout="card", light=Colours(accent="#123456"), dark=Colours(accent="#abc", text="#fff"))
    with served(tmp_path, structs.replace(SHOP, appearance=looks)) as gateway:
        seen = Browser(gateway).notice()
    assert seen["layout"] == "card"
    assert seen["colours"] == {"light": {"accent": "#123456"}, "dark": {"text": "#fff", "accent": "#abc"}}
    services = {purpose["id"]: purpose["services"] for purpose in seen["purposes"]}
    assert services["media"] == [
        {"id": "kino", "name": "Kino", "sale": False},
        {"id": "broker", "name": "Broker", "sale": True},
    ]
    assert services["analytics"] == []
    assert (seen["gpc"], seen["opted_out_by_signal"], seen["preview"], seen["gpc_rule"]) == (False, False, False, "")


def test_it_is_compressed_and_nobodys_cache_keeps_it(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        plain = Browser(gateway).get("/v1/sites/1/notice")
        small = Browser(gateway).get("/v1/sites/1/notice", accept_encoding="gzip, br", origin="https://shop.example")
        assert small.headers["content-encoding"] == "br"
        assert small.json() == plain.json()
        assert int(small.headers["content-length"]) < len(plain.content) / 2
        assert len(brotli.compress(plain.content)) < 5_000
        assert small.headers["cache-control"] == "private, no-store"
        assert {"Accept-Encoding", "Sec-GPC", "Origin"} == set(re.split(", ?", small.headers["vary"]))
        assert small.headers["access-control-allow-origin"] == "https://shop.example"


# Preview links.


def previews(gateway: Served) -> Previews:
    return Previews(signing_keys(gateway.gateway.settings), gateway.clock)


def preview(gateway: Served, visitor: Browser, **wanted: object) -> httpx.Response:
    token = previews(gateway).token(Preview(site=1, **wanted))  # type: ignore[arg-type]
    return visitor.get(f"/v1/sites/1/notice?preview={token}")


def test_a_preview_shows_that_visitors_banner_and_leaves_no_trace(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        visitor = Browser(gateway)
        visitor.answer(ONE_CLICK)
        visitor.cookies |= {"gw_objection_1": "1", "gw_optout_1": "1"}
        consents, notices = len(gateway.rows()), len(gateway.rows("notices"))
        before = dict(visitor.cookies)
        answer = preview(gateway, visitor, jurisdiction="US-CA", gpc=True, language="fr")
        seen = answer.json()
        assert (seen["jurisdiction"], seen["gpc"], seen["language"], seen["why"]) == ("US-CA", True, "fr", "opt_out")
        assert (seen["preview"], seen["opted_out"], seen["objected"], seen["ask"]) == (True, True, False, False)
        assert visitor.set_now == []
        assert visitor.cookies == before
        asking = preview(gateway, visitor, jurisdiction="DE").json()
        assert (asking["ask"], asking["opted_out"], asking["gpc"]) == (True, False, False)
        assert len(gateway.rows()) == consents
        assert len(gateway.rows("notices")) == notices, "what a preview shows was served to nobody"
        assert visitor.get(f"/v1/notices/{seen['notice']}").status_code == 404
        named = {"site": 1, "purposes": ONE_CLICK, "fingerprint": seen["policy"], "notice": asking["notice"]}
        refused = visitor.post("/v1/consent", {**named, "notice": seen["notice"]})
        assert refused.status_code == 400, "and nobody can have agreed to it"


def test_a_preview_ends(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        visitor = Browser(gateway)
        token = previews(gateway).token(Preview(site=1, jurisdiction="GB", days=2))
        week = previews(gateway).token(Preview(site=1, jurisdiction="GB", days=7))
        gateway.clock.advance(timedelta(days=2))
        assert visitor.get(f"/v1/sites/1/notice?preview={token}").status_code == 200
        gateway.clock.advance(timedelta(seconds=1))
        outdated = visitor.get(f"/v1/sites/1/notice?preview={token}")
        assert (outdated.status_code, outdated.json()["error"]["where"]) == (403, "preview")
        gateway.clock.advance(timedelta(days=5))
        assert visitor.get(f"/v1/sites/1/notice?preview={week}").status_code == 403
        assert gateway.rows("notices") == []


def test_a_forged_preview_is_refused(tmp_path: Path) -> None:
    other = structs.replace(SHOP, id=2)
    with served(tmp_path, SHOP, other) as gateway:
        visitor = Browser(gateway)
        visitor.answer(ONE_CLICK)
        good = previews(gateway).token(Preview(site=1, jurisdiction="GB"))
        strangers = Previews([b"another key"], gateway.clock).token(Preview(site=1, jurisdiction="GB"))
        forged = [
            "x", good[:-1], f"{good}x", f"x{good}", strangers, visitor.cookies["gw_choice_1"], "x" * 5000,
            previews(gateway).token(Preview(site=2, jurisdiction="GB")),
        ]  # fmt: skip
        for token in forged:
            answer = visitor.get(f"/v1/sites/1/notice?preview={token}")
            assert (answer.status_code, answer.json()["error"]["where"]) == (403, "preview"), token
        assert visitor.get(f"/v1/sites/1/notice?preview={good}").status_code == 200
        assert visitor.get("/v1/sites/1/notice?preview=").json()["preview"] is False, "as the script asks without one"


def test_the_command_prints_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gateway.toml"
    table, _, controller = SITE.partition("[controller]")
    config.write_text(f"[[sites]]\n{table}\n[sites.controller]\n{controller}", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["preview", "--config", str(config), "--site", "1", *arguments])
        return done.exit_code, done.output + str(done.exception or "")

    code, printed = run("--jurisdiction", "US-CA", "--gpc", "--language", "fr", "--days", "7")
    assert code == 0, printed
    link = urlsplit(printed.split()[0])
    assert (link.scheme, link.netloc, link.path) == ("https", "www.example.com", "/")
    keys = signing_keys(Settings(data_dir=tmp_path / "data"))
    read = Previews(keys, SystemClock()).read(parse_qs(link.query)["gw_preview"][0], 1)
    assert read == Preview(site=1, jurisdiction="US-CA", gpc=True, language="fr", days=7)
    code, printed = run("--jurisdiction", "unknown")
    assert code == 0
    token = parse_qs(urlsplit(printed.split()[0]).query)["gw_preview"][0]
    assert Previews(keys, SystemClock()).read(token, 1) == Preview(site=1)
    assert run("--jurisdiction", "UK")[0] != 0
    assert "US-CA" in run("--jurisdiction", "California")[1]
    assert run("--jurisdiction", "FR", "--days", "8")[0] != 0
    assert run("--jurisdiction", "FR", "--language", "French")[0] != 0
