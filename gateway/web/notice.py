"""`GET /v1/sites/{site}/notice`: what this visitor is asked, and `GET /v1/notices/{fingerprint}`: exactly what was shown."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.notices import Notice, keep_durably
from gateway.errors import NotFound
from gateway.privacy.decision import decide
from gateway.privacy.standing import Standing, standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import Regime, gpc_rule
from gateway.sites.lint import contrast
from gateway.web import tallying
from gateway.web.encodings import IDENTITY, encode, preferred
from gateway.web.lasting import with_lasting
from gateway.web.logged_in import EXPIRED, described, following, logged_in, met
from gateway.web.minors import for_minor, is_minor
from gateway.web.parts import Parts

_VARY = "Sec-GPC, Origin, Accept-Encoding"


def routes(parts: Parts) -> list[Route]:
    async def notice(request: Request) -> Response:
        visit = parts.visit(request.scope)
        site = parts.site(request.path_params["site"], "site")
        asked = request.query_params.get("language", "")
        token = request.query_params.get("preview")
        if token:
            return _answer(request, parts, visit, site, *await _previewed(parts, visit, site, token, asked), [])
        stands, place = parts.standing(visit, site)
        law = stands.situation.jurisdiction
        subject = request.query_params.get("subject", "")
        person = await logged_in(parts, site, subject, "subject")
        if person is not None:
            if visit.is_own:
                person = await met(parts, visit, site, law, person)
            stands, _ = parts.standing(visit, site, person.account)
        shown = parts.notices.notice(site, _language(parts, visit, site, asked), law, account=person is not None)
        await keep_durably(parts.notices, shown, site.id, visit.received, parts.context.journal)
        around = standing_of(parts, visit, site, stands)
        if subject:
            around["account"] = described(parts, visit, site, person, stands) if person else EXPIRED
        if is_minor(request.query_params) or (person is not None and person.account.minor):
            around |= for_minor(shown.content)
        if around["ask"]:
            tallying.shown(parts, visit, site, place.country, shown.content["language"], shown.fingerprint)
        cookies = await with_lasting(
            parts, visit, site, following(parts, visit, site, person if visit.is_own else None)
        )
        return _answer(request, parts, visit, site, shown, around, cookies)

    async def exact(request: Request) -> Response:
        fingerprint = request.path_params["fingerprint"]
        body = await asyncio.to_thread(parts.notices.find, fingerprint)
        if body is None:
            raise NotFound("No notice with this fingerprint was ever served", "fingerprint")
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(body, media_type="application/json", headers=headers)

    return [
        Route("/v1/sites/{site:site}/notice", notice),
        Route("/v1/notices/{fingerprint}", exact),
    ]


def asks(parts: Parts, visit: Visit, site: ServedSite, standing: Standing) -> bool:
    """Is there anything to ask this visitor? Nobody is asked again about what they opted out of (RULES.md C5)."""
    law = standing.situation.jurisdiction
    opted_out = standing.situation.opted_out or (visit.gpc and gpc_rule(law) is not None)
    open_questions = (
        site.rule(purpose.id, law).regime is Regime.CONSENT and not (purpose.sale and opted_out)
        for purpose in site.site.optional_purposes
    )
    return not standing.current and any(open_questions)


def standing_of(parts: Parts, visit: Visit, site: ServedSite, standing: Standing) -> dict[str, Any]:
    """What stands around the notice: this visitor's answer, signals and law."""
    law = standing.situation.jurisdiction
    may_run = "now" if decide(standing.situation).basis is not None else "after_choice"
    rule = gpc_rule(law) if visit.gpc else None
    return {
        "jurisdiction": law,
        "gpc": visit.gpc,
        "gpc_rule": rule.citation if rule else "",
        "ask": asks(parts, visit, site, standing),
        "measure": may_run if site.analytics else "never",
        "objected": standing.situation.objected,
        "opted_out": standing.situation.opted_out or visit.gpc,
        "opted_out_by_signal": visit.gpc,
        "preview": False,
    }


async def _previewed(
    parts: Parts, visit: Visit, site: ServedSite, token: str, asked: str
) -> tuple[Notice, dict[str, Any]]:
    """The notice of the visitor that a preview link describes, who has answered nothing yet. Raises Forbidden."""
    preview = parts.previews.read(token, site.id)
    if preview.draft:
        kept = await asyncio.to_thread(parts.context.versions.draft, site.id)
        site = ServedSite(parts.context.serving.with_draft(site.id, kept.draft))
    pretended = msgspec.structs.replace(visit, cookies={}, gpc=preview.gpc)
    stands = standing(pretended, site, parts.jars[site.id], preview.jurisdiction)
    language = _language(parts, visit, site, preview.language or asked)
    shown = parts.notices.notice(site, language, preview.jurisdiction)
    around = {**standing_of(parts, pretended, site, stands), "preview": True}
    if preview.theme:
        look = site.site.appearance
        colours = {**contrast.SHIPPED[preview.theme], **getattr(look, preview.theme).given()}
        around["colours"] = {"light": colours, "dark": colours}
    return shown, around


def _language(parts: Parts, visit: Visit, site: ServedSite, asked: str) -> str:
    return parts.notices.language(asked or visit.language, site)


def _answer(
    request: Request, parts: Parts, visit: Visit, site: ServedSite, shown: Notice, stands: dict[str, Any],
    cookies: list[str],
) -> Response:  # fmt: skip
    coding = preferred(request.headers.get("accept-encoding", ""))
    body = encode(msgspec.json.encode({**shown.content, "notice": shown.fingerprint, **stands}), coding, best=False)
    response = Response(body, media_type="application/json")
    for name, value in parts.origins.headers(visit, site):
        response.headers[name.decode()] = value.decode("latin-1")
    if coding != IDENTITY:
        response.headers["content-encoding"] = coding
    response.headers["cache-control"] = "private, no-store"
    response.headers["vary"] = _VARY
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
