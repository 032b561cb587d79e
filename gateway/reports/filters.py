"""Filters of visits, in the grammar of Matomo's segments: `country==FR,country==BE;device!=phone`.

`;` is and, `,` is or and binds tighter. Values are percent-decoded, so a comma is written %2C. A value only ever
becomes a query parameter; the text of a condition comes from the lists in this file and in dimensions.py.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote

from gateway.errors import BadRequest
from gateway.reports.dimensions import FIELDS, Field, Kind

MAX_CONDITIONS = 50
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


_CONDITION = re.compile(r"([a-z_]+)(==|!=|>=|<=|=@|!@|=\^|=\$|>|<)(.*)", re.DOTALL)
_NEGATED = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.CONTAINS_NOT: Operator.CONTAINS}
_ORDERED = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE, Operator.LESS})
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


def parse(text: str) -> Filter:
    """The filter that `text` writes; an empty text filters nothing. Raises BadRequest."""
    if not text:
        return Filter(())
    groups = tuple(tuple(_condition(part) for part in group.split(",") if part) for group in text.split(";") if group)
    if not all(groups) or not groups:
        raise BadRequest("A condition is missing.", _WHERE)
    if sum(len(group) for group in groups) > MAX_CONDITIONS:
        raise BadRequest(f"More than {MAX_CONDITIONS} conditions.", _WHERE)
    return Filter(groups)


def to_sql(chosen: Filter) -> tuple[str, dict[str, object]]:
    """The condition over `visits AS v`, and its parameters. Test visits are left out unless the filter names `test`."""
    parameters: dict[str, object] = {}
    parts = [] if chosen.mentions("test") else ["NOT v.test"]
    for group in chosen.groups:
        parts.append("(" + " OR ".join(_sql(condition, parameters) for condition in group) + ")")
    return " AND ".join(parts) or "true", parameters


def _condition(text: str) -> Condition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise BadRequest("A condition is a dimension, an operator (== != >= <= > < =@ !@ =^ =$) and a value.", _WHERE)
    name, operator, value = match[1], Operator(match[2]), unquote(match[3])
    field = FIELDS.get(name)
    if field is None:
        raise BadRequest(f"Unknown dimension: {name}. Known: {', '.join(sorted(FIELDS))}.", _WHERE)
    allowed = {
        Kind.TEXT: {*_TEXT_SQL, *_NEGATED},
        Kind.TEXTS: {*_TEXT_SQL, *_NEGATED},
        Kind.NUMBER: {*_NUMBER_SQL, Operator.NOT_EQUAL},
        Kind.FLAG: {Operator.EQUAL, Operator.NOT_EQUAL},
    }[field.kind]
    if operator not in allowed:
        raise BadRequest(f"{name} cannot be compared by {operator}.", _WHERE)
    if "\0" in value:
        raise BadRequest("A value holds a zero byte.", _WHERE)
    return Condition(field, operator, _value(field, value))


def _value(field: Field, text: str) -> str | float | bool:
    if field.kind is Kind.FLAG:
        if text not in ("0", "1"):
            raise BadRequest(f"{field.name} is 0 or 1.", _WHERE)
        return text == "1"
    if field.kind is Kind.NUMBER:
        if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text):
            raise BadRequest(f"{field.name} is compared with a number.", _WHERE)
        return float(text)
    return text


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
        case Kind.TEXTS:
            # Negated: no page of the visit is such. Matomo's segments mean the same.
            sql = f"arrayExists(one -> {_TEXT_SQL[operator].format(subject='one', parameter=name)}, {field.column})"
        case Kind.TEXT:
            sql = _TEXT_SQL[operator].format(subject=field.column, parameter=name)
    return f"NOT ({sql})" if negated else f"({sql})"
