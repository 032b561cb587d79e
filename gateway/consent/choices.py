"""What a visitor may answer, checked against the site's purposes, and the ledger row and cookies that follow from it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from gateway.consent.record import ConsentRecord, Method
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


class OptOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /v1/opt-out`."""

    site: Annotated[int, Meta(ge=1, le=2**32 - 1)]
    what: Literal["sale", "analytics"]
    method: Literal["do_not_sell", "objection"] = "objection"
    surface: Surface = "preferences"


class Outcome(NamedTuple):
    """A row for the ledger, what the browser now holds, and the Set-Cookie values that make it so."""

    record: ConsentRecord
    purposes: dict[str, bool]
    expires: int  # seconds since the epoch
    cookies: list[str]


def record_answer(
    answer: Answer, visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str
) -> Outcome:
    """Check and carry out an answer. Raises Conflict for an outdated policy, BadRequest for what it cannot mean."""
    if answer.fingerprint != site.fingerprint:
        raise Conflict(f"The policy has changed: the current one is {site.fingerprint}", "$.fingerprint")
    optional = {purpose.id for purpose in site.site.optional_purposes}
    known = {purpose.id for purpose in site.site.purposes}
    _refuse_unknown(answer.purposes, known, "purposes")
    services = {service.id for purpose in site.site.purposes for service in purpose.services}
    _refuse_unknown(answer.services, services, "services")
    for purpose in site.site.purposes:
        if purpose.required and answer.purposes.get(purpose.id) is False:
            raise BadRequest("A required purpose cannot be refused", f"$.purposes.{purpose.id}")
    # What is not mentioned was not agreed to.
    purposes = {purpose.id: answer.purposes.get(purpose.id, False) for purpose in site.site.optional_purposes}
    said = {purposes[name] for name in optional}
    if (answer.method == "accept_all" and False in said) or (answer.method == "reject_all" and True in said):
        raise BadRequest(f"The purposes do not say what {answer.method} says", "$.purposes")
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


def opt_out(
    request: OptOut, visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, country: str
) -> Outcome:
    """An objection to measurement, or an opt-out of sale: a constant in a cookie, no identifier."""
    now = visit.received
    if request.what == "analytics":
        method = Method.OBJECTION
        cookies = [jar.set_objection(now), jar.expire(jar.visitor_name)]
        purposes = {ANALYTICS: False}
    else:
        method = Method.DO_NOT_SELL
        cookies = [jar.set_optout(now)]
        if site.analytics is not None and site.analytics.sale:
            cookies.append(jar.expire(jar.visitor_name))
        purposes = {purpose.id: False for purpose in site.site.purposes if purpose.sale}
    expires = int(months_after(now, 13))
    record = _record(
        visit, site, standing, purposes, {}, method=method, surface=request.surface, notice="", script="",
        language=visit.language, country=country, expires=expires,
    )  # fmt: skip
    return Outcome(record, purposes, expires, cookies)


def _carry_out(
    visit: Visit, site: ServedSite, jar: CookieJar, standing: Standing, purposes: dict[str, bool],
    services: dict[str, bool], *, method: Method, surface: str, notice: str, script: str, language: str, country: str,
) -> Outcome:  # fmt: skip
    now = visit.received
    expires = int(months_after(now, site.site.choice_months))
    record = _record(
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
    cookies = [jar.set_choice(choice, now)]
    # A receipt points at its ledger row, so only a yes gets one: a refusal stays without a linkable id.
    cookies.append(jar.set_receipt(record.id, expires, now) if any(purposes.values()) else jar.expire(jar.receipt_name))
    if purposes.get(ANALYTICS):
        cookies.append(jar.expire(jar.objection_name))
        if site.analytics and jar.visitor(visit.cookies, now, site.site.max_cookie_months) is None:
            visitor = new_visitor(now)
            cookies.append(jar.set_visitor(visitor, visitor_ends(visitor, site.site.max_cookie_months, expires), now))
    else:
        cookies.append(jar.expire(jar.visitor_name))
        if site.analytics and site.analytics_regime(standing.situation.jurisdiction) is not Regime.CONSENT:
            # Where measurement runs without asking, a no that lapsed with the choice would turn into a yes by silence.
            cookies.append(jar.set_objection(now))
    sold = [purpose.id for purpose in site.site.optional_purposes if purpose.sale]
    if is_us(standing.situation.jurisdiction) and any(not purposes[name] for name in sold):
        cookies.append(jar.set_optout(now))  # an opt-out of sale never lapses (RULES.md C5)
    return Outcome(record, purposes, expires, cookies)


def _record(
    visit: Visit, site: ServedSite, standing: Standing, purposes: dict[str, bool], services: dict[str, bool], *,
    method: Method, surface: str, notice: str, script: str, language: str, country: str, expires: int, follows: str = "",
) -> ConsentRecord:  # fmt: skip
    return ConsentRecord(
        id=str(uuid.uuid4()),
        site=site.id,
        ts=int(visit.received * 1000),
        method=method,
        surface=surface,
        purposes=purposes,
        services=services,
        policy=site.fingerprint,
        notice=notice,
        script=script,
        language=language,
        jurisdiction=standing.situation.jurisdiction,
        country=country,
        gpc=visit.gpc,
        expires=expires * 1000,
        follows=follows,
    )


def _refuse_unknown(given: Mapping[str, bool], known: set[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise BadRequest(
                f"This site has no such entry; it has: {', '.join(sorted(known)) or 'none'}", f"$.{where}.{name}"
            )
