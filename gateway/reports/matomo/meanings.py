"""What each of Matomo's segments means in our dimensions, by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from urllib.parse import urlsplit

from gateway.errors import BadRequest
from gateway.privacy import urls
from gateway.reports.dimensions import CUSTOM_DIMENSIONS, FIELDS
from gateway.reports.filters import Condition, Operator
from gateway.reports.matomo import names
from gateway.sites.catalog import ServedSite

WHERE = "segment"
# One condition of Matomo's may be several of ours: all of the groups hold, each by any of its conditions.
Groups = list[list[Condition]]
Meaning = Callable[[Operator, str, ServedSite], Groups]

_NEGATIVE = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.CONTAINS_NOT: Operator.CONTAINS}
_NOBODY = "\ufffd"  # no value is this


def _condition(field: str, operator: Operator, value: str | float | bool) -> Condition:
    return Condition(FIELDS[field], operator, value)


def _text(field: str, operator: Operator, value: str, _: ServedSite, change: Callable[[str], str] = str) -> Groups:
    return [[_condition(field, operator, change(value))]]


def _number(field: str, operator: Operator, value: str, _: ServedSite) -> Groups:
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", value):
        raise BadRequest("This segment is compared with a number.", WHERE)
    return [[_condition(field, operator, float(value))]]


def _any_of(field: str, operator: Operator, values: Iterable[str]) -> Groups:
    """The visit has one of the values; for a negative operator, none of them."""
    found = list(dict.fromkeys(values)) or [_NOBODY]
    if operator in _NEGATIVE:
        return [[_condition(field, Operator.NOT_EQUAL, value)] for value in found]
    return [[_condition(field, Operator.EQUAL, value) for value in found]]


def _coded(field: str, codes: Mapping[str, tuple[str, ...]], operator: Operator, value: str, _: ServedSite) -> Groups:
    """A segment whose values are codes: those codes that the operator lets through, as our values."""
    return _any_of(
        field, operator, (name for code, ours in codes.items() if _fits(code, operator, value) for name in ours)
    )


def _fits(code: str, operator: Operator, value: str) -> bool:
    code, value = code.casefold(), value.casefold()
    match _NEGATIVE.get(operator, operator):
        case Operator.EQUAL:
            return code == value
        case Operator.CONTAINS:
            return value in code
        case Operator.BEGINS:
            return code.startswith(value)
        case Operator.ENDS:
            return code.endswith(value)
        case _:
            raise BadRequest(f"This segment cannot be compared by {operator}.", WHERE)


def _country(operator: Operator, value: str, _: ServedSite) -> Groups:
    return [[_condition("country", operator, "" if value.lower() == "xx" else value.upper())]]


def _country_name(operator: Operator, value: str, _: ServedSite) -> Groups:
    if _NEGATIVE.get(operator, operator) is not Operator.EQUAL:
        raise BadRequest(f"countryName cannot be compared by {operator}.", WHERE)
    return _any_of("country", operator, names.countries_named(value))


def _page(field: str, operator: Operator, value: str, served: ServedSite) -> Groups:
    """Matomo's pages are URLs, ours are paths of the site."""
    host = value.partition("://")[2] or value.removeprefix("//")
    host = host.partition("/")[0].partition("?")[0].lower()
    bare = not value.startswith("/") and served.owns_host(host.partition(":")[0])
    if "://" not in value and not value.startswith("//") and not bare:
        return [[_condition(field, operator, value)]]
    page = urls.parse(value if "://" in value else f"https://{value.removeprefix('//')}")
    if page is None or not served.owns_host(page.host):
        return [[_condition(field, operator, value)]]
    if _NEGATIVE.get(operator, operator) is Operator.EQUAL:
        return [[_condition(field, operator, urls.path_of(page, served.site.page_parameters))]]
    parts = urlsplit(value if "://" in value else f"https://{value.removeprefix('//')}")
    return [[_condition(field, operator, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))]]


def _version(field: str, operator: Operator, value: str, _: ServedSite) -> Groups:
    """Ours come behind the name: "Firefox 140.0"."""
    versions = {
        Operator.EQUAL: (Operator.ENDS, f" {value}"),
        Operator.BEGINS: (Operator.CONTAINS, f" {value}"),
        Operator.CONTAINS: (Operator.CONTAINS, value),
        Operator.CONTAINS_NOT: (Operator.CONTAINS_NOT, value),
        Operator.ENDS: (Operator.ENDS, value),
    }
    if operator not in versions:
        raise BadRequest(f"A version cannot be compared by {operator}.", WHERE)
    return [[_condition(field, *versions[operator])]]


def _keyword(operator: Operator, value: str, _: ServedSite) -> Groups:
    """Matomo's is the keyword of the search engine or of the campaign."""
    both = [_condition(field, operator, value) for field in ("keyword", "campaign_keyword")]
    return [[one] for one in both] if operator in _NEGATIVE else [both]


def _referrer_url(operator: Operator, value: str, _: ServedSite) -> Groups:
    page = urls.parse(value)
    if operator is Operator.EQUAL and page is not None:
        host = _condition("referrer", operator, page.host.removeprefix("www."))
        return [[host], [_condition("referrer_path", operator, page.path)]]
    if operator in (Operator.CONTAINS, Operator.CONTAINS_NOT):
        both = [_condition(field, operator, value) for field in ("referrer", "referrer_path")]
        return [both] if operator is Operator.CONTAINS else [[one] for one in both]
    raise BadRequest("referrerUrl is compared with a whole URL by ==, or with a part of one by =@ or !@.", WHERE)


