"""`/sites/{site}/banner`: the banner studio, and the page in its frame, on which the draft is shown as on a site."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.consent.preview import PARAMETER
from gateway.errors import BadRequest
from gateway.sites.appearance import Colours
from gateway.sites.catalog import ServedSite
from gateway.sites.check import text_keys
from gateway.sites.lint import contrast
from gateway.web.auth import require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.headers import PAGE_POLICY
from gateway.web.pages import page, prefix, render
from gateway.web.parts import Parts
from gateway.web.studio import previewed, require_editing
from gateway.web.studio_shapes import PreviewBody

# Those that a site words for itself most often, in the order in which a visitor meets them.
FIRST_TEXTS = (
    "title", "body", "body_running", "accept_all", "reject_all", "choose", "save", "back", "privacy_choices", "saved",
    "privacy_policy", "content_blocked", "load_once", "load_always",
)  # fmt: skip
_PREVIEW = ("language", "jurisdiction", "gpc", "theme")


def routes(parts: Parts) -> list[Route]:
    base = prefix(parts.context.settings.base_url)

    @page
    async def show(request: Request) -> Response:
        """GET /sites/{site}/banner."""
        site = request.path_params["site"]
        require_editing(await require_reader(request, site), site)
        values = {
            "texts": _keys(),
            "first": len(FIRST_TEXTS),
            "colours": list(Colours.__struct_fields__),
            "shipped": contrast.SHIPPED,
        }
        response = await page_of_site(request, "studio.html", "banner", **values)
        response.headers["content-security-policy"] = f"{PAGE_POLICY}; frame-src 'self'"
        return response

    async def words(request: Request) -> Response:
        """GET /sites/{site}/banner/words?language=: the texts without the site's own, and the languages there are."""
        site = request.path_params["site"]
        require_editing(await require_reader(request, site), site)
        bare = msgspec.structs.replace(parts.context.serving.site(site), texts={})
        served = ServedSite(bare)
        language = parts.notices.language(request.query_params.get("language", ""), served)
        told = {"texts": parts.notices.words(served, language), "languages": parts.notices.languages(served)}
        return Response(
            msgspec.json.encode(told), headers={"cache-control": "private, no-store"}, media_type="application/json"
        )

    @page
    async def framed(request: Request) -> Response:
        """GET /sites/{site}/banner/preview?language=&jurisdiction=&gpc=&theme=: leads to itself with a token of the draft."""
        site, query = request.path_params["site"], request.query_params
        editor = await require_reader(request, site)
        require_editing(editor, site)
        if PARAMETER not in query:
            try:
                wanted = msgspec.convert({name: query.get(name, "") for name in _PREVIEW}, PreviewBody, strict=False)
            except msgspec.ValidationError as error:
                raise BadRequest(str(error), "$") from None
            token = await run_in_threadpool(parts.previews.token, previewed(site, wanted))
            there = f"{base}/sites/{site}/banner/preview?{urlencode({PARAMETER: token})}"
            return RedirectResponse(there, 303, headers={"cache-control": "no-store"})
        response = render(request, "studio_preview.html", {"site": parts.site(site).site})
        response.headers["content-security-policy"] = PAGE_POLICY.replace(
            "frame-ancestors 'none'", "frame-ancestors 'self'"
        )
        return response

    return [
        Route("/sites/{site:site}/banner", show, methods=["GET"]),
        Route("/sites/{site:site}/banner/words", words, methods=["GET"]),
        Route("/sites/{site:site}/banner/preview", framed, methods=["GET"]),
    ]


def _keys() -> list[str]:
    """The texts of the banner that can be changed: first those that a visitor meets first."""
    others = sorted(key for key in text_keys() if key not in FIRST_TEXTS and not key.startswith("centre_"))
    return [*FIRST_TEXTS, *others]
