"""What a visitor may answer, checked against the site's purposes, and the ledger row and cookies that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.consent.outcome import Outcome, make_record
from gateway.consent.record import Method
from gateway.consent.subject_tokens import LONGEST as LONGEST_TOKEN
from gateway.errors import BadRequest, Conflict
from gateway.privacy.cookies import Choice, CookieJar, months_after, visitor_ends
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit, primary_language
from gateway.privacy.visitors import new_visitor
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import Regime, is_us
from gateway.sites.site import ANALYTICS

Surface = Literal["banner", "preferences", "placeholder", "form", "privacy_centre", "do_not_sell", "api"]
PurposeId = Annotated[str, Meta(max_length=40)]


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /v1/consent`."""

    site: Annotated[int, Meta(ge=1, le=2**32 - 1)]
    purposes: Annotated[dict[PurposeId, bool], Meta(max_length=100)]
    services: Annotated[dict[PurposeId, bool], Meta(max_length=500)] = {}
    method: Literal["accept_all", "reject_all", "save"] = "save"
    fingerprint: Annotated[str, Meta(max_length=64)]
    notice: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""
    script: Annotated[str, Meta(pattern="^([0-9a-f]{0,64})$")] = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    surface: Surface = "banner"
    minor: bool = False  # the site says so; a minor is asked nothing optional (RULES.md C12)
    subject: Annotated[str, Meta(max_length=LONGEST_TOKEN)] = ""  # while a customer is logged in

    @property
    def says_yes(self) -> bool:
        return any(self.purposes.values()) or any(self.services.values())


def record_answer(
    answer: Answer, visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str
) -> Outcome:
    """Check and carry out an answer. Raises Conflict for a yes to an outdated policy, BadRequest for what it cannot mean.

    A refusal is never outdated: it counts under the current policy, whichever one it was given to.
    """
    if answer.fingerprint != site.fingerprint:
        if answer.says_yes:
            raise Conflict(f"The policy has changed: the current one is {site.fingerprint}", "$.fingerprint")
        if answer.fingerprint:
            answer = _refused_today(answer, site)
    asked = site.asked
    _refuse_unknown(answer.purposes, asked.purposes, "purposes")
    _refuse_unknown(answer.services, asked.services, "services")
    _refuse_no(answer.purposes, asked.required_purposes, "purposes")
    _refuse_no(answer.services, asked.required_services, "services")
    # What is not mentioned was not agreed to.
    purposes = {name: answer.purposes.get(name, False) for name in asked.optional_purposes}
    if answer.minor:
        _refuse_yes(purposes, "purposes")
        _refuse_yes(answer.services, "services")
    for where, said in (("purposes", purposes), ("services", answer.services)):
        answers = set(said.values())
        if (answer.method == "accept_all" and False in answers) or (answer.method == "reject_all" and True in answers):
            raise BadRequest(f"The {where} do not say what {answer.method} says", f"$.{where}")
    return _carry_out(
        visit, site, jar, standing, purposes, dict(answer.services),
        method=Method(answer.method), surface=answer.surface, notice=answer.notice, script=answer.script,
        language=primary_language(answer.language), country=country,
    )  # fmt: skip


def withdraw(
    visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str, surface: Surface
) -> Outcome:
    """A no to every optional purpose for a new term, so that nothing asks again; an objection where no consent is needed."""
    purposes = {purpose.id: False for purpose in site.site.optional_purposes}
    return _carry_out(
        visit, site, jar, standing, purposes, {},
        method=Method.WITHDRAW, surface=surface, notice="", script="", language=visit.language, country=country,
    )  # fmt: skip


def _carry_out(
    visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, purposes: dict[str, bool],
    services: dict[str, bool], *, method: Method, surface: str, notice: str, script: str, language: str, country: str,
) -> Outcome:  # fmt: skip
    now = visit.received
    expires = int(months_after(now, site.site.choice_months))
    record = make_record(
        visit, site, standing, purposes, services, method=method, surface=surface, notice=notice, script=script,
        language=language, country=country, expires=expires, follows=jar.receipt(visit.cookies) or "",
    )  # fmt: skip
    choice = Choice(
        p={name: int(said) for name, said in purposes.items()},
        f=site.fingerprint,
        d=int(now // 86_400),
        e=expires,
        s={name: int(said) for name, said in services.items()},
    )
    yes = any(purposes.values()) or any(services.values())
    # A receipt points at its ledger row, so only a yes gets one: a refusal stays without a linkable id.
    receipt = jar.set_receipt(record.id, expires, now) if yes else jar.expire(jar.receipt_name)
    cookies = [jar.set_choice(choice, now), receipt]
    objected: bool | None = None
    if purposes.get(ANALYTICS):
        objected = False
        cookies.append(jar.expire(jar.objection_name))
        if site.analytics and jar.visitor(visit.cookies, now, site.site.max_cookie_months) is None:
            visitor = new_visitor(now)
            cookies.append(jar.set_visitor(visitor, visitor_ends(visitor, site.site.max_cookie_months, expires), now))
    else:
        cookies.append(jar.expire(jar.visitor_name))
        if site.analytics and site.analytics_regime(standing.situation.jurisdiction) is not Regime.CONSENT:
            # Where measurement runs without asking, a no that lapsed with the choice would turn into a yes by silence.
            objected = True
            cookies.append(jar.set_objection(now))
    opted_out: bool | None = None
    if is_us(standing.situation.jurisdiction) and _refuses_sale(site, purposes, services):
        opted_out = True
        cookies.append(jar.set_optout(now))  # an opt-out of sale never lapses (RULES.md C5)
    return Outcome(record, purposes, services, expires, cookies, choice, objected, opted_out)


def _refused_today(answer: Answer, site: ServedSite) -> Answer:
    """A refusal under an older policy, without what that policy had and this one has not, or requires."""
    optional = site.site.optional_purposes
    services = {service.id for purpose in optional for service in purpose.services}
    return msgspec.structs.replace(
        answer,
        purposes={purpose.id: False for purpose in optional},
        services={name: False for name in answer.services if name in services},
    )


def _refuses_sale(site: ServedSite, purposes: Mapping[str, bool], services: Mapping[str, bool]) -> bool:
    """True where the answer is no to anything that is sold; a service without an answer has that of its purpose."""
    return any(
        (purpose.sale and not purposes[purpose.id])
        or any(
            (purpose.sale or service.sale) and not services.get(service.id, purposes[purpose.id])
            for service in purpose.services
        )
        for purpose in site.site.optional_purposes
    )


def _refuse_yes(given: Mapping[str, bool], where: str) -> None:
    for name, said in given.items():
        if said:
            raise BadRequest("A minor is asked nothing optional, so no yes is taken", f"$.{where}.{name}")


def _refuse_no(given: Mapping[str, bool], required: Iterable[str], where: str) -> None:
    for name in required:
        if given.get(name) is False:
            raise BadRequest("What is required cannot be refused", f"$.{where}.{name}")


def _refuse_unknown(given: Mapping[str, bool], known: frozenset[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise BadRequest(
                f"This site has no such entry; it has: {', '.join(sorted(known)) or 'none'}", f"$.{where}.{name}"
            )
