"""May this hit be recorded, and as what: one pure function, the table of DESIGN.md row by row; the first match wins."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from gateway.hits import Basis, Reason
from gateway.sites.jurisdictions import Regime, gpc_rule, is_us


class Answer(StrEnum):
    """What the visitor said about analytics, as far as it binds today."""

    YES = "yes"  # unexpired, for this site, under the current policy
    NO = "no"  # unexpired refusal or withdrawal, under whatever policy: a no is never outdated by an edit of ours
    NONE = "none"


class Situation(NamedTuple):
    """Everything the decision depends on."""

    regime: Regime  # of analytics, for this visitor's jurisdiction
    jurisdiction: str
    answer: Answer = Answer.NONE
    not_audience: Reason | None = None  # bot, unknown host, excluded address
    objected: bool = False  # objection or restriction stands: cookie or customer
    opted_out: bool = False  # opt-out of sale stands: cookie or customer
    gpc: bool = False
    gpc_objects: bool = True  # the site's setting, outside the US
    sale: bool = False  # analytics is flagged as a sale
    cookieless: bool = False  # the site counts without cookies before an answer


class Decision(NamedTuple):
    """`basis` says as what the hit may be recorded; None means not at all, for `reason`."""

    basis: Basis | None
    reason: Reason | None = None

    @property
    def identified(self) -> bool:
        return self.basis is not None and self.basis is not Basis.COOKIELESS


_WITHOUT_ANSWER = {
    Regime.EXEMPT: Basis.EXEMPT,
    Regime.OBJECTION: Basis.OBJECTION,
    Regime.OPT_OUT: Basis.OPT_OUT,
}


def decide(at: Situation) -> Decision:
    """DESIGN.md, "The decision". Pure: the same situation always gives the same decision."""
    if at.not_audience is not None:  # 1
        return Decision(None, at.not_audience)
    said_yes = at.answer is Answer.YES
    if at.objected or _gpc_is_objection(at, said_yes):  # 2
        return Decision(None, Reason.OBJECTED)
    if at.sale and (at.opted_out or (at.gpc and (gpc_rule(at.jurisdiction) is not None or not said_yes))):  # 3
        return Decision(None, Reason.OPTED_OUT)
    if said_yes:  # 4
        return Decision(Basis.CONSENT)
    if at.answer is Answer.NO:  # 5
        return Decision(None, Reason.REFUSED)
    if at.regime in _WITHOUT_ANSWER:  # 6
        return Decision(_WITHOUT_ANSWER[at.regime])
    if at.cookieless:  # 7
        return Decision(Basis.COOKIELESS)
    return Decision(None, Reason.NO_CHOICE)  # 8


def _gpc_is_objection(at: Situation, said_yes: bool) -> bool:
    """Outside the US, GPC objects to what runs without consent, and never overrides an explicit consent (RULES.md)."""
    return (
        at.gpc
        and at.gpc_objects
        and not said_yes
        and not is_us(at.jurisdiction)
        and (at.regime is not Regime.CONSENT or at.cookieless)
    )
