"""Objections, opt-outs of sale, and the way back in: constants in cookies, no identifier (RULES.md C2–C6, C9).

An opt-out says nothing about consent: taking it back lets a sale purpose run where the law asks for no consent, and
nothing more.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.consent.choices import Surface
from gateway.consent.outcome import Outcome, make_record
from gateway.consent.record import Method
from gateway.consent.subject_tokens import LONGEST as LONGEST_TOKEN
from gateway.errors import Conflict
from gateway.privacy.cookies import OBJECTION_MONTHS, OWN, Choice, CookieJar, months_after
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import gpc_rule
from gateway.sites.site import ANALYTICS


class OptOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /v1/opt-out`."""

    site: Annotated[int, Meta(ge=1, le=2**32 - 1)]
    what: Literal["sale", "analytics"]
    method: Literal["do_not_sell", "objection"] = "objection"
    surface: Surface = "preferences"
    subject: Annotated[str, Meta(max_length=LONGEST_TOKEN)] = ""  # while a customer is logged in


def opt_out(
    request: OptOut, visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str
) -> Outcome:
    """An objection to measurement, or an opt-out of sale."""
    if request.what == "sale":
        return _out_of_sale(visit, site, jar, standing, country, Method.DO_NOT_SELL, request.surface)
    cookies = [jar.set_objection(visit.received), jar.expire(jar.visitor_name)]
    outcome = _outcome(
        visit, site, standing, country, Method.OBJECTION, request.surface, {ANALYTICS: False}, {}, cookies
    )
    return outcome._replace(objected=True)


def opt_out_by_signal(
    visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str
) -> Outcome | None:
    """What Global Privacy Control does the first time that it is seen; None where there is nothing to do.

    Its later absence is never an opt-in, so what it asked for is kept like any other opt-out (RULES.md C3).
    """
    new = visit.gpc and jar.optout(visit.cookies) != OWN
    if not new or not site.sells or gpc_rule(standing.situation.jurisdiction) is None:
        return None
    return _out_of_sale(visit, site, jar, standing, country, Method.GPC, "signal")


def opt_in(
    visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str, surface: Surface = "preferences"
) -> Outcome:
    """Take an opt-out of sale back. Raises Conflict while Global Privacy Control still asks for it.

    A stored no to what is sold goes with it, or nothing would change; nobody has said yes to anything by it.
    """
    if visit.gpc:
        raise Conflict("Global Privacy Control is on and asks for the opt-out; turn it off in the browser", "Sec-GPC")
    cookies = [jar.expire(jar.optout_name)]
    choice = standing.choice
    if choice is not None and (left := without_refused_sale(choice, site)) != choice:
        cookies.append(jar.set_choice(left, visit.received))
    outcome = _outcome(
        visit, site, standing, country, Method.OPT_IN, surface,
        dict.fromkeys(site.sold_purposes, True), dict.fromkeys(site.sold_services, True), cookies,
    )  # fmt: skip
    return outcome._replace(opted_out=False)


def without_refused_sale(choice: Choice, site: ServedSite) -> Choice:
    """The answers without each no to what is sold: as if nothing had been said about it."""
    purposes = {name: said for name, said in choice.p.items() if said or name not in site.sold_purposes}
    services = {name: said for name, said in choice.s.items() if said or name not in site.sold_services}
    return Choice(purposes, choice.f, choice.d, choice.e, services)


def _out_of_sale(
    visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str, method: Method, surface: str
) -> Outcome:
    cookies = [jar.set_optout(visit.received)]
    if site.analytics is not None and site.analytics.sale:
        cookies.append(jar.expire(jar.visitor_name))
    purposes, services = dict.fromkeys(site.sold_purposes, False), dict.fromkeys(site.sold_services, False)
    outcome = _outcome(visit, site, standing, country, method, surface, purposes, services, cookies)
    return outcome._replace(opted_out=True)


def _outcome(
    visit: Visit, site: ServedSite, standing: Standing, country: str, method: Method, surface: str,
    purposes: dict[str, bool], services: dict[str, bool], cookies: list[str],
) -> Outcome:  # fmt: skip
    expires = int(months_after(visit.received, OBJECTION_MONTHS))
    record = make_record(
        visit, site, standing, purposes, services, method=method, surface=surface, language=visit.language,
        country=country, expires=expires,
    )  # fmt: skip
    return Outcome(record, purposes, services, expires, cookies)
