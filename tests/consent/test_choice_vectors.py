"""docs/verify-choice.md and its vectors say what the gateway does: both ways of reading a cookie agree on every case."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.privacy.cookies import CookieJar, read_cookies
from tests.consent import choice_vectors
from tests.settings.conftest import SITE

VECTORS: dict[str, Any] = json.loads(choice_vectors.FILE.read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in VECTORS["cases"]}


def test_the_file_is_what_the_gateway_writes_today() -> None:
    assert choice_vectors.FILE.read_text(encoding="utf-8") == choice_vectors.text()
    assert len(CASES) == len(VECTORS["cases"]) > 20


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_gateway_reads_it_so(case: dict[str, Any]) -> None:
    keys = [key.encode() for key in VECTORS["signing_keys"]]
    jar = CookieJar(VECTORS["site"], keys, path="/", domain="", secure=True)
    choice = jar.choice(read_cookies(f"gw_choice_1={case['cookie']}"), case["now"])
    assert (msgspec.to_builtins(choice) if choice else None) == case["answer"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_documented_steps_read_it_so(case: dict[str, Any]) -> None:
    """The steps of docs/verify-choice.md, with the standard library only."""
    answer = by_the_steps(case["cookie"], [bytes.fromhex(key) for key in VECTORS["choice_keys"]], case["now"])
    assert answer == case["answer"]
    assert allows(answer, VECTORS["policy"], VECTORS["services"]) == set(case["allows"])


def test_the_choice_key_is_given_to_the_sites_server(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gateway.toml"
    keys = json.dumps(["q7RkT2mVx9LpZ4sWc8Yb1NhJ6dGf3AeU", "Zq7RkT2mVx9LpZ4sWc8Yb1NhJ6dGf3Ae"])
    table, _, controller = SITE.partition("[controller]")
    config.write_text(f"signing_keys = {keys}\n[[sites]]\n{table}\n[sites.controller]\n{controller}", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    printed = CliRunner().invoke(cli, ["choice-key", "--config", str(config), "--site", "1"], catch_exceptions=False)
    assert printed.exit_code == 0
    newest, older = printed.output.split()
    expected = hmac.digest(b"q7RkT2mVx9LpZ4sWc8Yb1NhJ6dGf3AeU", b"gateway cookie gw_choice_1", "sha256")
    assert newest == expected.hex() != older
    refused = CliRunner().invoke(cli, ["choice-key", "--config", str(config), "--site", "2"])
    assert refused.exit_code != 0
    assert "no site 2" in str(refused.output) + str(refused.exception)


def by_the_steps(cookie: str, keys: list[bytes], now: int) -> dict[str, Any] | None:
    payload, dot, signature = cookie.rpartition(".")
    if not dot or not cookie.isascii():
        return None
    macs = [hmac.digest(key, payload.encode(), hashlib.sha256) for key in keys]
    expected = [base64.urlsafe_b64encode(mac).rstrip(b"=").decode() for mac in macs]
    if not any([hmac.compare_digest(signature, one) for one in expected]):
        return None
    try:
        answer = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("p"), dict) or not isinstance(answer.get("e"), int):
        return None
    return answer if answer["e"] > now else None


def allows(answer: dict[str, Any] | None, policy: str, services: dict[str, str]) -> set[str]:
    if answer is None or answer["f"] != policy:
        return set()
    own = answer.get("s", {})
    granted = {purpose for purpose, said in answer["p"].items() if said == 1}
    return granted | {
        service for service, purpose in services.items() if own.get(service, answer["p"].get(purpose)) == 1
    }
