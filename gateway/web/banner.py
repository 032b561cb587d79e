"""`/banner/{site}`: the banner for browsers without JavaScript, as a page for an <iframe> or as a fragment of the site's own.

Plain forms under the same law, checks, cookies and ledger as the script's answers. `?include=1` gives the form alone, for
server-side includes; its `return` names the page of the site to which the answer leads back.
"""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.consent.choices import Answer, record_answer
from gateway.consent.notices import keep_durably
from gateway.errors import BadRequest
from gateway.sites.catalog import ServedSite
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the routes below
from gateway.web.auth import FORM_BYTES, read_form
from gateway.web.consent import cleared, require_notice
from gateway.web.lasting import record, with_lasting
from gateway.web.minors import is_minor
from gateway.web.notice import asks, standing_of
from gateway.web.pages import environment, page, prefix, render
from gateway.web.parts import Parts
from gateway.web.privacy_centre import hash_of
from gateway.web.visitor_page import site_of


def routes(parts: Parts) -> list[Route]:
    base_url = parts.context.settings.base_url
    path = f"{prefix(base_url)}/banner"

    async def show(request: Request) -> Response:
        visit, site = parts.visit(request.scope), site_of(parts, request)
        query = request.query_params
        minor = is_minor(query)
        standing, _ = parts.standing(visit, site)
        language = parts.notices.language(query.get("language", "") or visit.language, site)
        notice = parts.notices.notice(site, language, standing.situation.jurisdiction)
        await keep_durably(parts.notices, notice, site.id, visit.received, parts.context.journal)
        cookies = await with_lasting(parts, visit, site, [])
        values = {
            "language": language,
            "notice": notice.content,
            "fingerprint": notice.fingerprint,
            "words": {**parts.notices.words(site, notice.content["language"]), **notice.content["texts"]},
            "ask": asks(parts, visit, site, standing) and not minor,
            "opted_out": site.sells and (minor or standing_of(parts, visit, site, standing)["opted_out"]),
            "minor": minor,
            "done": standing.current,
            "here": f"{base_url}/banner/{site.id}",
            "back": parts.origins.page(query["return"], site, "return") if "return" in query else "",
        }
        if query.get("include") == "1":
            fragment = environment().get_template("banner_form.html").render(values)
            response: Response = HTMLResponse(fragment, headers={"cache-control": "no-store"})
        else:
            response = render(request, "banner.html", values)
        response.headers["vary"] = "Sec-GPC, Accept-Language, Cookie"
        for cookie in cookies:
            response.headers.append("set-cookie", cookie)
        return response

    async def answer(request: Request) -> Response:
        visit, site = parts.visit(request.scope), site_of(parts, request)
        parts.origins.require_own(visit, site)
        form = await read_form(request)
        back = form.get("return")
        then = parts.origins.page(str(back), site, "return") if back else f"{path}/{site.id}"
        method = form.get("do")
        if method not in ("accept_all", "reject_all"):
            raise BadRequest("The form does not say what to do: accept_all or reject_all", "do")
        policy = str(form.get("policy", ""))
        if method == "accept_all":
            # As in /v1/consent: a yes is to the policy that was shown.
            site = parts.context.catalog.earlier(site, policy, visit.received) or site
        given = Answer(
            site=site.id,
            purposes={purpose.id: method == "accept_all" for purpose in site.site.optional_purposes},
            method=cast("Literal['accept_all', 'reject_all']", method),
            fingerprint=policy,
            notice=hash_of(form.get("notice")),
            language=str(form.get("language", ""))[:35],
            surface="form",
            minor=is_minor(request.query_params),
        )
        await require_notice(parts, given, site)
        standing, place = parts.standing(visit, site)
        outcome = record_answer(given, visit, site, parts.jars[site.id], standing, place.country)
        await record(parts, outcome, visit)
        cookies = await with_lasting(parts, visit, site, outcome.cookies)
        response = RedirectResponse(then, 303, headers={"cache-control": "no-store"})
        for cookie in cookies + cleared(parts, request.scope, site, outcome):
            response.headers.append("set-cookie", cookie)
        return response

    @page
    async def framed(request: Request) -> Response:
        return await (answer if request.method == "POST" else show)(request)

    async def endpoint(request: Request) -> Response:
        # An error is shown where the banner would be, so it may be framed as well.
        response = await framed(request)
        site = parts.context.catalog.get(request.path_params["site"])
        if site is not None:
            response.headers["content-security-policy"] = _policy(site, base_url)
        return response

    return [
        Route("/banner/{site:site}", endpoint, methods=["GET", "POST"], max_body_size=FORM_BYTES),
    ]


def _policy(site: ServedSite, base_url: str) -> str:
    """Pages of the site may frame the banner, and nobody else: a stranger's page could lure clicks onto it."""
    scheme = urlsplit(base_url).scheme
    hosts = (*site.site.domains, *site.site.test_domains)
    pages = " ".join(f"{scheme}://{f'[{host}]' if ':' in host else host}:*" for host in hosts)
    return (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        f"form-action 'self' {pages}; frame-ancestors {pages}"
    )
