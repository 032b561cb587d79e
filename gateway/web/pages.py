"""HTML pages: templates, links below the path prefix, errors as pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.consent.directions import direction
from gateway.consent.notices import fill
from gateway.errors import GatewayError, NotAuthenticated
from gateway.web import assets, languages
from gateway.web.auth import context_of
from gateway.web.errors import of_state

_TEMPLATES = Path(__file__).parent.parent / "templates"
_HEADERS = {"cache-control": "no-store", "referrer-policy": "same-origin"}

Endpoint = Callable[[Request], Awaitable[Response]]


def render(
    request: Request, template: str, values: Mapping[str, object], *, status: int = 200, retry_after: int | None = None
) -> HTMLResponse:
    """A page from gateway/templates/, never cached.

    Besides `values` a template finds `base` (the path prefix, "" at the root), `text` (the catalogue of the interface),
    `language`, `language_chosen` (by the reader, not by the browser), `direction(language)` (what `dir` takes) and
    `asset(name)` (the URL of a script or style sheet).
    """
    language = languages.language_of(request)
    base = prefix(context_of(request).settings.base_url)
    page = environment().get_template(template)
    html = page.render(
        {
            "base": base,
            "text": catalogue(language),
            "language": language,
            "language_chosen": bool(languages.chosen(request)),
            "asset": lambda name: f"{base}/assets/dashboard/{name}?v={assets.version(name)}",
            **values,
        }
    )
    headers = _HEADERS if retry_after is None else {**_HEADERS, "retry-after": str(retry_after)}
    return HTMLResponse(html, status, headers=headers)


def page(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint raise gateway.errors and answer them as pages: the log-in form, or a message."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotAuthenticated:
            return to_login(request)
        except GatewayError as error:
            return _message(request, error)
        except SQLAlchemyError as error:
            return _message(request, of_state(error))

    return answer


def _message(request: Request, error: GatewayError) -> Response:
    text = catalogue(languages.language_of(request))["errors"]
    title = text.get(str(error.status), text["other"])
    values = {"title": title, "message": error.what, "status": error.status}
    return render(request, "message.html", values, status=error.status, retry_after=error.retry_after)


def to_login(request: Request) -> Response:
    """Send a browser to the log-in form, and from there back to what it asked for."""
    base = prefix(context_of(request).settings.base_url)
    # The path prefix is taken off before routing.
    wanted = base + request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{base}/login?next={quote(wanted, safe='')}", 303, headers=_HEADERS)


def prefix(base_url: str) -> str:
    """The path below which all routes live: "" or "/something"."""
    return urlsplit(base_url).path.rstrip("/")


def local_path(wanted: str | None, base: str) -> str:
    """`wanted` where it is a path of this gateway, else the start page: an open redirect would serve phishing."""
    start = f"{base}/"
    if not wanted or not wanted.startswith(start) or wanted.startswith("//"):
        return start
    # Browsers read a backslash as a slash and drop control characters before they parse.
    if "\\" in wanted or any(ord(character) < 0x21 or ord(character) == 0x7F for character in wanted):
        return start
    return wanted


@cache
def environment() -> Environment:
    """The templates, autoescaped; a value that is missing is an error, not an empty string."""
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals["direction"] = direction
    templates.filters["fill"] = lambda words, **names: fill(words, names)
    return templates


@cache
def catalogue(language: str) -> dict[str, dict[str, str]]:
    """The texts of the interface: section → key → text. One file per language, shared with the scripts."""
    stored = (_TEMPLATES / "texts" / f"{language}.json").read_bytes()
    return msgspec.json.decode(stored, type=dict[str, dict[str, str]])
