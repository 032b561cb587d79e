"""The Matomo Tracking HTTP API's basic request, as existing clients send it (MATOMO.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b

from yarl import URL

from gateway.errors import BadRequest, UnknownSite
from gateway.hits import HitType, RawHit
from gateway.ingest.screens import screen
from gateway.privacy.visit import Visit, primary_language

LONGEST = 8192
MOST_PARAMETERS = 500

_VISITOR_ID = re.compile(r"[0-9a-f]{16}", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,10}", re.ASCII)


def parameters(query: bytes, form: bytes = b"") -> dict[str, str]:
    """Query and form parameters merged; the query wins, and of a repeated name the last, as in PHP.

    Raises BadRequest past MOST_PARAMETERS.
    """
    if query.count(b"&") + form.count(b"&") > MOST_PARAMETERS:
        raise BadRequest(f"More than {MOST_PARAMETERS} parameters", "$")
    merged: dict[str, str] = {}
    for encoded in (form, query):
        if encoded:
            url = URL.build(path="/", query_string=encoded.decode("utf-8", "replace"), encoded=True)
            merged.update(url.query)
    return merged


def site_id(values: Mapping[str, str]) -> int:
    """`idsite` as a positive number; raises UnknownSite for anything else."""
    text = values.get("idsite", "")
    number = int(text) if _DIGITS.fullmatch(text) else 0
    if not 1 <= number <= 2**32 - 1:
        raise UnknownSite("idsite must be the number of a site", "idsite")
    return number


def is_recorded(values: Mapping[str, str]) -> bool:
    """Only rec=1 records; anything else is answered as success."""
    return values.get("rec") == "1"


def parse(values: Mapping[str, str], visit: Visit, site: int) -> RawHit:
    """One raw hit. Raises BadRequest for a `cid` that is not 16 hexadecimal digits."""
    visitor_id = ""
    if "cid" in values:
        if not _VISITOR_ID.fullmatch(values["cid"]):
            raise BadRequest("cid must be exactly 16 hexadecimal digits", "cid")
        visitor_id = values["cid"].lower()
    elif _VISITOR_ID.fullmatch(values.get("_id", "")):
        visitor_id = values["_id"].lower()
    if values.get("ping") == "1":
        kind = HitType.PING
    elif values.get("e_c") and values.get("e_a"):
        kind = HitType.EVENT
    elif values.get("download"):
        kind = HitType.DOWNLOAD
    elif values.get("link"):
        kind = HitType.OUTLINK
    elif "search" in values:
        kind = HitType.SEARCH
    else:
        kind = HitType.PAGEVIEW
    # No url and no urlref: the Referer header is the page (the no-JS pixel).
    url = values.get("url", "")
    if not url and not values.get("urlref"):
        url = visit.referer
    return RawHit(
        site=site,
        type=kind,
        received=visit.received,
        at=visit.received,
        address=visit.address,
        user_agent=visit.user_agent,
        url=url[:LONGEST],
        referrer=values.get("urlref", "")[:LONGEST],
        title=values.get("action_name", "")[:2000],
        page_view=values.get("pv_id", "")[:64],
        client_id=_client_id(values),
        visitor_id=visitor_id,
        language=primary_language(values.get("lang", "")) or visit.language,
        screen=screen(values.get("res", "")),
        new_visit=values.get("new_visit") == "1",
        category=values.get("e_c", values.get("search_cat", ""))[:500],
        action=values.get("e_a", "")[:500],
        name=(values.get("e_n") or values.get("download") or values.get("link") or values.get("search") or "")[:500],
        value=_number(values.get("e_v", "")),
    )


def _client_id(values: Mapping[str, str]) -> str:
    """A hit's own id: matomo.js sends a new `rand` with every request, so the same parameters again are the same request.

    Without `rand` two alike requests are two hits.
    """
    if not (values.get("rand") or values.get("r")):
        return ""
    return "matomo " + blake2b("\0".join(values.values()).encode(), digest_size=16).hexdigest()


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if abs(number) < 1e15 else 0.0
