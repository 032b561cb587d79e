"""Campaign parameters of Matomo (pk_, piwik_, mtm_, matomo_) and UTM, in the order in which Matomo looks for them
(`campaign_var_name` and `campaign_keyword_var_name` of its configuration)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from gateway.privacy import urls

LONGEST = 250


class Campaign(NamedTuple):
    """Name and keyword in lower case, as in Matomo, so that a link's spelling splits no campaign."""

    name: str = ""
    source: str = ""
    medium: str = ""
    keyword: str = ""
    content: str = ""
    id: str = ""

    @property
    def only_source(self) -> bool:
        """True where somebody says where the link stands, and nothing of a campaign."""
        rest = self.medium or self.keyword or self.content or self.id
        return bool(self.source) and self.name == self.source.lower() and not rest


NONE = Campaign()

_PREFIXES = ("pk_", "piwik_", "mtm_", "matomo_", "utm_")
_FIELDS = {
    "name": ("cpn", "campaign"),
    "source": ("source",),
    "medium": ("medium",),
    "keyword": ("kwd", "keyword", "term"),
    "content": ("content",),
    "id": ("cid", "id"),
}
_PARAMETERS = {
    f"{prefix}{word}": (field, rank)
    for field, words in _FIELDS.items()
    for rank, (prefix, word) in enumerate((prefix, word) for prefix in _PREFIXES for word in words)
}


@lru_cache(maxsize=1024)
def campaign(query: tuple[tuple[str, str], ...]) -> Campaign:
    """The campaign that a page's query or fragment names; NONE where it names none.

    Without a name the source stands for it, or else the medium, as in Matomo.
    """
    if not query:
        return NONE
    best: dict[str, tuple[int, str]] = {}
    for parameter, value in query:
        place = _PARAMETERS.get(parameter.lower())
        if place is None or not value.strip():
            continue
        field, rank = place
        if field not in best or rank < best[field][0]:
            best[field] = (rank, value.strip())
    fields = {field: urls.clean_part(value)[:LONGEST] for field, (_, value) in best.items()}
    name = fields.get("name") or fields.get("source") or fields.get("medium") or ""
    if not name:
        return NONE
    fields |= {"name": name.lower(), "keyword": fields.get("keyword", "").lower()}
    return Campaign(**fields)
