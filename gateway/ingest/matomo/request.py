"""One tracking request, as parameters → what happened, as raw hits."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import chain

from gateway.errors import BadRequest
from gateway.hits import HitType, RawHit
from gateway.ingest.authority import Authority
from gateway.ingest.matomo import actions, commerce
from gateway.ingest.matomo.actions import Action
from gateway.ingest.matomo.parameters import Values, number, whole
from gateway.ingest.matomo.times import happened
from gateway.ingest.screens import screen
from gateway.privacy.visit import Visit, primary_language
from gateway.sites.catalog import ServedSite
from gateway.sites.codes import is_country

LONGEST = 8192
LONGEST_HINTS = 4096
LONGEST_USER = 200
LONGEST_DIMENSION = 250
LONGEST_TIMING = 3_600_000  # milliseconds
ID_LENGTH = 16

_HEXADECIMAL = re.compile(r"[0-9a-f]{16}", re.ASCII | re.IGNORECASE)
_REGION = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
_TIMINGS = ("pf_net", "pf_srv", "pf_tfr", "pf_dm1", "pf_dm2", "pf_onl")
_LINKS = (HitType.DOWNLOAD, HitType.OUTLINK)


def raw_hits(values: Values, visit: Visit, site: ServedSite, authority: Authority | None) -> tuple[RawHit, ...]:
    """What a request of `site` says happened: one hit; two where a link is a content as well; none for a plugin's own action.

    `visit` is already the visitor's own (Senders.visit). Raises BadRequest: a `cid` of a wrong length, an unknown `idgoal`,
    a time that is none or that needs a token.
    """
    goal = commerce.goal(values, site)
    action = actions.action(values, goal)
    if action is None:
        return ()
    hit = _raw_hit(values, visit, site, authority, action, goal)
    if action.type in _LINKS and (content := actions.content(values)) is not None:
        # A click on a content that is a link comes as one request.
        return hit, _raw_hit(values, visit, site, authority, content, goal)
    return (hit,)


def _raw_hit(
    values: Values, visit: Visit, site: ServedSite, authority: Authority | None, action: Action, goal: int
) -> RawHit:
    get = values.get
    # No url and no urlref: the Referer header is the page (the no-JS pixel). A server need not name a page at all.
    url = get("url", "")
    if not url:
        url = "" if get("urlref") else visit.referer
        if not url and authority is not None:
            url = site.site.main_url
    order = commerce.order(values) if goal == 0 else commerce.NOTHING
    at = happened(values, visit.received, trusted=authority is not None)
    if goal == 0 and authority is None:
        # Of an order's number the earliest counts: nobody is to come before another's with a revenue of nothing.
        at = visit.received
    named = authority is not None and ("country" in values or "region" in values or "city" in values)
    country, region, city = _place(values) if named else ("", "", "")
    return RawHit(
        site=site.id,
        type=action.type,
        received=visit.received,
        at=at,
        address=visit.address,
        user_agent=visit.user_agent,
        url=url[:LONGEST],
        referrer=get("urlref", "")[:LONGEST],
        title=get("action_name", "")[:2000],
        page_view=get("pv_id", "")[:64],
        client_id=_client_id(values, action),
        visitor_id=_visitor_id(values),
        language=primary_language(get("lang", "")) or visit.language,
        screen=screen(get("res", "")),
        new_visit=get("new_visit") == "1",
        category=action.category,
        action=action.action,
        name=action.name,
        value=action.value,
        user_id=get("uid", "").strip()[:LONGEST_USER],
        goal=max(goal, 0),
        revenue=number(get("revenue", "")) if goal >= 0 else 0.0,
        order=order.number,
        subtotal=order.subtotal,
        tax=order.tax,
        shipping=order.shipping,
        discount=order.discount,
        items=order.items,
        dimensions=_dimensions(values, site),
        timings=_timings(values),
        target=action.target,
        count=action.count,
        status=whole(get("http_status", ""), 100, 599, 0),
        visitor_hour=whole(get("h", ""), 0, 23, 255),
        uadata=get("uadata", "")[:LONGEST_HINTS],
        bots=get("bots") == "1",
        declared=authority.basis if authority is not None else None,
        country=country,
        region=region,
        city=city,
    )


def _visitor_id(values: Values) -> str:
    """`cid`, else `_id`, as 16 hexadecimal digits; other characters name nobody, as in Matomo. Raises BadRequest."""
    text = values.get("cid", "")
    if text and len(text) != ID_LENGTH:
        raise BadRequest(f"cid must be exactly {ID_LENGTH} hexadecimal digits", "cid")
    text = text or values.get("_id", "")[:ID_LENGTH]
    return text.lower() if _HEXADECIMAL.fullmatch(text) else ""


def _client_id(values: Values, action: Action) -> str:
    """A hit's own id: matomo.js sends a new `rand` with every request, so the same parameters again are the same request.

    Without `rand` two alike requests are two hits.
    """
    if not (values.get("rand") or values.get("r")):
        return ""
    digest = blake2b(
        "\0".join(chain.from_iterable(values.items())).encode("utf-8", "surrogatepass"), digest_size=16
    ).hexdigest()
    return f"matomo {action.type} {digest}"


def _dimensions(values: Values, site: ServedSite) -> dict[int, str]:
    """The custom dimensions that the site defines; an unknown number is nothing that it asked for."""
    if not site.dimension_ids:
        return {}
    sent = {number: values.get(f"dimension{number}", "").strip() for number in site.dimension_ids}
    return {number: text[:LONGEST_DIMENSION] for number, text in sent.items() if text}


def _timings(values: Values) -> tuple[int, ...]:
    if "pf_net" not in values and "pf_srv" not in values and "pf_onl" not in values:
        return ()
    return tuple(whole(values.get(name, ""), 0, LONGEST_TIMING, 0) for name in _TIMINGS)


def _place(values: Values) -> tuple[str, str, str]:
    """Where a server says that its visitor is; what is no code is not believed. Coordinates are finer than is kept."""
    country, region, city = (values.get(name, "").strip() for name in ("country", "region", "city"))
    country, region = country.upper(), region.upper()
    return country if is_country(country) else "", region if _REGION.fullmatch(region) else "", city[:100]
