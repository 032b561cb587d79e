"""Reports of one dimension: what each of Matomo's methods is a table of, how its rows are called, and what lies under them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateway.reports.dimensions import FIELDS
from gateway.reports.filters import Condition, Operator
from gateway.reports.matomo import columns, names, places
from gateway.reports.matomo.answers import Row, Table
from gateway.reports.matomo.figures import Figure, Figures
from gateway.reports.matomo.places import segment

About = Callable[[str], Row]
Columns = Callable[[Figure, bool], Row]


def _no_more(_: str) -> Row:
    return {}


class Report(NamedTuple):
    """Rows of one dimension's values. `about` gives what else a row says of its value; `inner` what its subtable is of."""

    dimension: str
    label: Callable[[str], str]
    about: About = _no_more
    columns: Columns = columns.visits
    where: tuple[Condition, ...] = ()
    inner: str = ""
    inner_label: Callable[[str], str] = str
    inner_about: Callable[[str, str], Row] = lambda _outer, _inner: {}
    counted_in_pairs: bool = False  # asked of Pairs even without a subtable, for what only they tell


def tables(report: Report, figures: Figures, *, deep: bool) -> list[Table]:
    """The rows of each date; `deep`: with their subtables."""
    long = figures.dates.long
    inner: list[dict[str, Table]] = []
    if report.inner and deep:
        for pairs in figures.two(report.dimension, report.inner, *report.where):
            inner.append(_inner(report, pairs, long))
    if report.counted_in_pairs:
        found = figures.two(report.dimension, "", *report.where)
        name = "outer"
    else:
        found = figures.rows(report.dimension, *report.where)
        name = report.dimension
    return [
        columns.together(
            [_row(report, figure, str(figure[name]), long, inner[index] if inner else {}) for figure in rows]
        )
        for index, rows in enumerate(found)
    ]


def only(field: str, value: str) -> Condition:
    return Condition(FIELDS[field], Operator.EQUAL, value)


def _row(report: Report, figure: Figure, value: str, long: bool, inner: Mapping[str, Table]) -> Row:
    row: Row = {"label": report.label(value), **report.columns(figure, long), **report.about(value)}
    if report.inner:
        row["subtable"] = inner.get(value, [])
    return row


def _inner(report: Report, pairs: list[Figure], long: bool) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for figure in pairs:
        outer, value = str(figure["outer"]), str(figure["inner"])
        row: Row = {
            "label": report.inner_label(value),
            **report.columns(figure, long),
            **report.inner_about(outer, value),
        }
        found.setdefault(outer, []).append(row)
    return {outer: columns.together(table) for outer, table in found.items()}


def _or(missing: str) -> Callable[[str], str]:
    return lambda value: value or missing


def _device(value: str) -> Row:
    return segment(("deviceType", names.DEVICES.get(value, names.DEVICES[""])[0]))


def _browser(value: str) -> Row:
    code = names.code_of(value, names.BROWSERS)
    return segment(("browserCode", code)) if code else segment(("browserName", value))


def _browser_version(value: str) -> Row:
    name, _, version = value.rpartition(" ")
    code = names.code_of(name, names.BROWSERS)
    first = ("browserCode", code) if code else ("browserName", name)
    return segment(first, ("browserVersion", version)) if name else {}


def _system_version(value: str) -> Row:
    name, _, version = value.rpartition(" ")
    code = names.code_of(name, names.SYSTEMS)
    first = ("operatingSystemCode", code) if code else ("operatingSystemName", name)
    return segment(first, ("operatingSystemVersion", version)) if name else {}


def _language(value: str) -> Row:
    code = value.partition("-")[0]
    return {"segment": f"languageCode=={code},languageCode=^{code}-"} if code else segment(("languageCode", ""))


def _of_type(kind: str, name: str = "referrerName") -> About:
    return lambda value: segment(("referrerType", names.REFERRER_TYPES[kind][1]), (name, value))


def _type(value: str) -> Row:
    number, word, _ = names.REFERRER_TYPES.get(value, (0, value, value))
    return {**segment(("referrerType", word)), "referrer_type": number}


