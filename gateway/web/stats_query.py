"""The query string of `/v1/stats/{site}`, read into a typed question (docs/stats-api.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from gateway.errors import BadRequest
from gateway.reports import periods
from gateway.reports.periods import Period, Span
from gateway.reports.run import MAX_LIMIT, Compare, StatsQuery

# Name → what it is for: what is read here, and what /openapi.json says of it.
PARAMETERS = {
    "metrics": "Figures to show, separated by commas; all that fit the dimension where it is empty.",
    "dimension": "One row for each value of it.",
    "date": "The span by name: a day, two with a comma between, lastN, previousN, week, month, year, lastweek, lastmonth, "
    "lastyear. In place of from and to.",
    "from": "First day: YYYY-MM-DD, today or yesterday.",
    "to": "Last day, included.",
    "period": "What one row covers: hour, day, week, month, year, or range, the whole span.",
    "filter": "Which visits: Matomo's segment grammar, country==FR,country==BE;device!=phone.",
    "compare": "previous: as many days right before; year: a year earlier; range: compare_from to compare_to.",
    "compare_from": "First day to compare with.",
    "compare_to": "Last day to compare with, included.",
    "order": "A metric or the dimension, with - in front for descending.",
    "limit": "Values of the dimension: 1 to 10000, as CSV up to 1000000.",
    "offset": "How many values to leave out first.",
    "format": "json or csv.",
    "download": "1: as a file; like CSV that is an export, in which viewers find small figures hidden.",
    "stale": "1: while the warehouse is away, the last answer to the same question, with its time, where one is remembered.",
    "token_auth": "An API token, for tools that can send no header.",
}
CSV_LIMIT = 1_000_000  # values; fetched MAX_LIMIT at a time
MAX_ROWS = 200_000  # of one answer: values times periods
_LONGEST = 4000
_COMPARE: dict[str, Compare] = {"": "", "previous": "previous", "year": "year", "range": "range"}


def read(query: QueryParams, known: Mapping[str, str] = PARAMETERS) -> dict[str, str]:
    """Every parameter once, and none that is unknown. Raises BadRequest."""
    found: dict[str, str] = {}
    for name, value in query.multi_items():
        if name not in known:
            raise BadRequest(f"Unknown parameter. Known: {', '.join(sorted(known))}.", f"$.{name[:40]}")
        if name in found:
            raise BadRequest("This parameter is there twice.", f"$.{name}")
        if len(value) > _LONGEST:
            raise BadRequest("This value is too long.", f"$.{name}")
        found[name] = value
    return found


def parse(given: Mapping[str, str], site: int, today: date) -> StatsQuery:
    """The question. What only the report knows (metrics, dimensions, order, filters) is checked there. Raises BadRequest."""
    chosen = span(given, today)
    dimension = given.get("dimension", "")
    period = periods.parse_period(given.get("period", ""), Period.RANGE if dimension else Period.DAY)
    compare, compared = _compared(given, today)
    if compare and dimension and period is not Period.RANGE:
        raise BadRequest("Values are compared over the whole span: leave period out.", "$.compare")
    limit = _number(given, "limit", 100)
    if is_csv(given) and limit > MAX_LIMIT and (period is not Period.RANGE or limit > CSV_LIMIT):
        raise BadRequest(f"limit is 1 to {MAX_LIMIT}, of a whole span up to {CSV_LIMIT}.", "$.limit")
    if dimension and period is not Period.RANGE and limit * len(periods.buckets(chosen, period)) > MAX_ROWS:
        raise BadRequest(f"limit times the number of periods is at most {MAX_ROWS}.", "$.limit")
    return StatsQuery(
        site=site,
        first=chosen.first,
        last=chosen.last,
        metrics=tuple(name for name in given.get("metrics", "").split(",") if name),
        dimension=dimension,
        period=period,
        filter=given.get("filter", ""),
        compare=compare,
        compared=compared,
        limit=limit,
        offset=_number(given, "offset", 0),
        order=given.get("order", ""),
    )


def is_csv(given: Mapping[str, str]) -> bool:
    """Raises BadRequest for a format that there is not."""
    chosen = given.get("format", "json")
    if chosen not in ("json", "csv"):
        raise BadRequest("format is json or csv.", "$.format")
    return chosen == "csv"


def is_download(given: Mapping[str, str]) -> bool:
    """Raises BadRequest for what is neither 0 nor 1."""
    chosen = given.get("download", "0")
    if chosen not in ("0", "1"):
        raise BadRequest("download is 0 or 1.", "$.download")
    return chosen == "1" or is_csv(given)


def following(given: Mapping[str, str], query: StatsQuery, row_count: int) -> str | None:
    """The query of the next page, to be resolved against the address asked; it never repeats a token."""
    offset = query.offset + query.limit
    if not query.dimension or offset >= row_count:
        return None
    rest = {name: value for name, value in given.items() if name not in ("token_auth", "offset")}
    return "?" + urlencode({**rest, "offset": str(offset)})


def span(given: Mapping[str, str], today: date) -> Span:
    """The days of `date`, or of `from` and `to`. Raises BadRequest."""
    if not given.get("date"):
        return periods.parse_span(given.get("from", ""), given.get("to", ""), today)
    if given.get("from") or given.get("to"):
        raise BadRequest("Say date, or from and to.", "$.date")
    return periods.parse_date(given["date"], today)


def _compared(given: Mapping[str, str], today: date) -> tuple[Compare, Span | None]:
    compare = _COMPARE.get(given.get("compare", ""))
    if compare is None:
        raise BadRequest("compare is previous, year or range.", "$.compare")
    first, last = given.get("compare_from", ""), given.get("compare_to", "")
    if not first and not last and compare != "range":
        return compare, None
    if compare not in ("", "range"):
        raise BadRequest(f"compare={compare} has days of its own; leave compare_from and compare_to out.", "$.compare")
    for name in ("compare_from", "compare_to"):
        if not given.get(name):
            raise BadRequest("A span to compare with needs compare_from and compare_to.", f"$.{name}")
    beside = Span(periods.parse_day(first, today, "$.compare_from"), periods.parse_day(last, today, "$.compare_to"))
    return "range", periods.checked(beside, "$.compare_from")


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadRequest("This is not a whole number.", f"$.{name}")
    return int(text)
