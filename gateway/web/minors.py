"""Whom a site calls a minor is asked nothing optional, and nothing of theirs is sold or measured (RULES.md C12).

The site says it: `data-minor="true"` on the script's tag, `minor=true` in the address of a page or of the notice, or
`"minor": true` with an answer. It is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_minor(query: Mapping[str, str]) -> bool:
    return query.get("minor", "") in ("1", "true")


def for_minor(notice: Mapping[str, Any]) -> dict[str, Any]:
    """What a minor's notice says instead: nothing to ask, nothing optional in it, and no fingerprint to consent to."""
    links = {name: f"{url}?minor=true" if name != "policy" else url for name, url in notice["links"].items()}
    return {
        "minor": True,
        "ask": False,
        "measure": "never",
        "opted_out": True,
        "opted_out_by_signal": False,
        "notice": "",
        "purposes": [purpose for purpose in notice["purposes"] if purpose["required"]],
        "links": links,
    }
