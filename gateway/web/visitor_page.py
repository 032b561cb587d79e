"""What the pages for visitors share: who looks at which site in which language, and the page in that language.

They need no JavaScript, no account and no number in their addresses. A form is accepted from the gateway's own pages and
the site's, never cross-site (origins.py); the cookies themselves are SameSite=Lax.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.consent.cldr import autonym
from gateway.consent.notices import Notice, keep_durably
from gateway.consent.outcome import Outcome
from gateway.errors import NotFound
from gateway.privacy.cookies import CookieJar
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.consent import cleared
from gateway.web.lasting import record, with_lasting
from gateway.web.minors import is_minor
from gateway.web.pages import prefix, render
from gateway.web.parts import Parts

VARY = "Sec-GPC, Accept-Language, Cookie"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever opened a page. `kept` is what its links and forms carry on: a language chosen by hand, and being a minor."""

    visit: Visit
    site: ServedSite
    jar: CookieJar
    standing: Standing
    country: str
    language: str
    kept: Mapping[str, str]

    @property
    def minor(self) -> bool:
        return "minor" in self.kept

    @property
    def opted_out(self) -> bool:
        return self.jar.opted_out(self.visit.cookies) or self.visit.gpc or self.minor


def caller_of(parts: Parts, request: Request) -> Caller:
    """Raises NotFound for a site that is not served."""
    visit, site = parts.visit(request.scope), site_of(parts, request)
    standing, place = parts.standing(visit, site)
    asked = request.query_params.get("language", "")
    language = parts.notices.language(asked or visit.language, site)
    kept = {"language": language} if asked else {}
    if is_minor(request.query_params):
        kept["minor"] = "true"
    return Caller(visit, site, parts.jars[site.id], standing, place.country, language, kept)


def own_caller_of(parts: Parts, request: Request) -> Caller:
    """Whoever sends one of our forms. Raises NotFound, and Forbidden for a form on somebody else's page."""
    caller = caller_of(parts, request)
    parts.origins.require_own(caller.visit, caller.site)
    return caller


def site_of(parts: Parts, request: Request) -> ServedSite:
    site = parts.context.catalog.get(request.path_params["site"])
    if site is None:
        raise NotFound("There is no such site here", "site")
    return site


async def show(
    parts: Parts, request: Request, caller: Caller, template: str, values: Mapping[str, object], *, status: int = 200,
    retry_after: int | None = None,
) -> Response:  # fmt: skip
    """A page in the caller's language. Besides `values` and those of `render` a template finds `notice`, its `fingerprint`,
    `words`, `link(path)`, `languages` (tag, name, address) and `home`.
    """
    visit, site = caller.visit, caller.site
    notice = await notice_of(parts, caller)
    base = prefix(parts.context.settings.base_url)
    common: dict[str, object] = {
        "language": caller.language,
        "notice": notice.content,
        "fingerprint": notice.fingerprint,
        "words": {**parts.notices.words(site, caller.language), **notice.content["texts"]},
        "languages": [
            (tag, autonym(tag), _query({**caller.kept, "language": tag})) for tag in parts.notices.languages(site)
        ],
        "link": lambda path: f"{base}{path}{_query(caller.kept)}",
        "home": site.site.main_url or f"https://{site.site.domains[0].removeprefix('*.')}",
        "kept": caller.kept,
        "minor": caller.minor,
        "opted_out": caller.opted_out,
        "by_signal": visit.gpc,
    }
    response = render(request, template, {**common, **values}, status=status, retry_after=retry_after)
    response.headers["vary"] = VARY
    for cookie in await with_lasting(parts, visit, site, []):
        response.headers.append("set-cookie", cookie)
    return response


async def notice_of(parts: Parts, caller: Caller) -> Notice:
    """The notice that this page is bound to; on disk when this returns, as before any banner."""
    notice = parts.notices.notice(caller.site, caller.language, caller.standing.situation.jurisdiction)
    await keep_durably(parts.notices, notice, caller.site.id, caller.visit.received, parts.context.journal)
    return notice


async def carry_out(parts: Parts, request: Request, caller: Caller, outcome: Outcome, path: str, done: str) -> Response:
    """Put an answer on disk, then lead back to the page at `path`, which says that `done` was done."""
    if not outcome.repeats(caller.jar, caller.visit.cookies):
        await record(parts, outcome, caller.visit)
    cookies = await with_lasting(parts, caller.visit, caller.site, outcome.cookies)
    return back(parts, caller, path, done, cookies + cleared(parts, request.scope, caller.site, outcome))


def back(parts: Parts, caller: Caller, path: str, done: str = "", cookies: list[str] | None = None) -> Response:
    """Lead to one of our pages after a form (303), so that reloading sends it no second time."""
    then = {**caller.kept, "done": done} if done else caller.kept
    address = f"{prefix(parts.context.settings.base_url)}{path}{_query(then)}"
    response = RedirectResponse(address, 303, headers={"cache-control": "no-store"})
    for cookie in cookies or []:
        response.headers.append("set-cookie", cookie)
    return response


def _query(parameters: Mapping[str, str]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
