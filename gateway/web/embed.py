"""`GET /gateway/{site}.js`, `/gateway.js`, `/gateway.{hash}.js`: what a page embeds.

`/gateway-{chunk}.{hash}.js` are the parts that it loads later. `/matomo.js` and `/piwik.js` are the script alone under the names
that pages written for Matomo ask for; `_paq` says which site it is.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import NotFound
from gateway.web import tallying
from gateway.web.encodings import IDENTITY, preferred
from gateway.web.parts import Parts
from gateway.web.script import Script

_TYPE = "text/javascript; charset=utf-8"
_IMMUTABLE = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"
# Asked for at each load, and answered without a body where nothing changed: what counts loads needs to hear of them.
_COUNTED = "private, no-cache"


def routes(parts: Parts) -> list[Route]:
    async def of_site(request: Request) -> Response:
        site = parts.context.catalog.get(request.path_params["site"])
        if site is None:
            raise NotFound("There is no such site here", "site")
        script = parts.script.of_site(site, parts.notices.words(site, site.site.language))
        if not site.site.estimate or "preview" in request.query_params:  # the studio's own page is nobody's visit
            return await _answer(request, script, _SHORT)
        if request.method == "GET":
            await tallying.loaded(parts, parts.visit(request.scope), site, request.headers.get("sec-fetch-dest", ""))
        return await _answer(request, script, _COUNTED)

    async def alone(request: Request) -> Response:
        return await _answer(request, parts.script.alone, _SHORT)

    async def by_hash(request: Request) -> Response:
        if request.path_params["hash"] != parts.script.alone.hash:
            raise NotFound("This version of the script is not served here", "hash")
        return await _answer(request, parts.script.alone, _IMMUTABLE)

    async def chunk(request: Request) -> Response:
        found = parts.script.chunks.get(request.path_params["chunk"])
        if found is None or found.hash != request.path_params["hash"]:
            raise NotFound("This part of the script is not served here", "hash")
        return await _answer(request, found, _IMMUTABLE)

    return [
        Route("/gateway/{site:site}.js", of_site),
        Route("/gateway.js", alone),
        Route("/matomo.js", alone),
        Route("/piwik.js", alone),
        Route("/gateway.{hash}.js", by_hash),
        Route("/gateway-{chunk}.{hash}.js", chunk),
    ]


async def _answer(request: Request, script: Script, cache: str) -> Response:
    coding = preferred(request.headers.get("accept-encoding", ""))
    etag = script.etag(coding)
    headers = {
        "etag": etag,
        "cache-control": cache,
        "vary": "Accept-Encoding",
        # Public bytes, the same for everybody: any page may check them against an integrity attribute.
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if coding != IDENTITY:
        headers["content-encoding"] = coding
    body = script.coded(coding) if script.is_coded(coding) else await asyncio.to_thread(script.coded, coding)
    return Response(body, media_type=_TYPE, headers=headers)
