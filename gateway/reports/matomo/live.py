"""Live: what is going on now, and the last visits one by one. What would tell one person from another is in neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from gateway.reports import filters
from gateway.reports.matomo import names, segments
from gateway.reports.matomo.answers import HIDDEN, Row, Table, number
from gateway.reports.matomo.dates import Dates
from gateway.reports.matomo.figures import home, origin
from gateway.reports.matomo.question import ALL, Question
from gateway.reports.matomo.shaping import pretty
from gateway.reports.real_time import Counters
from gateway.reports.small_numbers import is_small
from gateway.reports.visit_log import MAX_VISITS, Action, Visit, VisitLog
from gateway.sites.catalog import ServedSite


def counters(found: Iterable[Counters], guard: bool) -> Row:
    """Of all the sites asked for together; `guard`: without small figures."""
    visits, visitors, actions, converted = (sum(column) for column in zip(*found, strict=True))
    row: Row = {"visits": visits, "actions": actions, "visitors": visitors, "visitsConverted": converted}
    # Of fewer people than that nothing is told: not how much they did either.
    alone = is_small(visits) or is_small(visitors)
    return {name: HIDDEN if guard and (alone or is_small(int(str(cell)))) else cell for name, cell in row.items()}


def last_visits(log: VisitLog, served: ServedSite, when: Dates, asked: Question) -> Table:
    """The visits of one site, the newest first."""
    limit = asked.visits or (MAX_VISITS if asked.filter_limit == ALL else asked.filter_limit)
    if limit == 0:
        return []
    chosen = filters.write(segments.parse(asked.segment, served))
    visits = log.last(served.id, when.whole, chosen, min(limit, MAX_VISITS), asked.filter_offset)
    rows = [visit_row(visit, served) for visit in visits if visit.ended // 1000 > asked.min_timestamp]
    if asked.without_actions:
        for row in rows:
            del row["actionDetails"]
    return rows


def visit_row(visit: Visit, served: ServedSite) -> Row:
    """One visit with its actions. idVisit tells visits apart and nothing else: it is made of what the row says anyway."""
    began, ended = (datetime.fromtimestamp(at / 1000, served.zone) for at in (visit.started, visit.ended))
    seconds = visit.seconds
    return {
        "idSite": served.id,
        "idVisit": _number(served.id, visit.day, visit.started, visit.ended, visit.entry_page, visit.actions),
        "siteName": served.site.name,
        "siteCurrency": served.site.currency,
        "actionDetails": _actions(visit.done, served),
        "goalConversions": len(visit.conversions),
        "serverDate": visit.day.isoformat(),
        "serverTimePretty": f"{ended:%H:%M:%S}",
        "serverTimePrettyFirstAction": f"{began:%H:%M:%S}",
        "visitServerHour": began.hour,
        "firstActionTimestamp": visit.started // 1000,
        "lastActionTimestamp": visit.ended // 1000,
        "lastActionDateTime": f"{datetime.fromtimestamp(visit.ended / 1000, UTC):%Y-%m-%d %H:%M:%S}",
        "serverTimestamp": visit.ended // 1000,
        "visitorType": "returning" if visit.visitor_type == "returning" else "new",
        "visitConverted": int(bool(visit.conversions)),
        "visitEcommerceStatus": "ordered" if visit.orders else "none",
        "visitDuration": seconds,
        "visitDurationPretty": pretty(seconds),
        "actions": visit.actions,
        "interactions": visit.actions,
        "searches": visit.searches,
        "events": visit.events,
        "revenue": number(visit.revenue),
        **_source(visit),
        **_device(visit),
        **_place(visit),
        **{f"dimension{key}": values[-1] for key, values in visit.dimensions.items() if values},
    }


def _source(visit: Visit) -> Row:
    code, word, label = names.REFERRER_TYPES.get(visit.referrer_type, (0, visit.referrer_type, names.UNKNOWN))
    url = f"https://{visit.referrer}{visit.referrer_path}" if word == "website" and visit.referrer_path else ""
    return {
        "referrerType": word,
        "referrerTypeName": label,
        "referrerTypeCode": code,
        "referrerName": visit.referrer,
        "referrerKeyword": visit.keyword,
        "referrerUrl": url,
        "campaignName": visit.campaign,
        "campaignSource": visit.campaign_source,
        "campaignMedium": visit.campaign_medium,
    }


def _device(visit: Visit) -> Row:
    return {
        "deviceType": names.DEVICES.get(visit.device, names.DEVICES[""])[1],
        "deviceBrand": visit.brand or names.UNKNOWN,
        "deviceModel": visit.model,
        "operatingSystem": f"{visit.os} {visit.os_version}".strip() or names.UNKNOWN,
        "operatingSystemName": visit.os or names.UNKNOWN,
        "operatingSystemCode": names.code_of(visit.os, names.SYSTEMS),
        "operatingSystemVersion": visit.os_version,
        "browser": f"{visit.browser} {visit.browser_version}".strip() or names.UNKNOWN,
        "browserName": visit.browser or names.UNKNOWN,
        "browserCode": names.code_of(visit.browser, names.BROWSERS),
        "browserVersion": visit.browser_version,
        "resolution": visit.screen or names.UNKNOWN.lower(),
        "languageCode": visit.language,
        "language": names.language(visit.language),
    }


def _place(visit: Visit) -> Row:
    code, continent = names.CONTINENTS.get(visit.continent, names.CONTINENTS[""])
    region, city = visit.region.partition(" ")[2], visit.city.partition(" ")[2]
    return {
        "continent": continent,
        "continentCode": code,
        "country": names.country(visit.country),
        "countryCode": names.country_code(visit.country),
        "regionCode": region,
        "region": region,
        "city": city,
        "location": ", ".join(part for part in (city, region, names.country(visit.country)) if part),
    }


# Our types of hits → Matomo's types of actions.
_TYPES = {"pageview": "action", "order": "ecommerceOrder", "cart": "ecommerceAbandonedCart"}


def _actions(done: Sequence[Action], served: ServedSite) -> Table:
    found: Table = []
    for place, action in enumerate(done):
        following = done[place + 1].at if place + 1 < len(done) else action.at
        found.append(
            {
                "type": _TYPES.get(action.type, action.type),
                "url": _url(action, served),
                "pageTitle": action.title,
                "timestamp": action.at // 1000,
                "serverTimePretty": f"{datetime.fromtimestamp(action.at / 1000, served.zone):%H:%M:%S}",
                "timeSpent": (following - action.at) // 1000,
                **_own(action, served),
            }
        )
    return found


def _url(action: Action, served: ServedSite) -> str:
    if action.type in ("download", "outlink"):
        return action.name
    if not action.path:
        return ""
    scheme = urlsplit(home(served.site)).scheme
    return f"{scheme}://{action.host}{action.path}" if action.host else origin(served.site) + action.path


def _own(action: Action, served: ServedSite) -> Row:
    """What only this type of action says."""
    match action.type:
        case "event":
            return {
                "eventCategory": action.category,
                "eventAction": action.action,
                "eventName": action.name,
                "eventValue": number(action.value),
            }
        case "search":
            return {
                "siteSearchKeyword": action.name,
                "siteSearchCategory": action.category,
                "siteSearchCount": action.results if action.results >= 0 else None,
            }
        case "content":
            return {
                "contentName": action.category,
                "contentPiece": action.name,
                "contentTarget": action.target,
                "contentInteraction": action.action,
            }
        case "order" | "cart":
            return {"revenue": number(action.revenue)}
        case _ if action.goals:
            reached = [goal for goal in served.site.goals if goal.id in action.goals]
            return {
                "goalId": action.goals[0],
                "goalName": ", ".join(goal.name for goal in reached),
                "revenue": number(action.revenue),
            }
        case _:
            return {}


def _number(*parts: object) -> int:
    return int.from_bytes(blake2b("\0".join(map(str, parts)).encode(), digest_size=6).digest())
