"""Parameters as they come: from a query string, a form, or an object of a bulk request; and the few types they have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from gateway.errors import BadRequest, UnknownSite

MOST_PARAMETERS = 500
LONGEST_CACHED = 300  # characters, so that what is remembered stays small whatever visitors send

Values = Mapping[str, str]

_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?", re.ASCII)

_encode = msgspec.json.Encoder().encode


def parameters(query: bytes, form: bytes = b"") -> dict[str, str]:
    """Query and form parameters merged; the query wins, and of a repeated name the last, as in PHP.

    Raises BadRequest past MOST_PARAMETERS.
    """
    if query.count(b"&") + form.count(b"&") > MOST_PARAMETERS:
        raise BadRequest(f"More than {MOST_PARAMETERS} parameters", "$")
    merged: dict[str, str] = {}
    for encoded in (form, query):
        if encoded:
            merged.update(_decoded(encoded.decode("utf-8", "replace")))
    return merged


def plain(element: object, *, texts: bool = False) -> dict[str, str]:
    """Parameters of one element of a bulk request: a query string behind its "?", or an object, whose values are not encoded.

    Numbers are written as in a query string, null is absent, lists and objects (ec_items, cvar, uadata) are JSON text.
    `texts` says that an object's values are texts already. Raises BadRequest for anything else, and past MOST_PARAMETERS.
    """
    if isinstance(element, str):
        query = element.partition("?")[2] or element
        if query.count("&") > MOST_PARAMETERS:
            raise BadRequest(f"More than {MOST_PARAMETERS} parameters", "requests")
        return _decoded(query)
    if not isinstance(element, dict):
        raise BadRequest("An element is a query string or an object", "requests")
    if len(element) > MOST_PARAMETERS:
        raise BadRequest(f"More than {MOST_PARAMETERS} parameters", "requests")
    if texts:
        return element
    return {
        name: value if isinstance(value, str) else _text(value) for name, value in element.items() if value is not None
    }


def site_id(values: Values) -> int:
    """`idsite` as a positive number; raises UnknownSite for anything else."""
    text = values.get("idsite", "")
    number = int(text) if text.isdigit() and text.isascii() and len(text) <= 10 else 0
    if not 1 <= number <= 2**32 - 1:
        raise UnknownSite("idsite must be the number of a site", "idsite")
    return number


def is_recorded(values: Values) -> bool:
    """Only rec=1 records; anything else is answered as success."""
    return values.get("rec") == "1"


def number(text: str) -> float:
    """A finite number below 10^15; 0 where `text` is none ("false", which clients do send, included)."""
    if not text or not _NUMBER.fullmatch(text.strip()):
        return 0.0
    found = float(text)
    return found if abs(found) < 1e15 else 0.0


def whole(text: str, least: int, most: int, otherwise: int) -> int:
    """A whole number from `least` to `most`, else `otherwise`."""
    if not (text.isdigit() and text.isascii() and len(text) <= 10):
        return otherwise
    found = int(text)
    return found if least <= found <= most else otherwise


def _decoded(query: str) -> dict[str, str]:
    """As urllib's parse_qsl with blank values, in half its time (a test holds the two together); the last of a name counts."""
    values: dict[str, str] = {}
    for part in query.replace("+", " ").split("&"):
        name, _, value = part.partition("=")
        if "%" in part:
            value = _unquoted(value) if len(value) <= LONGEST_CACHED else unquote(value)
            name = unquote(name) if "%" in name else name
        if part:
            values[name] = value
    return values


# The same pages, titles and referrers come again and again.
_unquoted = lru_cache(maxsize=8192)(unquote)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else _encode(value).decode()
