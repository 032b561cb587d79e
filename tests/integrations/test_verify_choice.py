"""The examples that verify `gw_choice_{site}` on a website's own server agree with the gateway on every test vector."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.privacy.cookies import Choice, CookieJar, choice_key
from tests.integrations.conftest import run

HERE = Path(__file__).parent
VECTORS = json.loads((HERE.parent / "consent/choice_vectors.json").read_text(encoding="utf-8"))
EXAMPLES = {"python": (sys.executable, "verify.py"), "php": ("php", "verify.php"), "node": ("node", "verify.mjs")}
PURPOSES = ["payment-fraud", "analytics", "media", "adverts"]
NOW = 1_800_000_000
SIGNING_KEY = b"k" * 32


def ask(example: str, cases: list[dict[str, Any]], *, keys: list[str], policy: str) -> list[dict[str, Any]]:
    interpreter, script = EXAMPLES[example]
    given = {"keys": keys, "policy": policy, "purposes": PURPOSES, "services": VECTORS["services"], "cases": cases}
    answers: list[dict[str, Any]] = json.loads(run(interpreter, HERE / script, given=json.dumps(given)))
    return answers


def case(value: str, *, now: int = NOW, site: int = 1) -> dict[str, Any]:
    return {"header": f"a=b; gw_choice_{site}={value}; c", "site": site, "now": now}


def sign(payload: object) -> str:
    """A well-signed cookie of any content."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    encoded = base64.urlsafe_b64encode(text).rstrip(b"=")
    digest = hmac.digest(choice_key(SIGNING_KEY, 1), encoded, "sha256")
    return f"{encoded.decode()}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


GOOD = {"p": {"analytics": 1}, "f": "a" * 16, "d": 20_000, "e": NOW + 1, "s": {}}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_vectors(example: str) -> None:
    cases = [case(vector["cookie"], now=vector["now"], site=VECTORS["site"]) for vector in VECTORS["cases"]]
    answers = ask(example, cases, keys=VECTORS["choice_keys"], policy=VECTORS["policy"])
    for vector, answer in zip(VECTORS["cases"], answers, strict=True):
        assert sorted(answer["allows"]) == sorted(vector["allows"]), vector["name"]
        expected = vector["answer"]
        if expected is None:
            assert answer["choice"] is None, vector["name"]
            continue
        for field, key in (("purposes", "p"), ("services", "s")):
            assert answer["choice"][field] == {name: said == 1 for name, said in expected[key].items()}, vector["name"]
        assert [answer["choice"][field] for field in ("policy", "day", "expires")] == [expected[key] for key in "fde"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_wrong_types_and_malformed_values_are_no_answer(example: str) -> None:
    wrong: list[object] = [
        {**GOOD, "p": {"analytics": True}},
        {**GOOD, "p": {"analytics": "1"}},
        {**GOOD, "p": {"analytics": 2}},
        {**GOOD, "p": {"analytics": None}},
        {**GOOD, "p": {"analytics": 1, "media": -1}},
        {**GOOD, "p": [1]},
        {**GOOD, "p": []},
        {**GOOD, "p": None},
        {**GOOD, "s": {"kino": "yes"}},
        {**GOOD, "s": []},
        {**GOOD, "s": None},
        {**GOOD, "f": 7},
        {**GOOD, "f": None},
        {**GOOD, "d": "20000"},
        {**GOOD, "e": f"{NOW + 1}"},
        {**GOOD, "e": None},
        {**GOOD, "e": NOW},
        [GOOD],
        "text",
        b"",
        b"\xff\xfe",
        b"[" * 2000,
        {key: value for key, value in GOOD.items() if key != "p"},
    ]
    unsigned = ["", ".", "..", "x", f"{sign(GOOD)}A", f" {sign(GOOD)}.", f"{sign(GOOD)}" * 40]
    cases = [case(sign(payload)) for payload in wrong] + [case(value) for value in unsigned]
    keys = [choice_key(SIGNING_KEY, 1).hex()]
    answers = ask(example, [case(sign(GOOD)), *cases], keys=keys, policy="a" * 16)
    assert answers[0]["allows"] == ["analytics"]
    for given, answer in zip([*wrong, *unsigned], answers[1:], strict=True):
        assert answer == {"choice": None, "allows": []}, given


@pytest.mark.parametrize("example", EXAMPLES)
def test_keys_rotate_and_are_of_one_site(example: str) -> None:
    keys = [b"n" * 32, SIGNING_KEY]
    jar = CookieJar(1, [SIGNING_KEY], path="/", domain="", secure=True)
    value = jar.set_choice(Choice(p={"media": 1}, f="a" * 16, d=1, e=NOW + 9), NOW).partition("=")[2].partition(";")[0]

    def allowed(site: int, signing: list[bytes]) -> list[str]:
        hexadecimal = [choice_key(key, site).hex() for key in signing]
        (answer,) = ask(example, [case(value, site=site)], keys=hexadecimal, policy="a" * 16)
        allows: list[str] = answer["allows"]
        return allows

    # "kino" is a service of "media": without an answer of its own it takes its purpose's.
    assert allowed(1, keys) == ["media", "kino"]
    assert allowed(1, keys[:1]) == []
    assert allowed(1, []) == []
    assert allowed(2, keys) == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_of_two_cookies_the_newer_counts_and_of_equals_the_one_that_allows_less(example: str) -> None:
    older, newer = sign({**GOOD, "e": NOW + 5}), sign({**GOOD, "p": {"analytics": 0}, "e": NOW + 6})
    no = sign({**GOOD, "p": {"analytics": 0}, "e": NOW + 5})
    pairs = [(older, newer), (newer, older), (older, no), (no, older), (older, "forged.x"), ("", older)]
    cases = [
        {"header": f"gw_choice_1={a}; gw_choice_10={older}; gw_choice_1={b}", "site": 1, "now": NOW} for a, b in pairs
    ]
    answers = ask(example, cases, keys=[choice_key(SIGNING_KEY, 1).hex()], policy="a" * 16)
    assert [answer["allows"] for answer in answers] == [[], [], [], [], ["analytics"], ["analytics"]]


def test_the_key_is_what_the_documentation_says() -> None:
    expected = hmac.new(SIGNING_KEY, b"gateway cookie gw_choice_1", hashlib.sha256).digest()
    assert choice_key(SIGNING_KEY, 1) == expected