def _flag(value: str, operator: Operator) -> bool:
    if value not in ("0", "1") or operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
        raise BadRequest("This segment is == or != 0 or 1.", WHERE)
    return (value == "1") is (operator is Operator.EQUAL)


def _converted(operator: Operator, value: str, _: ServedSite) -> Groups:
    return [[_condition("conversions", Operator.MORE if _flag(value, operator) else Operator.EQUAL, 0.0)]]


def _goal(operator: Operator, value: str, _: ServedSite) -> Groups:
    """Matomo's goal 0 is an order."""
    return [[_condition("goal", operator, "order" if value == "0" else value)]]


def _goal_name(operator: Operator, value: str, served: ServedSite) -> Groups:
    found = (str(goal.id) for goal in served.site.goals if _fits(goal.name, operator, value))
    return _any_of("goal", operator, found)


def _visitor_type(operator: Operator, value: str, _: ServedSite) -> Groups:
    """Whoever is not recognised is new, as in Matomo."""
    wanted = {"new": Operator.NOT_EQUAL, "0": Operator.NOT_EQUAL, "returning": Operator.EQUAL, "1": Operator.EQUAL}
    if value not in wanted or operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
        raise BadRequest("visitorType is == or != new or returning.", WHERE)
    positive = (wanted[value] is Operator.EQUAL) is (operator is Operator.EQUAL)
    return [[_condition("visitor_type", Operator.EQUAL if positive else Operator.NOT_EQUAL, "returning")]]


def _ecommerce(operator: Operator, value: str, _: ServedSite) -> Groups:
    if value not in ("none", "ordered") or operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
        raise BadRequest("visitEcommerceStatus is == or != none or ordered.", WHERE)
    ordered = (value == "ordered") is (operator is Operator.EQUAL)
    return [[_condition("orders", Operator.MORE if ordered else Operator.EQUAL, 0.0)]]


_TEXTS = {
    "campaignContent": "campaign_content",
    "campaignId": "campaign_id",
    "campaignKeyword": "campaign_keyword",
    "campaignMedium": "campaign_medium",
    "campaignName": "campaign",
    "campaignSource": "campaign_source",
    "city": "city_name",
    "contentName": "content",
    "contentPiece": "content_piece",
    "deviceBrand": "brand",
    "deviceModel": "model",
    "downloadUrl": "download",
    "entryPageTitle": "entry_title",
    "eventAction": "event_action",
    "eventCategory": "event_category",
    "eventName": "event_name",
    "exitPageTitle": "exit_title",
    "browserName": "browser",
    "operatingSystemName": "os",
    "outlinkUrl": "outlink",
    "pageTitle": "title",
    "productName": "product",
    "referrerName": "referrer",
    "regionCode": "region_code",
    "resolution": "screen",
    "siteSearchCategory": "search_category",
    "siteSearchKeyword": "search",
    **{f"dimension{number}": f"dimension{number}" for number in range(1, CUSTOM_DIMENSIONS + 1)},
}
_NUMBERS = {
    "actions": "actions",
    "events": "events",
    "eventValue": "event_value",
    "interactions": "actions",
    "searches": "searches",
    "visitDuration": "seconds",
    "visitLocalHour": "visitor_hour",
    "visitServerHour": "hour",
    "visitStartServerHour": "hour",
    "visitEndServerDayOfWeek": "weekday",
}
_PAGES = {
    "actionUrl": "page",
    "entryPageUrl": "entry_page",
    "exitPageUrl": "exit_page",
    "pageUrl": "page",
}
MEANINGS: Mapping[str, Meaning] = {
    **{name: partial(_text, field) for name, field in _TEXTS.items()},
    **{name: partial(_number, field) for name, field in _NUMBERS.items()},
    **{name: partial(_page, field) for name, field in _PAGES.items()},
    "browserCode": partial(_coded, "browser", names.BROWSERS),
    "browserVersion": partial(_version, "browser_version"),
    "continentCode": partial(
        _coded,
        "continent",
        {code: (ours,) for ours, (code, _) in names.CONTINENTS.items()} | {"amc": ("north_america",)},
    ),
    "countryCode": _country,
    "countryName": _country_name,
    "deviceType": partial(_coded, "device", {code: (ours,) for ours, (code, _) in names.DEVICES.items()}),
    "languageCode": partial(_text, "language", change=str.lower),
    "operatingSystemCode": partial(_coded, "os", names.SYSTEMS),
    "operatingSystemVersion": partial(_version, "os_version"),
    "referrerKeyword": _keyword,
    "referrerType": partial(
        _coded,
        "referrer_type",
        {word: (ours,) for ours, (number, word, _) in names.REFERRER_TYPES.items()}
        | {str(number): (ours,) for ours, (number, _, _) in names.REFERRER_TYPES.items()},
    ),
    "referrerUrl": _referrer_url,
    "visitConverted": _converted,
    "visitConvertedGoalId": _goal,
    "visitConvertedGoalName": _goal_name,
    "visitEcommerceStatus": _ecommerce,
    "visitorType": _visitor_type,
}
