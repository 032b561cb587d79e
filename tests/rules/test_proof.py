"""From a ledger row to exactly what was shown, byte for byte, also after the site has changed (RULES.md E7)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import structs

from tests.web.visitors import SHOP, Browser, served

YES = dict.fromkeys(("payment-fraud", "analytics", "adverts", "media"), True)


def test_what_was_shown_comes_back_byte_for_byte(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        visitor = Browser(gateway)
        seen = visitor.notice("?language=fr")
        body = {"site": 1, "purposes": YES, "fingerprint": seen["policy"], "notice": seen["notice"]}
        assert visitor.post("/v1/consent", body).status_code == 201
        (row,) = gateway.rows()
        assert (row["notice"], row["policy"], row["ts"]) == (
            seen["notice"], seen["policy"], int(gateway.clock.timestamp() * 1000),
        )  # fmt: skip
        assert {name: said for name, said in row["purposes"].items() if said} == YES
        exact = visitor.get(f"/v1/notices/{row['notice']}")
        shown = exact.json()
        assert {name: seen[name] for name in shown} == shown, "nothing in it that the visitor was not given"

    changed = structs.replace(SHOP, name="Other shop", purposes=SHOP.purposes[:-1])
    with served(tmp_path, changed) as later:
        visitor = Browser(later)
        assert visitor.notice("?language=fr")["notice"] != row["notice"]
        again = visitor.get(f"/v1/notices/{row['notice']}")
        assert again.content == exact.content
        assert hashlib.sha256(again.content).hexdigest() == row["notice"]
