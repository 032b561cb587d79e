"""One visit as Matomo's Live.getLastVisitsDetails tells it → the hits that it was made of.

Matomo keeps no user agent, so browser, system and device are taken by name. Its visits stay visits: the first hit of each
begins one. A visitor's id counts where the import declares consent or the exemption; else who comes with the same truncated
address and browser on one day is one visitor, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gateway.enrich.devices import MATOMO_DEVICE
from gateway.enrich.user_agents import Client
from gateway.hits import Basis, HitType, RawHit
from gateway.imports.entry import Entry, Left, Unreadable
from gateway.imports.logged import ReadAddress
from gateway.imports.matomo_action import ACTIONS, LINKS, Values, text
from gateway.ingest.matomo.parameters import number, whole
from gateway.ingest.screens import screen
from gateway.privacy.visit import LONGEST_URL, primary_language
from gateway.reports.matomo.names import BROWSERS, SYSTEMS
from gateway.sites.catalog import ServedSite
from gateway.sites.codes import is_country

_VISITOR = re.compile(r"[0-9a-f]{16}", re.ASCII | re.IGNORECASE)
_REGION = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
_ICON = re.compile(r"/(\w+)\.(?:png|gif|svg)$")
_DEVICES = {theirs.replace(" ", "_"): ours for ours, theirs in MATOMO_DEVICE.items()}
_NO_NAMES = frozenset({"", "unknown", "unk"})
# What Matomo says where an engine hid the keyword, in the language of whoever exported.
_HIDDEN = re.compile(
    r"(?i)keyword not defined|mot[- ]cl\w+ (?:ind\w+|non d\w+)|suchbegriff nicht definiert|.*\bnot provided\b.*"
)


class Exported(NamedTuple):
    """What all visits of an import share."""

    site: ServedSite
    basis: Basis
    received: float
    address: ReadAddress


def entries(visit: Values, of: Exported) -> Iterator[Entry | Left]:
    """The hits of one visit, in the order of its actions. Raises Unreadable."""
    number_of_visit = text(visit, "idVisit")
    actions = visit.get("actionDetails")
    if not number_of_visit or not isinstance(actions, list):
        raise Unreadable("a visit has idVisit and actionDetails")
    began = _seconds(visit, "firstActionTimestamp") or _seconds(actions[0] if actions else {}, "timestamp")
    identity = f"matomo {of.site.id}\0{text(visit, 'idSite')}\0{number_of_visit}\0{began}"
    address = of.address(text(visit, "visitIp"))
    client = _client(visit)
    agent = f"{client.browser} {client.browser_version}; {client.os} {client.os_version}; {client.brand} {client.model}"
    country = text(visit, "countryCode").upper()
    region = text(visit, "regionCode").upper()
    visitor = text(visit, "visitorId")
    shared: dict[str, Any] = {
        "site": of.site.id,
        "received": of.received,
        "address": address.truncated,
        "user_agent": agent,
        "visitor_id": visitor.lower() if _VISITOR.fullmatch(visitor) else "",
        "user_id": text(visit, "userId")[:200],
        "language": primary_language(text(visit, "languageCode")),
        "screen": screen(text(visit, "resolution")),
        "visitor_hour": whole(text(visit, "visitLocalHour") or text(visit, "visitLocalTime")[:2], 0, 23, 255),
        "country": country if is_country(country) else "",
        "region": region if _REGION.fullmatch(region) else "",
        "city": text(visit, "city")[:100] if text(visit, "city").lower() not in _NO_NAMES else "",
        "declared": of.basis,
        "bots": True,  # Matomo left them out already
    }
    page, last, first = of.site.site.main_url or f"https://{of.site.site.domains[0].removeprefix('*.')}/", 0.0, True
    for index, action in enumerate(actions):
        if not isinstance(action, dict):
            raise Unreadable("an action is not an object")
        read = ACTIONS.get(text(action, "type"))
        at = _seconds(action, "timestamp")
        if read is None:
            yield Left.UNKNOWN_ACTION
            continue
        if not at:
            raise Unreadable("an action has no timestamp")
        own = read(action, of.site)
        if isinstance(own, Left):
            yield own
            continue
        if own["type"] not in LINKS and text(action, "url"):
            page = text(action, "url")[:LONGEST_URL]
        url, referrer = (_came_to(page, visit), _came_from(visit)) if first else (page, "")
        raw = RawHit(
            **shared,
            **own,
            at=at,
            url=url,
            referrer=referrer,
            new_visit=first,
            page_view=text(action, "idpageview")[:64],
            dimensions=_dimensions(visit, action, of.site),
        )
        keyword = text(visit, "referrerKeyword") if first and text(visit, "referrerType") == "search" else ""
        hidden = _HIDDEN.fullmatch(keyword) is not None
        yield _entry(raw, f"{identity}\0{index}", address.excluded, client, "" if hidden else keyword)
        first, last = False, max(last, at)
    ended = _seconds(visit, "lastActionTimestamp")
    if not first and ended > last:
        raw = RawHit(**shared, type=HitType.PING, at=ended, url=page)
        yield _entry(raw, f"{identity}\0ping", address.excluded, client, "")


def _entry(raw: RawHit, identity: str, excluded: bool, client: Client, keyword: str) -> Entry:
    number_of = int.from_bytes(blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return Entry(id=number_of, raw=raw, excluded=excluded, client=client, keyword=keyword[:500])


def _came_to(page: str, visit: Values) -> str:
    """The first page; of a campaign, with the parameters that Matomo took out of its address."""
    name = text(visit, "referrerName")
    if text(visit, "referrerType") != "campaign" or not name:
        return page
    said = {
        "mtm_campaign": name,
        "mtm_kwd": text(visit, "referrerKeyword"),
        **{f"mtm_{part}": text(visit, f"campaign{part.capitalize()}") for part in ("source", "medium", "content")},
    }
    address, _, _fragment = page.partition("#")
    joined = "&" if "?" in address else "?"
    return address + joined + urlencode({key: value for key, value in said.items() if value})


def _came_from(visit: Values) -> str:
    """The referrer's address; of a campaign none, since it is told by name."""
    kind = text(visit, "referrerType")
    if kind in ("", "direct", "campaign"):
        return ""
    url = (
        text(visit, "referrerUrl") or text(visit, "referrerSearchEngineUrl") or text(visit, "referrerSocialNetworkUrl")
    )
    name = text(visit, "referrerName")
    return (url or (f"https://{name}/" if "." in name else ""))[:LONGEST_URL]


