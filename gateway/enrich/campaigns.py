"""Campaign parameters of Matomo (mtm_, matomo_, pk_, piwik_) and UTM, in the order in which Matomo looks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.privacy import urls

LONGEST = 250


class Campaign(NamedTuple):
    name: str = ""
    source: str = ""
    medium: str = ""
    keyword: str = ""
    content: str = ""
    id: str = ""


NONE = Campaign()

_PREFIXES = ("mtm_", "matomo_", "pk_", "piwik_", "utm_")
_FIELDS = {
    "name": ("campaign", "cpn"),
    "source": ("source",),
    "medium": ("medium",),
    "keyword": ("keyword", "kwd", "term"),
    "content": ("content",),
    "id": ("cid", "id"),
}
_PARAMETERS = {
    f"{prefix}{word}": (field, rank)
    for field, words in _FIELDS.items()
    for rank, (prefix, word) in enumerate((prefix, word) for prefix in _PREFIXES for word in words)
}


def campaign(query: Sequence[tuple[str, str]]) -> Campaign:
    """The campaign a page's query names. Without a name, the source stands for it, as in Matomo; NONE where neither is."""
    if not query:
        return NONE
    best: dict[str, tuple[int, str]] = {}
    for name, value in query:
        place = _PARAMETERS.get(name.lower())
        if place is None or not value.strip():
            continue
        field, rank = place
        if field not in best or rank < best[field][0]:
            best[field] = (rank, urls.clean(value.strip()[:LONGEST]))
    if "name" not in best and "source" not in best:
        return NONE
    fields = {field: value for field, (_, value) in best.items()}
    return Campaign(**{"name": fields.get("source", ""), **fields})
