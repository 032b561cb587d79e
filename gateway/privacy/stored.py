"""What a browser holds in the gateway's cookies of one site, verified, with when each ends."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gateway.privacy.cookies import OBJECTION_MONTHS, CookieJar, months_after, visitor_ends
from gateway.privacy.decision import Answer
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite


class Stored(NamedTuple):
    """One cookie. Times are seconds since the epoch; None where the cookie does not say."""

    name: str
    kind: Literal["choice", "receipt", "visitor", "objection", "optout"]
    since: float | None
    ends: float | None
    renewed: bool = False  # its term begins anew at each visit


def stored(visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing) -> list[Stored]:
    """Forged and lapsed cookies say nothing and are not in it."""
    found: list[Stored] = []
    choice = standing.choice
    ends = choice.e if choice is not None else None
    # An answer knows its day in UTC only; noon is of the same day nearly everywhere.
    answered = choice.d * 86_400 + 43_200 if choice is not None else None
    if choice is not None:
        found.append(Stored(jar.choice_name, "choice", answered, ends))
    if jar.receipt(visit.cookies) is not None:
        found.append(Stored(jar.receipt_name, "receipt", answered, ends))
    months = site.site.max_cookie_months
    visitor = jar.visitor(visit.cookies, visit.received, months)
    if visitor is not None:
        consent = ends if standing.situation.answer is Answer.YES else None
        found.append(Stored(jar.visitor_name, "visitor", visitor.born, visitor_ends(visitor, months, consent)))
    lasting = months_after(visit.received, OBJECTION_MONTHS)
    if jar.objected(visit.cookies):
        found.append(Stored(jar.objection_name, "objection", None, lasting, renewed=True))
    if jar.opted_out(visit.cookies):
        found.append(Stored(jar.optout_name, "optout", None, lasting, renewed=True))
    return found
