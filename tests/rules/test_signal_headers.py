"""What caches and crawlers are told of Global Privacy Control (RULES.md, Signals)."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.web.visitors import Browser, served

NOTICE = "/v1/sites/1/notice"
PATHS = (
    "/gateway/1.js",
    "/gateway.js",
    NOTICE,
    "/v1/consent?site=1",
    "/banner/1",
    "/banner/1?include=1",
    "/privacy/1",
    "/privacy/1/cookies",
    "/do-not-sell/1",
    "/do-not-sell/1/allow",
    "/.well-known/gpc.json",
    "/matomo.php?idsite=1&rec=1&url=https://shop.example/",
)


@pytest.mark.parametrize("prefix", ["", "/privacy"])
@pytest.mark.parametrize("gpc", [True, False])
def test_the_support_resource(tmp_path: Path, prefix: str, gpc: bool) -> None:
    """Its exact shape, whoever asks, and below a path of the public URL too."""
    with served(tmp_path, url=f"https://shop.example{prefix}") as gateway:
        answer = Browser(gateway, gpc=gpc).get("/.well-known/gpc.json")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert "set-cookie" not in answer.headers
        assert answer.json().keys() == {"gpc", "lastUpdate"}
        assert answer.json()["gpc"] is True
        assert re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", answer.json()["lastUpdate"])


@pytest.mark.parametrize("law", ["US-CA", "FR"])
def test_what_depends_on_the_signal_says_so_or_is_kept_by_nobody(tmp_path: Path, law: str) -> None:
    """Every address that a visitor's browser may ask for, once with the signal and once without."""
    depend = []
    with served(tmp_path, law=law) as gateway:
        for path in PATHS:
            plain, signalling = (Browser(gateway, gpc=gpc).get(path) for gpc in (False, True))
            assert (plain.status_code, signalling.status_code) == (200, 200), path
            if told(plain) == told(signalling):
                continue
            depend.append(path)
            for answer in (plain, signalling):
                varies = re.split(", ?", answer.headers.get("vary", "").lower())
                assert "sec-gpc" in varies or "no-store" in answer.headers["cache-control"], path
        # The script is for everybody and in every cache: the signal must not change it.
        assert not [path for path in depend if path.endswith(".js")]
        assert NOTICE in depend


def told(answer: httpx.Response) -> tuple[bytes, list[str]]:
    return answer.content, answer.headers.get_list("set-cookie")
