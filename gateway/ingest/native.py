"""The gateway's own wire format: `POST /v1/hit`, one JSON object, as application/json or as a beacon's text/plain."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.errors import BadRequest
from gateway.hits import HitType, RawHit
from gateway.ingest.screens import screen
from gateway.privacy.visit import Visit, primary_language

SiteId = Annotated[int, Meta(ge=1, le=2**32 - 1)]
Url = Annotated[str, Meta(min_length=1, max_length=8192)]
Identifier = Annotated[str, Meta(max_length=64)]
Label = Annotated[str, Meta(max_length=500)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class _Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    site: SiteId
    page_view: Identifier = ""
    id: Identifier = ""
    language: Annotated[str, Meta(max_length=100)] = ""
    screen: Annotated[str, Meta(max_length=20)] = ""
    title: Annotated[str, Meta(max_length=2000)] = ""
    referrer: Annotated[str, Meta(max_length=8192)] = ""


class PageviewMessage(_Message, frozen=True, kw_only=True, tag="pageview"):
    """A page was seen."""

    url: Url


class EventMessage(_Message, frozen=True, kw_only=True, tag="event"):
    """Something happened on a page. `value` is any finite number."""

    category: Annotated[str, Meta(min_length=1, max_length=500)]
    action: Annotated[str, Meta(min_length=1, max_length=500)]
    name: Label = ""
    value: float = 0.0
    url: Url


class EngagementMessage(_Message, frozen=True, kw_only=True, tag="engagement"):
    """Attention so far on one page view: seconds, and the deepest scroll as a share of the page (0…1)."""

    page_view: Annotated[str, Meta(min_length=1, max_length=64)]
    seconds: Seconds
    scroll: Annotated[float, Meta(ge=0, le=1)] = 0.0
    url: Annotated[str, Meta(max_length=8192)] = ""


Message = PageviewMessage | EventMessage | EngagementMessage

_decode = msgspec.json.Decoder(Message).decode


def parse(body: bytes, visit: Visit) -> RawHit:
    """One raw hit. Raises BadRequest with the JSON path and what is wrong there."""
    try:
        message = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None
    if isinstance(message, EventMessage):
        kind, category, action, name, value = (
            HitType.EVENT,
            message.category,
            message.action,
            message.name,
            message.value,
        )
    else:
        kind, category, action, name, value = HitType.PAGEVIEW, "", "", "", 0.0
    seconds = scroll = 0.0
    url = message.url
    if isinstance(message, EngagementMessage):
        kind, seconds, scroll = HitType.ENGAGEMENT, message.seconds, message.scroll
        url = url or visit.referer or visit.origin
    return RawHit(
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
        category=category,
        action=action,
        name=name,
        value=value,
        seconds=seconds,
        scroll=scroll,
    )


def bad_request(error: Exception) -> BadRequest:
    """msgspec's message, split into what is wrong and where."""
    what, _, where = str(error).partition(" - at `")
    return BadRequest(what, where.rstrip("`") or "$")
