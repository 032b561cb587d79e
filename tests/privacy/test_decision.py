"""DESIGN.md's decision table, row by row, and the rules of RULES.md that meet in it."""

from __future__ import annotations

import itertools

import pytest

from gateway.hits import Basis, Reason
from gateway.privacy.decision import Answer, Decision, Situation, decide
from gateway.sites.jurisdictions import Regime

YES, NO, NONE = Answer.YES, Answer.NO, Answer.NONE

TABLE = [
    # row, situation, outcome
    (1, Situation(Regime.CONSENT, "FR", YES, not_audience=Reason.BOT), Decision(None, Reason.BOT)),
    (1, Situation(Regime.OPT_OUT, "US", NONE, not_audience=Reason.UNKNOWN_HOST), Decision(None, Reason.UNKNOWN_HOST)),
    (1, Situation(Regime.CONSENT, "FR", YES, not_audience=Reason.EXCLUDED_ADDRESS, objected=True),
     Decision(None, Reason.EXCLUDED_ADDRESS)),
    (2, Situation(Regime.CONSENT, "FR", YES, objected=True), Decision(None, Reason.OBJECTED)),
    (2, Situation(Regime.OBJECTION, "GB", NONE, objected=True), Decision(None, Reason.OBJECTED)),
    (2, Situation(Regime.OBJECTION, "GB", NONE, gpc=True), Decision(None, Reason.OBJECTED)),
    (2, Situation(Regime.EXEMPT, "FR", NONE, gpc=True), Decision(None, Reason.OBJECTED)),
    (2, Situation(Regime.CONSENT, "DE", NONE, gpc=True, cookieless=True), Decision(None, Reason.OBJECTED)),
    (2, Situation(Regime.OBJECTION, "GB", NONE, gpc=True, gpc_objects=False), Decision(Basis.OBJECTION)),
    (3, Situation(Regime.OPT_OUT, "US-CA", YES, gpc=True, sale=True), Decision(None, Reason.OPTED_OUT)),
    (3, Situation(Regime.OPT_OUT, "US", NONE, opted_out=True, sale=True), Decision(None, Reason.OPTED_OUT)),
    (3, Situation(Regime.CONSENT, "FR", YES, opted_out=True, sale=True), Decision(None, Reason.OPTED_OUT)),
    (3, Situation(Regime.CONSENT, "FR", YES, gpc=True, sale=True), Decision(Basis.CONSENT)),
    (3, Situation(Regime.CONSENT, "", YES, gpc=True, sale=True), Decision(None, Reason.OPTED_OUT)),  # a Californian, perhaps
    (3, Situation(Regime.OPT_OUT, "US-CA", NONE, gpc=True), Decision(Basis.OPT_OUT)),
    (4, Situation(Regime.CONSENT, "FR", YES), Decision(Basis.CONSENT)),
    (4, Situation(Regime.OBJECTION, "GB", YES, gpc=True), Decision(Basis.CONSENT)),
    (4, Situation(Regime.CONSENT, "FR", YES, cookieless=True), Decision(Basis.CONSENT)),
    (5, Situation(Regime.CONSENT, "FR", NO), Decision(None, Reason.REFUSED)),
    (5, Situation(Regime.CONSENT, "FR", NO, cookieless=True), Decision(None, Reason.REFUSED)),
    (5, Situation(Regime.OBJECTION, "GB", NO), Decision(None, Reason.REFUSED)),
    (5, Situation(Regime.EXEMPT, "FR", NO), Decision(None, Reason.REFUSED)),
    (6, Situation(Regime.EXEMPT, "FR", NONE), Decision(Basis.EXEMPT)),
    (6, Situation(Regime.OBJECTION, "GB", NONE), Decision(Basis.OBJECTION)),
    (6, Situation(Regime.OPT_OUT, "US-CA", NONE), Decision(Basis.OPT_OUT)),
    (7, Situation(Regime.CONSENT, "FR", NONE, cookieless=True), Decision(Basis.COOKIELESS)),
    (8, Situation(Regime.CONSENT, "FR", NONE), Decision(None, Reason.NO_CHOICE)),
    (8, Situation(Regime.CONSENT, "", NONE), Decision(None, Reason.NO_CHOICE)),
]  # fmt: skip


@pytest.mark.parametrize(("row", "situation", "outcome"), TABLE)
def test_table(row: int, situation: Situation, outcome: Decision) -> None:
    assert decide(situation) == outcome


def every_situation() -> list[Situation]:
    booleans = itertools.product((False, True), repeat=6)
    return [
        Situation(regime, law, answer, None, *flags)
        for regime, law, answer, flags in itertools.product(
            (Regime.CONSENT, Regime.EXEMPT, Regime.OBJECTION, Regime.OPT_OUT), ("FR", "DE", "GB", "US", "US-CA", ""),
            Answer, booleans,
        )
    ]  # fmt: skip


def test_a_no_or_an_objection_is_never_recorded() -> None:
    """RULES.md E14: after a no or an objection nothing is counted, not even without cookies."""
    for situation in every_situation():
        if situation.answer is NO or situation.objected:
            assert decide(situation).basis is None, situation


def test_without_a_choice_nothing_is_identified_where_consent_is_required() -> None:
    """RULES.md E14."""
    for situation in every_situation():
        if situation.answer is NONE and situation.regime is Regime.CONSENT:
            assert decide(situation).basis in (None, Basis.COOKIELESS), situation


def test_every_decision_says_exactly_one_thing() -> None:
    for situation in every_situation():
        decision = decide(situation)
        assert (decision.basis is None) != (decision.reason is None), situation


def test_gpc_stops_a_sale_for_every_us_visitor_whatever_they_allowed() -> None:
    """RULES.md C3."""
    for situation in every_situation():
        if situation.gpc and situation.sale and situation.jurisdiction.startswith("US"):
            assert decide(situation).basis is None, situation
