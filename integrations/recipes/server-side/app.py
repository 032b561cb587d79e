"""A page that is rendered with the visitor's answer: the tag stands live after a yes, and waits behind its gate otherwise.

`choice.py` is the file of integrations/verify-choice/python, copied beside this one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from choice import choice_cookies, read_choice
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

SITE = 1
LIVE = """<script src="https://statistics.example/tag.js" defer></script>
<script type="text/plain" data-purpose="analytics"></script>"""  # empty: the gate notes that it ran, and reloads on a withdrawal
GATED = '<script type="text/plain" data-purpose="analytics" src="https://statistics.example/tag.js"></script>'
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The pottery</title>
<link rel="icon" href="data:,">
<script src="/privacy-gateway/gateway/1.js" defer></script>
{tag}
</head>
<body>
<main><h1>The pottery</h1></main>
<footer><a href="#privacy-choices">Privacy choices</a></footer>
</body>
</html>
"""


def make_app(keys: Sequence[bytes], policy: str) -> Starlette:
    """`keys` as `gateway choice-key --site 1` prints them, decoded; `policy` is the site's current fingerprint."""

    async def page(request: Request) -> Response:
        live = allowed("analytics", request.headers, request.cookies, keys, policy)
        html = PAGE.format(tag=LIVE if live else GATED)
        # Made for one visitor: no cache may hand it to another.
        return HTMLResponse(html, headers={"cache-control": "private, no-store"})

    return Starlette(routes=[Route("/", page)])


def allowed(
    purpose: str, headers: Mapping[str, str], cookies: Mapping[str, str], keys: Sequence[bytes], policy: str
) -> bool:
    """A genuine yes under the current policy, with no signal against it. In doubt the gate decides, in the browser.

    Ask it for no logged-in customer: render the gate, since only the gateway knows what the account says.
    """
    signals = {cookies.get(f"gw_objection_{SITE}"), cookies.get(f"gw_optout_{SITE}")}
    if headers.get("sec-gpc") == "1" or signals & {"1", "a"}:
        return False
    choice = read_choice(choice_cookies(headers.get("cookie", ""), SITE), keys, time.time())
    return choice is not None and choice.grants(purpose, policy)
