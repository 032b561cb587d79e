"""`GET /gateway/{site}.js`, `/gateway.js`, `/gateway.{hash}.js`: what a page embeds."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import NotFound
from gateway.web.parts import Parts
from gateway.web.script import Script

_TYPE = "text/javascript; charset=utf-8"
_IMMUTABLE = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"


def routes(parts: Parts) -> list[Route]:
    async def of_site(request: Request) -> Response:
        site = parts.context.catalog.get(request.path_params["site"])
        if site is None:
            raise NotFound("There is no such site here", "site")
        return _answer(request, parts.script.of_site(site, parts.notices.words(site, site.site.language)), _SHORT)

    async def alone(request: Request) -> Response:
        return _answer(request, parts.script.alone, _SHORT)

    async def by_hash(request: Request) -> Response:
        if request.path_params["hash"] != parts.script.hash:
            raise NotFound("This version of the script is not served here", "hash")
        return _answer(request, parts.script.alone, _IMMUTABLE)

    return [
        Route("/gateway/{site:site}.js", of_site),
        Route("/gateway.js", alone),
        Route("/gateway.{hash}.js", by_hash),
    ]


def _answer(request: Request, script: Script, cache: str) -> Response:
    headers = {
        "etag": script.etag,
        "cache-control": cache,
        # Public bytes, the same for everybody: any page may check them against an integrity attribute.
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if script.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(script.body, media_type=_TYPE, headers=headers)
