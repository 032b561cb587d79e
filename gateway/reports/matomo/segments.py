"""Matomo's segments as filters of ours: `countryCode==fr,countryCode==be;deviceType!=smartphone`.

`;` is and, `,` is or and binds tighter; \\; and \\, are themselves. What comes out is a typed tree (gateway.reports.filters):
no text of a segment gets any nearer to SQL than a parameter.
"""

from __future__ import annotations

import re
from itertools import product
from urllib.parse import unquote_plus

from gateway.errors import BadRequest
from gateway.reports import filters
from gateway.reports.filters import Filter, Operator
from gateway.reports.matomo.meanings import MEANINGS, WHERE, Groups
from gateway.sites.catalog import ServedSite

MAX_LENGTH = 4000
_PART = re.compile(r"\s*([A-Za-z0-9_]{1,60})(==|!=|>=|<=|=@|!@|=\^|=\$|>|<)(.*)", re.DOTALL)


def parse(text: str, served: ServedSite) -> Filter:
    """The filter that a segment means on this site. Raises BadRequest, also for segments that we do not have."""
    if not text:
        return Filter(())
    if len(text) > MAX_LENGTH:
        raise BadRequest(f"A segment may have {MAX_LENGTH} characters.", WHERE)
    if _PART.match(text) is None:
        text = unquote_plus(text)  # some clients encode the whole as well as its values
    groups: Groups = []
    for part in _split(text, ";"):
        alternatives = [_means(one, served) for one in _split(part, ",")]
        # (a and b) or c is (a or c) and (b or c).
        for choice in product(*alternatives):
            groups.append([condition for group in choice for condition in group])
            if sum(map(len, groups)) > filters.MAX_CONDITIONS:
                raise BadRequest(f"This segment comes to more than {filters.MAX_CONDITIONS} conditions.", WHERE)
    found = Filter(tuple(tuple(group) for group in groups))
    try:
        filters.parse(filters.write(found))
    except BadRequest as error:
        raise BadRequest(f"This segment cannot be used: {error.what}", WHERE) from None
    return found


def known() -> list[str]:
    """Every segment there is, by name."""
    return sorted(MEANINGS)


def _split(text: str, sign: str) -> list[str]:
    return re.split(rf"(?<!\\){sign}", text)


def _means(text: str, served: ServedSite) -> Groups:
    match = _PART.fullmatch(text)
    if match is None:
        raise BadRequest(
            "A condition is a segment's name, an operator (== != >= <= > < =@ !@ =^ =$) and a value.", WHERE
        )
    meaning = MEANINGS.get(match[1])
    if meaning is None:
        raise BadRequest(f"Segment '{match[1]}' is not a supported segment.", WHERE)
    value = unquote_plus(re.sub(r"\\([;,])", r"\1", match[3]))
    if re.match("https?%3a", value, re.IGNORECASE):
        value = unquote_plus(value)  # reports give the segments of URLs encoded twice
    return meaning(Operator(match[2]), value, served)
