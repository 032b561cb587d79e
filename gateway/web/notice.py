"""`GET /v1/sites/{site}/notice`: what this visitor is asked, and `GET /v1/notices/{fingerprint}`: exactly what was shown."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.notices import keep_durably
from gateway.errors import NotFound
from gateway.privacy.decision import decide
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import Regime
from gateway.web.consent import renewed
from gateway.web.parts import Parts


def routes(parts: Parts) -> list[Route]:
    async def notice(request: Request) -> Response:
        visit = parts.visit(request.scope)
        site = parts.site(request.path_params["site"], "site")
        standing, _ = parts.standing(visit, site)
        language = parts.notices.language(request.query_params.get("language", "") or visit.language, site)
        shown = parts.notices.notice(site, language, standing.situation.jurisdiction)
        await keep_durably(parts.notices, shown, site.id, visit.received, parts.context.journal)
        body = {**shown.content, "notice": shown.fingerprint, **_standing_of(parts, visit, site, standing)}
        response = Response(msgspec.json.encode(body), media_type="application/json")
        response.headers["cache-control"] = "private, no-store"
        response.headers["vary"] = "Sec-GPC, Origin"
        for name, value in parts.origins.headers(visit, site):
            response.headers[name.decode()] = value.decode("latin-1")
        response.headers["vary"] = "Sec-GPC, Origin"
        for cookie in renewed(parts, visit, site):
            response.headers.append("set-cookie", cookie)
        return response

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


def _standing_of(parts: Parts, visit: Visit, site: ServedSite, standing: Standing) -> dict[str, Any]:
    jar = parts.jars[site.id]
    law = standing.situation.jurisdiction
    asks = any(site.rule(purpose.id, law).regime is Regime.CONSENT for purpose in site.site.optional_purposes)
    may_run = "now" if decide(standing.situation).basis is not None else "after_choice"
    return {
        "jurisdiction": law,
        "gpc": visit.gpc,
        "ask": asks and not standing.current,
        "measure": may_run if site.analytics else "never",
        "objected": jar.objected(visit.cookies),
        "opted_out": jar.opted_out(visit.cookies) or visit.gpc,
    }
