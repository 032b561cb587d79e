"""Which action a request is, and what it says of it: each asks for the parameters of one kind, in Matomo's order."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.hits import HitType
from gateway.ingest.matomo.parameters import Values, number, whole

LONGEST = 500
LONGEST_TARGET = 2000


@dataclass(frozen=True, slots=True)
class Action:
    """The fields of RawHit that only some types have (hits/hit.py says which means what for each)."""

    type: HitType
    category: str = ""
    action: str = ""
    name: str = ""
    value: float = 0.0
    target: str = ""
    count: int = -1


PAGEVIEW = Action(HitType.PAGEVIEW)
PING = Action(HitType.PING)
GOAL = Action(HitType.GOAL)
ORDER = Action(HitType.ORDER)
CART = Action(HitType.CART)


def action(values: Values, goal: int) -> Action | None:
    """The request's action; None for a plugin's own (`ca=1`), which is no page view. `goal` is commerce.goal's."""
    if values.get("ping") == "1":
        return PING
    if goal > 0:
        return GOAL
    if goal == 0:
        return ORDER if values.get("ec_id", "").strip() else CART
    if values.get("e_c") and values.get("e_a"):
        return _event(values)
    if values.get("download"):
        return Action(HitType.DOWNLOAD, name=values["download"][:LONGEST_TARGET])
    if values.get("link"):
        return Action(HitType.OUTLINK, name=values["link"][:LONGEST_TARGET])
    if values.get("c_n"):
        return content(values)
    if keyword := values.get("search", "").strip():
        return Action(
            HitType.SEARCH,
            category=values.get("search_cat", "").strip()[:LONGEST],
            name=keyword[:LONGEST],
            count=whole(values.get("search_count", ""), 0, 2**31 - 1, -1),
        )
    return None if values.get("ca", "0") not in ("0", "") else PAGEVIEW


def content(values: Values) -> Action | None:
    """A content seen (`c_i` empty) or used; None where the request names none."""
    name = values.get("c_n", "").strip()
    if not name:
        return None
    return Action(
        HitType.CONTENT,
        category=name[:LONGEST],
        action=values.get("c_i", "").strip()[:LONGEST],
        name=values.get("c_p", "").strip()[:LONGEST],
        target=values.get("c_t", "")[:LONGEST_TARGET],
    )


def _event(values: Values) -> Action:
    return Action(
        HitType.EVENT,
        category=values["e_c"].strip()[:LONGEST],
        action=values["e_a"].strip()[:LONGEST],
        name=values.get("e_n", "").strip()[:LONGEST],
        value=number(values.get("e_v", "")),
    )
