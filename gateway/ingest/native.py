"""The gateway's own wire format: `POST /v1/hit`, one JSON object, as application/json or as a beacon's text/plain."""

from __future__ import annotations

import msgspec
from msgspec import structs

from gateway.errors import BadRequest
from gateway.hits import HitType, RawHit
from gateway.ingest.messages import AnyMessage
from gateway.ingest.screens import screen
from gateway.privacy.visit import Visit, primary_language

_decode = msgspec.json.Decoder(AnyMessage).decode


def parse(body: bytes, visit: Visit) -> RawHit:
    """One raw hit. Raises BadRequest with the JSON path and what is wrong there."""
    try:
        message = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None
    kind, url = message.kind, message.url
    if kind is HitType.ENGAGEMENT:
        url = url or visit.referer or visit.origin
    raw = RawHit(
        site=message.site,
        type=kind,
        received=visit.received,
        at=visit.received,
        address=visit.address,
        user_agent=visit.user_agent,
        url=url,
        referrer=message.referrer,
        title=message.title,
        page_view=message.page_view,
        # Two kinds of message may share an id that the client made per page view.
        client_id=f"{kind} {message.id}" if message.id else "",
        language=primary_language(message.language) or visit.language,
        screen=screen(message.screen),
        user_id=message.user,
        dimensions=message.dimensions,
        timings=message.timings,
        status=message.status,
        visitor_hour=message.hour,
        cookieless=message.cookieless,
    )
    return raw if kind is HitType.PAGEVIEW else structs.replace(raw, **message.own())


def bad_request(error: Exception) -> BadRequest:
    """msgspec's message, split into what is wrong and where."""
    what, _, where = str(error).partition(" - at `")
    # Of a key it says "`key` in `$.…`".
    return BadRequest(what, where.rstrip("`").rpartition("`")[2] or "$")