def _type_label(value: str) -> str:
    return names.REFERRER_TYPES[value][2] if value in names.REFERRER_TYPES else names.UNKNOWN


def _page_of(host: str, path: str) -> Row:
    return {"url": f"https://{host}{path}"} if path else {}


def event(outer: str, inner: str) -> Report:
    """Events by category, action or name, and by another of them below."""
    segments = {"event_category": "eventCategory", "event_action": "eventAction", "event_name": "eventName"}
    missing = "Event Name not defined"
    return Report(
        outer,
        _or(missing),
        lambda value: segment((segments[outer], value)),
        columns.event,
        inner=inner,
        inner_label=_or(missing),
        counted_in_pairs=True,
    )


_KEYWORD = _or("Keyword not defined")
REPORTS: Mapping[str, Report] = {
    "UserCountry.getCountry": Report("country", names.country, places.country),
    "UserCountry.getContinent": Report(
        "continent", lambda value: names.CONTINENTS.get(value, names.CONTINENTS[""])[1], places.continent
    ),
    "UserCountry.getRegion": Report("region", places.label, places.region),
    "UserCountry.getCity": Report("city", places.label, places.city),
    "DevicesDetection.getType": Report("device", lambda value: names.DEVICES.get(value, names.DEVICES[""])[1], _device),
    "DevicesDetection.getBrand": Report(
        "brand", _or(names.UNKNOWN), lambda value: segment(("deviceBrand", value or names.UNKNOWN))
    ),
    "DevicesDetection.getModel": Report("model", _or(names.UNKNOWN), lambda value: segment(("deviceModel", value))),
    "DevicesDetection.getBrowsers": Report("browser", _or(names.UNKNOWN), _browser),
    "DevicesDetection.getBrowserVersions": Report("browser_version", _or(names.UNKNOWN), _browser_version),
    "DevicesDetection.getOsFamilies": Report("os", names.family),
    "DevicesDetection.getOsVersions": Report("os_version", _or(names.UNKNOWN), _system_version),
    "Resolution.getResolution": Report(
        "screen", _or(names.UNKNOWN.lower()), lambda value: segment(("resolution", value))
    ),
    "UserLanguage.getLanguage": Report("language", names.language, _language),
    "UserLanguage.getLanguageCode": Report(
        "language", names.language_and_place, lambda value: segment(("languageCode", value))
    ),
    "Referrers.getReferrerType": Report(
        "referrer_type", _type_label, _type, inner="referrer_or_keyword", inner_label=_KEYWORD
    ),
    "Referrers.getKeywords": Report(
        "keyword",
        _KEYWORD,
        _of_type("search", "referrerKeyword"),
        where=(only("referrer_type", "search"),),
        inner="referrer",
        counted_in_pairs=True,
    ),
    "Referrers.getSearchEngines": Report(
        "referrer",
        str,
        _of_type("search"),
        where=(only("referrer_type", "search"),),
        inner="keyword",
        inner_label=_KEYWORD,
    ),
    "Referrers.getWebsites": Report(
        "referrer",
        str,
        lambda value: segment(("referrerName", value)),
        where=(only("referrer_type", "website"),),
        inner="referrer_path",
        inner_label=lambda path: path.lstrip("/") or "index",
        inner_about=_page_of,
    ),
    "Referrers.getSocials": Report("referrer", str, _of_type("social"), where=(only("referrer_type", "social"),)),
    "Referrers.getAIAssistants": Report("referrer", str, _of_type("ai"), where=(only("referrer_type", "ai"),)),
    "Referrers.getCampaigns": Report(
        "campaign", str, _of_type("campaign"), inner="campaign_keyword", inner_label=_KEYWORD
    ),
    "Actions.getSiteSearchKeywords": Report(
        "search", _KEYWORD, lambda value: segment(("siteSearchKeyword", value)), columns.link
    ),
    "Actions.getSiteSearchCategories": Report(
        "search_category",
        _or("Category not defined"),
        lambda value: segment(("siteSearchCategory", value)),
        columns.link,
    ),
}
