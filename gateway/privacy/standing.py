"""How a visitor stands with a site: the answer, objections and signals of one request, ready for the decision."""

from __future__ import annotations

from typing import NamedTuple

from gateway.privacy.account import Account, merge, refused
from gateway.privacy.cookies import Choice, CookieJar, months_after
from gateway.privacy.decision import Answer, Situation
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import Regime
from gateway.sites.site import ANALYTICS


class Standing(NamedTuple):
    """`choice` is the verified, unexpired answer, whatever its policy; `current` says whether it is to today's policy.

    Where the visitor is logged in, it is what browser and account say together.
    """

    choice: Choice | None
    current: bool
    situation: Situation


def standing(
    visit: Visit, site: ServedSite, jar: CookieJar, jurisdiction: str, account: Account | None = None
) -> Standing:
    """`account` is that of the customer who is logged in (RULES.md E13)."""
    choice = jar.choice(visit.cookies, visit.received)
    objected, opted_out = jar.objected(visit.cookies), jar.opted_out(visit.cookies)
    if account is not None:
        choice = merge(choice, account.choice, site)
        objected, opted_out = objected or account.objected, opted_out or account.opted_out or account.minor
        if account.minor:
            ends = int(months_after(visit.received, site.site.choice_months))
            choice = refused(site, int(visit.received // 86_400), ends)
    current = choice is not None and choice.f == site.fingerprint
    return Standing(
        choice,
        current,
        Situation(
            regime=site.analytics_regime(jurisdiction) if site.analytics else Regime.CONSENT,
            jurisdiction=jurisdiction,
            answer=answer(choice.p.get(ANALYTICS) if choice else None, current),
            objected=objected,
            opted_out=opted_out,
            gpc=visit.gpc,
            gpc_objects=site.site.gpc_objects,
            sale=site.analytics is not None and site.analytics.sale,
            cookieless=site.site.before_choice == "cookieless",
        ),
    )


def answer(said: int | None, current: bool) -> Answer:
    """How far an answer binds: a yes only under the current policy, a no under any (RULES.md E6, E14)."""
    if said == 0:
        return Answer.NO
    return Answer.YES if said == 1 and current else Answer.NONE
