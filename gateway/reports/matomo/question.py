"""One request to the Reporting API, parsed once from its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from gateway.errors import BadRequest

MAX_PARAMETERS = 200
MAX_VALUE = 10_000  # characters
MAX_URLS = 50  # requests in one bulk request
ALL = -1
_NUMBER = re.compile(r"-?[0-9]{1,15}")
_METHOD = re.compile(r"([A-Za-z]{1,60})\.([A-Za-z]{1,80})")
_URLS = re.compile(r"urls\[([0-9]{0,4})\]")


class Format(StrEnum):
    JSON = "json"
    XML = "xml"
    CSV = "csv"
    TSV = "tsv"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, in Matomo's words: each field is the parameter of that name. What a method needs, it checks itself."""

    method: str
    format: Format = Format.XML
    sites: str = ""
    period: str = ""
    date: str = ""
    segment: str = ""
    filter_limit: int = 100
    filter_offset: int = 0
    filter_sort_column: str = ""
    ascending: bool = False
    filter_pattern: str = ""
    filter_column: str = "label"
    label: str = ""
    flat: bool = False
    expanded: bool = False
    subtable: int = 0
    show: frozenset[str] = frozenset()
    hide: frozenset[str] = frozenset()
    processed: bool = False  # filter_add_columns_when_show_all_columns
    format_metrics: str = "bc"
    hide_subtable_ids: bool = False
    unicode: bool = True
    translate: bool = False
    secondary: str = ""
    goal: str = ""
    dimension: int = 0  # idDimension
    url: str = ""  # of getPageUrl, getDownload, getOutlink, getSitesIdFromSiteUrl
    name: str = ""  # of getPageTitle
    last_minutes: int = 30
    visits: int = 0  # countVisitorsToFetch
    min_timestamp: int = 0
    without_actions: bool = False  # doNotFetchActions
    report: str = ""  # apiModule.apiAction
    columns: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


def parse(parameters: Mapping[str, str]) -> Question:
    """The question that the parameters ask; those that it does not know are ignored, as in Matomo. Raises BadRequest."""
    if len(parameters) > MAX_PARAMETERS:
        raise BadRequest(f"At most {MAX_PARAMETERS} parameters.", "$")
    for name, value in parameters.items():
        if len(value) > MAX_VALUE and not name.startswith("urls"):
            raise BadRequest(f"A value may have {MAX_VALUE} characters.", name[:40])
    given = parameters.get
    method = given("method", "")
    if not _METHOD.fullmatch(method):
        raise BadRequest("method names a module and a method of it, as in VisitsSummary.get.", "method")
    return Question(
        method=method,
        format=format_of(parameters),
        sites=given("idSite", given("idSites", "")),
        period=given("period", ""),
        date=given("date", ""),
        segment=given("segment", ""),
        filter_limit=_number(parameters, "filter_limit", 100, ALL),
        filter_offset=_number(parameters, "filter_offset", 0, 0),
        filter_sort_column=given("filter_sort_column", ""),
        ascending=given("filter_sort_order", "desc").lower() == "asc",
        filter_pattern=given("filter_pattern", "") or given("filter_pattern_recursive", ""),
        filter_column=given("filter_column", "label"),
        label=given("label", ""),
        flat=given("flat", "") == "1",
        expanded=given("expanded", "") == "1",
        subtable=_number(parameters, "idSubtable", 0, 0),
        show=_names(given("showColumns", "")),
        hide=_names(given("hideColumns", "")),
        processed=given("filter_add_columns_when_show_all_columns", "0") not in ("", "0"),
        format_metrics=given("format_metrics", "bc"),
        # Matomo's own spelling.
        hide_subtable_ids=given("hideIdSubDatable", "") == "1",
        unicode=given("convertToUnicode", "1") != "0",
        translate=given("translateColumnNames", "") == "1",
        secondary=given("secondaryDimension", ""),
        goal=given("idGoal", ""),
        dimension=_number(parameters, "idDimension", 0, 0, 255),
        url=next(
            (parameters[name] for name in ("pageUrl", "downloadUrl", "outlinkUrl", "url") if name in parameters), ""
        ),
        name=given("pageName", ""),
        last_minutes=_number(parameters, "lastMinutes", 30, 1, 2880),
        visits=_number(parameters, "countVisitorsToFetch", 0, 0, 10_000),
        min_timestamp=_number(parameters, "minTimestamp", 0, 0),
        without_actions=given("doNotFetchActions", "") == "1",
        report=f"{given('apiModule', '')}.{given('apiAction', '')}",
        columns=tuple(name for name in given("columns", "").split(",") if name),
        urls=_urls(parameters),
    )


def format_of(parameters: Mapping[str, str]) -> Format:
    """Raises BadRequest; Matomo's default is xml."""
    try:
        return Format(parameters.get("format", "xml").lower())
    except ValueError:
        raise BadRequest("format is json, xml, csv or tsv.", "format") from None


def _urls(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The query strings of a bulk request, in their order."""
    found = [
        (int(match[1] or 0), value)
        for name, value in parameters.items()
        if (match := _URLS.fullmatch(name)) is not None
    ]
    if len(found) > MAX_URLS:
        raise BadRequest(f"At most {MAX_URLS} requests at once.", "urls")
    return tuple(value for _, value in sorted(found, key=lambda one: one[0]))


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _number(parameters: Mapping[str, str], name: str, default: int, least: int, most: int = 2**53) -> int:
    text = parameters.get(name, "")
    if not text or text == "false":
        return default
    if not _NUMBER.fullmatch(text):
        raise BadRequest(f"{name} is a whole number.", name)
    number = int(text)
    if not least <= number <= most:
        raise BadRequest(f"{name} is {least} or more." if most == 2**53 else f"{name} is {least} to {most}.", name)
    return number
