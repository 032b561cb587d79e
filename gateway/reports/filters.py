"""Filters of visits, in the grammar of Matomo's segments: `country==FR,country==BE;device!=phone`.

`;` is and, `,` is or and binds tighter; there are no parentheses. Values are percent-decoded, so a comma is written %2C. A
value only ever becomes a query parameter; the text of a condition comes from the lists in this file and in dimensions.py.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote, unquote

from gateway.errors import BadRequest
from gateway.reports.dimensions import FIELDS, Field, Kind

MAX_CONDITIONS = 50
MAX_VALUE = 1000  # characters of one value
_WHERE = "$.filter"


class Operator(StrEnum):
    EQUAL = "=="
    NOT_EQUAL = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    CONTAINS = "=@"
    CONTAINS_NOT = "!@"
    BEGINS = "=^"
    ENDS = "=$"


class Condition(NamedTuple):
    field: Field
    operator: Operator
    value: str | float | bool


class Filter(NamedTuple):
    """All of the groups hold; a group holds where any of its conditions does."""

    groups: tuple[tuple[Condition, ...], ...]

    def mentions(self, name: str) -> bool:
        return any(condition.field.name == name for group in self.groups for condition in group)


_CONDITION = re.compile(r"([a-z_0-9]+)(==|!=|>=|<=|=@|!@|=\^|=\$|>|<)(.*)", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_NEGATED = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.CONTAINS_NOT: Operator.CONTAINS}
# Texts compare without regard to case, except by ==, as in Matomo.
_TEXT_SQL = {
    Operator.EQUAL: "{subject} = {{{parameter}:String}}",
    Operator.CONTAINS: "position(lowerUTF8({subject}), lowerUTF8({{{parameter}:String}})) > 0",
    Operator.BEGINS: "startsWith(lowerUTF8({subject}), lowerUTF8({{{parameter}:String}}))",
    Operator.ENDS: "endsWith(lowerUTF8({subject}), lowerUTF8({{{parameter}:String}}))",
}
_NUMBER_SQL = {
    Operator.EQUAL: "=",
    Operator.AT_LEAST: ">=",
    Operator.AT_MOST: "<=",
    Operator.MORE: ">",
    Operator.LESS: "<",
}
_ALLOWED = {
    Kind.TEXT: {*_TEXT_SQL, *_NEGATED},
    Kind.TEXTS: {*_TEXT_SQL, *_NEGATED},
    Kind.NUMBER: {*_NUMBER_SQL, Operator.NOT_EQUAL},
    Kind.NUMBERS: {*_NUMBER_SQL, Operator.NOT_EQUAL},
    Kind.FLAG: {Operator.EQUAL, Operator.NOT_EQUAL},
}


def parse(text: str) -> Filter:
    """The filter that `text` writes; an empty text filters nothing. Raises BadRequest with the place in the text."""
    if not text:
        return Filter(())
    if text.count(";") + text.count(",") >= MAX_CONDITIONS:
        raise BadRequest(f"More than {MAX_CONDITIONS} conditions.", _WHERE)
    groups, position = [], 0
    for group in text.split(";"):
        conditions = []
        for part in group.split(","):
            conditions.append(_condition(part, position))
            position += len(part) + 1
        groups.append(tuple(conditions))
    return Filter(tuple(groups))


def write(chosen: Filter) -> str:
    """The text that parse() reads as `chosen`."""
    return ";".join(",".join(map(_written, group)) for group in chosen.groups)


def to_sql(chosen: Filter) -> tuple[str, dict[str, object]]:
    """The condition over `visits AS v`, and its parameters. Test visits are left out unless the filter names `test`."""
    parameters: dict[str, object] = {}
    parts = [] if chosen.mentions("test") else ["NOT v.test"]
    for group in chosen.groups:
        parts.append("(" + " OR ".join(_sql(condition, parameters) for condition in group) + ")")
    return " AND ".join(parts) or "true", parameters


def text_sql(operator: Operator, subject: str, parameter: str) -> str:
    """A comparison of a text, which may not be a negated one. `subject` and `parameter` are names of ours, never input."""
    return _TEXT_SQL[operator].format(subject=subject, parameter=parameter)


def _condition(text: str, position: int) -> Condition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        if not text:
            raise _wrong(position, "A condition is missing.")
        operators = " ".join(Operator)
        raise _wrong(position, f"A condition is a dimension, an operator ({operators}) and a value.")
    name, operator, value = match[1], Operator(match[2]), unquote(match[3])
    field = FIELDS.get(name)
    if field is None:
        raise _wrong(position, f"Unknown dimension: {name[:40]}. Known: {', '.join(sorted(FIELDS))}.")
    if operator not in _ALLOWED[field.kind]:
        raise _wrong(position + match.start(2), f"{name} cannot be compared by {operator}.")
    try:
        return Condition(field, operator, _value(field, value))
    except ValueError as error:
        raise _wrong(position + match.start(3), str(error)) from None


def _value(field: Field, text: str) -> str | float | bool:
    """Raises ValueError."""
    match field.kind:
        case Kind.FLAG:
            if text not in ("0", "1"):
                raise ValueError(f"{field.name} is 0 or 1.")
            return text == "1"
        case Kind.NUMBER | Kind.NUMBERS:
            if not _NUMBER.fullmatch(text):
                raise ValueError(f"{field.name} is compared with a number.")
            return float(text)
        case _:
            if "\0" in text:
                raise ValueError("A value holds a zero byte.")
            if len(text) > MAX_VALUE:
                raise ValueError(f"A value has at most {MAX_VALUE} characters.")
            return text


def _wrong(position: int, what: str) -> BadRequest:
    """`position` counts from 0 and is told from 1, as editors count."""
    return BadRequest(f"At character {position + 1}: {what}", _WHERE)


def _written(condition: Condition) -> str:
    value = condition.value
    if isinstance(value, bool):
        text = "1" if value else "0"
    elif isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
    else:
        text = re.sub("[%;,]", lambda sign: quote(sign[0], safe=""), value)
    return f"{condition.field.name}{condition.operator}{text}"


def _sql(condition: Condition, parameters: dict[str, object]) -> str:
    name = f"f{len(parameters)}"
    parameters[name] = condition.value
    field = condition.field
    negated = condition.operator in _NEGATED
    operator = _NEGATED.get(condition.operator, condition.operator)
    match field.kind:
        case Kind.NUMBER:
            sql = f"{field.column} {_NUMBER_SQL[operator]} {{{name}:Float64}}"
        case Kind.FLAG:
            sql = f"{field.column} = {{{name}:Bool}}"
        case Kind.NUMBERS:
            sql = f"arrayExists(one -> one {_NUMBER_SQL[operator]} {{{name}:Float64}}, {field.column})"
        case Kind.TEXTS:
            # Negated: no page of the visit is such. Matomo's segments mean the same.
            sql = f"arrayExists(one -> {text_sql(operator, 'one', name)}, {field.column})"
        case Kind.TEXT:
            sql = text_sql(operator, field.column, name)
    return f"NOT ({sql})" if negated else f"({sql})"