def _client(visit: Values) -> Client:
    browser = BROWSERS.get(text(visit, "browserCode")) or (_named(visit, "browserName"),)
    system = SYSTEMS.get(text(visit, "operatingSystemCode")) or (_named(visit, "operatingSystemName"),)
    icon = _ICON.search(text(visit, "deviceTypeIcon"))
    device = icon[1] if icon is not None else text(visit, "deviceType").lower().replace(" ", "_")
    model = _named(visit, "deviceModel")
    return Client(
        browser[0],
        _version(visit, "browserVersion"),
        system[0],
        _version(visit, "operatingSystemVersion"),
        _DEVICES.get(device, ""),
        _named(visit, "deviceBrand"),
        "" if model.lower().startswith(("generic", "génér")) else model,
    )


def _named(visit: Values, name: str) -> str:
    named = text(visit, name)[:60]
    return "" if named.lower() in _NO_NAMES else named


def _version(visit: Values, name: str) -> str:
    version = text(visit, name)
    if version[:1].isdigit():
        version = ".".join(version.split(".")[:2])
    return "" if version.lower() in _NO_NAMES else version[:17]


def _dimensions(visit: Values, action: Values, site: ServedSite) -> dict[int, str]:
    said = {id_: text(action, f"dimension{id_}") or text(visit, f"dimension{id_}") for id_ in site.dimension_ids}
    return {id_: value[:250] for id_, value in said.items() if value}


def _seconds(values: Values, name: str) -> float:
    """A Unix time; 0 where there is none."""
    found = number(text(values, name))
    return found if 1e8 < found < 1e11 else 0.0
