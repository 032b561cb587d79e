"""What a change of a banner means: which words and looks differ, and whether visitors are asked again, and because of what."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from gateway.sites import drafts, policy
from gateway.sites.drafts import Draft
from gateway.sites.site import Site


class Change(NamedTuple):
    """One key that differs. None where the site says nothing of its own there: the text or colour that is shipped."""

    key: str
    before: Any
    after: Any


class Comparison(NamedTuple):
    """`because`: the parts of the policy fingerprint that differ, as dotted paths; none where nobody is asked again."""

    changes: list[Change]
    because: list[str]

    @property
    def asks_again(self) -> bool:
        return bool(self.because)


def compare(served: Site, then: Site, *written: Draft) -> Comparison:
    """From what is `served` to what would be. `written` are the drafts of both: what either sets is looked at."""
    keys = sorted({key for draft in written for key in drafts.values(draft)})
    found = [Change(key, drafts.value(served, key), drafts.value(then, key)) for key in keys]
    because = policy.changes(_plain(policy.material(served)), _plain(policy.material(then)))
    return Comparison([change for change in found if change.before != change.after], list(because))


def _plain(material: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(material))
