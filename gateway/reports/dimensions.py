"""What figures can be told apart by, and visits filtered by: closed lists, so that no name reaches SQL unseen."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    TEXT = "text"
    TEXTS = "texts"  # one text for each page view of the visit
    NUMBER = "number"
    NUMBERS = "numbers"  # one number for each action
    FLAG = "flag"


class Field(NamedTuple):
    """A name of ours, the column of `visits AS v` behind it, and what it holds."""

    name: str
    column: str
    kind: Kind


_TEXT = {
    "entry_page": "v.entry_page",
    "exit_page": "v.exit_page",
    "entry_title": "v.entry_title",
    "exit_title": "v.exit_title",
    "host": "v.host",
    "referrer_type": "v.referrer_type",
    "referrer": "v.referrer_name",
    "keyword": "v.keyword",
    "campaign": "v.campaign_name",
    "campaign_source": "v.campaign_source",
    "campaign_medium": "v.campaign_medium",
    "country": "v.country",
    "region": "v.region",
    "city": "v.city",
    "browser": "v.browser",
    "browser_version": "trim(concat(v.browser, ' ', v.browser_version))",
    "os": "v.os",
    "os_version": "trim(concat(v.os, ' ', v.os_version))",
    "device": "v.device",
    "language": "v.language",
    "screen": "v.screen",
}
_FILTER_ONLY_TEXT = {
    "referrer_path": "v.referrer_path",
    "campaign_keyword": "v.campaign_keyword",
    "campaign_content": "v.campaign_content",
    "campaign_id": "v.campaign_id",
    "basis": "v.basis",
}
_NUMBERS = {
    "hour": "v.local_hour",
    "actions": "v.actions",
    "pageviews": "v.pageviews",
    "events": "v.events",
    "seconds": "v.duration",
    "engaged_seconds": "v.engaged",
}
_FLAGS = {"identified": "v.identified", "test": "v.test"}
_TEXTS = {"page": "v.pages", "title": "v.titles"}

PAGE_DIMENSIONS = frozenset(_TEXTS)
DIMENSIONS: frozenset[str] = frozenset({*_TEXTS, *_TEXT, "hour"})

FIELDS: dict[str, Field] = {
    name: Field(name, column, kind)
    for kind, columns in (
        (Kind.TEXT, {**_TEXT, **_FILTER_ONLY_TEXT}),
        (Kind.TEXTS, _TEXTS),
        (Kind.NUMBER, _NUMBERS),
        (Kind.FLAG, _FLAGS),
    )
    for name, column in columns.items()
}
