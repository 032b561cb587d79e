"""Settings that do not exist, because what they would do is forbidden: the rule is said instead of "unknown"."""

from __future__ import annotations

import re

import msgspec

from gateway.sites.appearance import Appearance
from gateway.sites.site import Purpose, Service, Site

_TICKED = re.compile(r"(^|_)(pre_?)?(checked|ticked|selected|defaults?|enabled|granted|initial(ly)?|on|preset)(_|$)")
_TICKED_FOR_ALL = re.compile(
    r"(^|_)(pre_?)?(checked|ticked|selected)(_|$)|(^|_)default_on(_|$)|(^|_)on_by_default(_|$)"
)
_REFUSAL = re.compile(r"(^|_)(reject|refuse|refusal|decline|deny)(_|$)|(^|_)accept_only(_|$)")


def forbidden(kind: type[msgspec.Struct], key: str) -> tuple[str, str] | None:
    """Reason and fix for an unknown key of `kind` that means to tick a toggle in advance or to do without the refusal."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|-", "_", key).lower()
    unit = kind in (Purpose, Service)
    if (unit and _TICKED.search(name)) or (kind in (Site, Appearance) and _TICKED_FOR_ALL.search(name)):
        return "nothing is pre-ticked, so there is no such setting (E3).", "Remove it; every toggle starts off."
    if (unit or kind in (Site, Appearance)) and _REFUSAL.search(name):
        return (
            "refusing is always there, as easy as accepting, so there is no such setting (E1).",
            "Remove it; the label is texts.{language}.reject_all.",
        )
    return None
