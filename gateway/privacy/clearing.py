"""Expiring a site's own cookies when the purpose that declared them is refused: HttpOnly ones no script can reach.

Other cookies of a request are looked at here, at that moment, and nowhere else; nothing of them is kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from gateway.sites.site import Purpose

OWN = "gw_"
MOST = 100  # cookies of one answer; browsers keep about 180 a domain

# RFC 6265 § 4.1.1: a cookie's name is a token. What is none cannot be written back into a header.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")


def to_clear(
    header: str, purposes: Collection[Purpose], answers: Mapping[str, bool], services: Mapping[str, bool]
) -> list[str]:
    """The names among the cookies of one Cookie header that only refused purposes declare, each once.

    A purpose without an answer counts as allowed, and so does a refused one with a service that is allowed.
    """
    refused, kept = [], [OWN + "*"]
    for purpose in purposes:
        declared = [cookie.name for cookie in purpose.cookies if cookie.kind == "cookie"]
        said_no = not purpose.required and answers.get(purpose.id) is False
        if said_no and not any(services.get(service.id) for service in purpose.services):
            refused += declared
        else:
            kept += declared
    if not refused:
        return []
    present = dict.fromkeys(part.partition("=")[0].strip() for part in header.split(";"))
    found = [
        name for name in present if _TOKEN.fullmatch(name) and _declared(name, refused) and not _declared(name, kept)
    ]
    return found[:MOST]


def _declared(name: str, patterns: Collection[str]) -> bool:
    return any(name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns)
