"""What a method answers, before a format writes it down: a value, an object, rows, or one of those for each date or site."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias, Union

Value: TypeAlias = str | int | float | bool | None


class Ratio(float):
    """A share from 0 to 1, written as "50%" unless raw metrics are asked for."""


class Seconds(int):
    """A duration, written as "1 min 2s" where formatted metrics are asked for."""


# "subtable" holds rows; other cells that are objects hold what one action of a visit was.
Cell: TypeAlias = Union[Value, "Row", "list[Row]"]
Row: TypeAlias = dict[str, Cell]
Table: TypeAlias = list[Row]


class Keyed(NamedTuple):
    """One answer for each key; `name` says what the keys are: date, idSite, or key."""

    name: str
    parts: Mapping[str, Answer]


# A tuple is the answers to the requests of a bulk request.
Answer: TypeAlias = Union[Value, Row, Table, "list[int]", "list[str]", Keyed, "tuple[Answer, ...]"]


class Nothing(dict[str, Cell]):
    """The zeros of a period without a visit: among several dates it is [], as in Matomo."""


# What of a row is about the row rather than a figure: CSV puts "metadata_" in front of these.
METADATA = frozenset(
    "segment code url country country_name region region_name city_name referrer_type referer_type day_of_week "
    "idsubdatatable".split()
)


# A figure that is hidden from viewers for being small; so is what is made of it, since it is no number. Written as null.
HIDDEN = math.nan


def is_hidden(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def number(value: object) -> float | int:
    """A figure without a needless fraction: 5.0 is 5. Anything that is none counts as 0, and so does what is infinite."""
    if is_hidden(value):
        return HIDDEN
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return int(value) if float(value).is_integer() else rounded(float(value), 2)


def rounded(value: float, digits: int) -> float:
    """Half away from zero, as PHP rounds: 60.5 is 61. What is infinite is 0."""
    if is_hidden(value):
        return HIDDEN
    if not abs(value) < 2**53:  # no fraction from here on
        return value if math.isfinite(value) else 0.0
    return math.copysign(math.floor(abs(value) * 10**digits + 0.5) / 10**digits, value)


def seconds(value: float | int) -> Seconds | float:
    """A duration in whole seconds."""
    return HIDDEN if is_hidden(value) else Seconds(value)


def share(part: object, whole: object, digits: int) -> Ratio:
    """part ÷ whole, 0 where the whole is nothing; `digits` are Matomo's for that column."""
    below = number(whole)
    return Ratio(rounded(number(part) / below, digits)) if below else Ratio(0)


def average(total: object, count: object, digits: int = 0) -> float | int:
    """total ÷ count, 0 of nothing."""
    over = number(count)
    return number(rounded(number(total) / over, digits)) if over else 0
