"""Makes choice_vectors.json with the real cookie jar: `python -m tests.consent.choice_vectors` writes it anew."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from itsdangerous import Signer

from gateway.privacy.cookies import Choice, CookieJar, choice_key

FILE = Path(__file__).with_name("choice_vectors.json")

SIGNING_KEY = "an-example-key-that-signs-nothing-real-0001"
OLDER_KEY = "an-example-key-that-signs-nothing-real-0000"
SITE = 1
POLICY = "0123456789abcdef"
DAY = 20_000
NOW = DAY * 86_400
EXPIRES = NOW + 184 * 86_400
SERVICES = {"kino": "media", "adhouse": "adverts"}


def value(choice: Choice, *, site: int = SITE, key: str = SIGNING_KEY) -> str:
    """The value that the gateway would give `gw_choice_{site}`."""
    jar = CookieJar(site, [key.encode()], path="/", domain="", secure=True)
    return jar.set_choice(choice, NOW).partition("=")[2].partition(";")[0]


def signed(payload: bytes) -> str:
    """Any payload under the right key: what no gateway writes, but a verifier must survive."""
    derived = choice_key(SIGNING_KEY.encode(), SITE)
    return Signer(derived, salt=b"", key_derivation="none", digest_method=hashlib.sha256).sign(payload).decode()


def vectors() -> dict[str, Any]:
    """The content of the file."""
    yes = Choice(p={"payment-fraud": 1, "analytics": 1, "media": 1}, f=POLICY, d=DAY, e=EXPIRES)
    no = Choice(p={"payment-fraud": 0, "analytics": 0, "media": 0}, f=POLICY, d=DAY, e=EXPIRES)
    mixed = Choice(p={"payment-fraud": 1, "analytics": 0, "media": 0}, f=POLICY, d=DAY, e=EXPIRES, s={"kino": 1})
    less = Choice(p={"media": 1, "adverts": 1}, f=POLICY, d=DAY, e=EXPIRES, s={"kino": 0})
    part = Choice(p={"analytics": 1}, f=POLICY, d=DAY, e=EXPIRES)
    old = Choice(p={"analytics": 1, "media": 0}, f="f" * 16, d=DAY, e=EXPIRES)
    good = value(yes)
    payload, _, signature = good.rpartition(".")
    all_yes = ["payment-fraud", "analytics", "media", "kino"]
    cases: list[tuple[str, str, int, Choice | None, list[str]]] = [
        ("yes to everything", good, NOW, yes, all_yes),
        ("no to everything", value(no), NOW, no, []),
        ("a yes to one service of a refused purpose", value(mixed), NOW, mixed, ["payment-fraud", "kino"]),
        ("a no to one service of a granted purpose", value(less), NOW, less, ["media", "adverts", "adhouse"]),
        ("a purpose that was never answered is not granted", value(part), NOW, part, ["analytics"]),
        ("an answer to another policy grants nothing", value(old), NOW, old, []),
        ("its last second", good, EXPIRES - 1, yes, all_yes),
        ("lapsed", good, EXPIRES, None, []),
        ("signed with the older of two keys", value(yes, key=OLDER_KEY), NOW, yes, all_yes),
        ("signed with an unknown key", value(yes, key=OLDER_KEY + "x"), NOW, None, []),
        ("of another site", value(yes, site=2), NOW, None, []),
        ("payload altered", f"{value(no).rpartition('.')[0]}.{signature}", NOW, None, []),
        ("signature altered", f"{payload}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}", NOW, None, []),
        ("signature padded", f"{good}=", NOW, None, []),
        ("signature missing", payload, NOW, None, []),
        ("signature empty", f"{payload}.", NOW, None, []),
        ("empty", "", NOW, None, []),
        ("not ASCII", f"{payload}é.{signature}", NOW, None, []),
        ("well signed, but no JSON", signed(base64.urlsafe_b64encode(b"{").rstrip(b"=")), NOW, None, []),
        ("well signed, but no object", signed(base64.urlsafe_b64encode(b"[]").rstrip(b"=")), NOW, None, []),
        ("well signed, but without an answer", signed(base64.urlsafe_b64encode(b'{"f":"0"}').rstrip(b"=")), NOW, None, []),
        ("well signed, but no base64url", signed(b"*"), NOW, None, []),
    ]  # fmt: skip
    return {
        "about": "Test vectors for docs/verify-choice.md. Made by tests/consent/choice_vectors.py; never edited by hand.",
        "site": SITE,
        "policy": POLICY,
        "services": SERVICES,
        "signing_keys": [SIGNING_KEY, OLDER_KEY],
        "choice_keys": [choice_key(key.encode(), SITE).hex() for key in (SIGNING_KEY, OLDER_KEY)],
        "cases": [
            {
                "name": name,
                "cookie": cookie,
                "now": now,
                "answer": {"p": said.p, "f": said.f, "d": said.d, "e": said.e, "s": said.s} if said else None,
                "allows": allows,
            }
            for name, cookie, now, said, allows in cases
        ],
    }


def text() -> str:
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
