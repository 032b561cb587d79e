"""`/privacy/{site}`, its cookie declaration, and `/do-not-sell/{site}`: plain forms that work without JavaScript.

A form is accepted from the gateway's own pages and the site's, never cross-site (Sec-Fetch-Site, Origin); the cookies
themselves are SameSite=Lax.
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.consent.choices import Answer, record_answer, withdraw
from gateway.consent.notices import keep_durably
from gateway.consent.opt_outs import OptOut, opt_out
from gateway.consent.outcome import Outcome
from gateway.errors import BadRequest, NotFound
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the routes below
from gateway.web.auth import FORM_BYTES, read_form
from gateway.web.consent import cleared, require_notice
from gateway.web.lasting import record, renewed, with_lasting
from gateway.web.pages import page, prefix, render
from gateway.web.parts import Parts


def routes(parts: Parts) -> list[Route]:
    base = prefix(parts.context.settings.base_url)

    async def show(request: Request, template: str) -> Response:
        visit, site = parts.visit(request.scope), site_of(parts, request)
        standing, _ = parts.standing(visit, site)
        language = parts.notices.language(request.query_params.get("language", "") or visit.language, site)
        notice = parts.notices.notice(site, language, standing.situation.jurisdiction)
        await keep_durably(parts.notices, notice, site.id, visit.received, parts.context.journal)
        jar = parts.jars[site.id]
        values: dict[str, Any] = {
            "language": language,
            "notice": notice.content,
            "fingerprint": notice.fingerprint,
            "words": {**parts.notices.words(site, notice.content["language"]), **notice.content["texts"]},
            "answers": standing.choice.p if standing.choice and standing.current else {},
            "services": standing.choice.s if standing.choice and standing.current else {},
            "objected": jar.objected(visit.cookies),
            "opted_out": jar.opted_out(visit.cookies) or visit.gpc,
            "by_signal": visit.gpc,
            "done": request.query_params.get("done", ""),
            "home": site.site.main_url or f"https://{site.site.domains[0]}",
        }
        response = render(request, template, values)
        response.headers["vary"] = "Sec-GPC, Accept-Language, Cookie"
        for cookie in renewed(parts, visit, site):
            response.headers.append("set-cookie", cookie)
        return response

    @page
    async def centre(request: Request) -> Response:
        return await show(request, "privacy.html")

    @page
    async def declaration(request: Request) -> Response:
        return await show(request, "cookies.html")

    @page
    async def do_not_sell(request: Request) -> Response:
        return await show(request, "do_not_sell.html")

    @page
    async def change(request: Request) -> Response:
        visit, site = parts.visit(request.scope), site_of(parts, request)
        parts.origins.require_own(visit, site)
        form = await read_form(request)
        outcome = await _privacy_outcome(parts, form, visit, site)
        return await carry_out(request, visit, site, outcome, f"{base}/privacy/{site.id}")

    @page
    async def stop_selling(request: Request) -> Response:
        visit, site = parts.visit(request.scope), site_of(parts, request)
        parts.origins.require_own(visit, site)
        standing, place = parts.standing(visit, site)
        wish = OptOut(site=site.id, what="sale", method="do_not_sell", surface="do_not_sell")
        outcome = opt_out(wish, visit, site, parts.jars[site.id], standing, place.country)
        return await carry_out(request, visit, site, outcome, f"{base}/do-not-sell/{site.id}")

    async def carry_out(request: Request, visit: Visit, site: ServedSite, outcome: Outcome, back: str) -> Response:
        await record(parts, outcome)
        cookies = await with_lasting(parts, visit, site, outcome.cookies)
        response = RedirectResponse(f"{back}?done=1", 303)
        for cookie in cookies + cleared(parts, request.scope, site, outcome):
            response.headers.append("set-cookie", cookie)
        return response

    return [
        Route("/privacy/{site:site}", centre, methods=["GET"]),
        Route("/privacy/{site:site}", change, methods=["POST"], max_body_size=FORM_BYTES),
        Route("/privacy/{site:site}/cookies", declaration, methods=["GET"]),
        Route("/do-not-sell/{site:site}", do_not_sell, methods=["GET"]),
        Route("/do-not-sell/{site:site}", stop_selling, methods=["POST"], max_body_size=FORM_BYTES),
    ]


async def _privacy_outcome(parts: Parts, form: FormData, visit: Visit, site: ServedSite) -> Outcome:
    standing, place = parts.standing(visit, site)
    jar = parts.jars[site.id]
    wish = form.get("do")
    if wish == "withdraw":
        return withdraw(visit, site, jar, standing, place.country, "privacy_centre")
    if wish == "object":
        objection = OptOut(site=site.id, what="analytics", method="objection", surface="privacy_centre")
        return opt_out(objection, visit, site, jar, standing, place.country)
    if wish == "save":
        language = str(form.get("language", ""))[:35]
        answer = Answer(
            site=site.id,
            purposes={
                purpose.id: form.get(f"purpose.{purpose.id}") == "yes" for purpose in site.site.optional_purposes
            },
            # A service that is not answered has the answer of its purpose.
            services={
                service.id: form.get(f"service.{service.id}") == "yes"
                for purpose in site.site.optional_purposes
                for service in purpose.services
                if f"service.{service.id}" in form
            },
            method="save",
            fingerprint=str(form.get("policy", "")),
            notice=hash_of(form.get("notice")),
            language=language,
            surface="privacy_centre",
        )
        await require_notice(parts, answer, site)
        return record_answer(answer, visit, site, jar, standing, place.country)
    raise BadRequest("The form does not say what to do", "do")


def hash_of(value: object) -> str:
    text = str(value or "")
    return text if len(text) == 64 and all(digit in "0123456789abcdef" for digit in text) else ""


def site_of(parts: Parts, request: Request) -> ServedSite:
    site = parts.context.catalog.get(request.path_params["site"])
    if site is None:
        raise NotFound("There is no such site here", "site")
    return site
