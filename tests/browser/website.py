"""A website for tests: pages written by the test itself, under a policy as strict as a site can have."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STRICT = (
    "default-src 'none'; script-src 'self' {gateway}; style-src 'self'; img-src 'self' data:; connect-src 'self' {gateway}; "
    "frame-src 'self'; media-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types gateway"
)

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<script src="{gateway}/gateway/1.js" defer></script>{head}</head>
<body><main><h1>{title}</h1><a href="#x" id="first">First link</a>{body}<a href="#y" id="last">Last link</a></main>
</body></html>"""


# What scripts of the example shop's purposes leave on a device, as the shop declares it.
LEAVES = {
    "payment-fraud": "document.cookie = 'vigie_check=done; path=/';",
    "analytics": "localStorage.setItem('halden_insights', 'today');",
    "media": "document.cookie = 'kino_viewer=1; path=/';",
    "partners": "document.cookie = 'partner_pick=1; path=/'; localStorage.setItem('partner_seen', '[]');",
}


class Website:
    """Serves `/pages/{name}`; `/run/{name}.js` notes that it ran, `/leave/{purpose}.js` also leaves what that purpose declares;
    `/frame/{name}` is something to embed.
    """

    def __init__(self, url: str, gateway_url: str) -> None:
        self.url = url
        self.gateway_url = gateway_url
        self.pages: dict[str, tuple[str, str]] = {}

    def page(
        self, body: str = "", *, head: str = "", title: str = "A page", policy: str = STRICT, name: str = ""
    ) -> str:
        """Publishes a page and returns its address."""
        return self.whole_page(
            PAGE.format(title=title, gateway=self.gateway_url, head=head, body=body), policy=policy, name=name
        )

    def whole_page(self, html: str, *, policy: str = STRICT, name: str = "") -> str:
        name = name or f"p{len(self.pages)}"
        self.pages[name] = (html, policy.replace("{gateway}", self.gateway_url))
        return f"{self.url}/pages/{name}"

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/pages/{name:path}", self._page),
                Route("/run/{name}.js", self._run),
                Route("/leave/{name}.js", self._leave),
                Route("/frame/{name}", self._frame),
            ]
        )

    async def _page(self, request: Request) -> Response:
        html, policy = self.pages[request.path_params["name"]]
        headers = {"content-security-policy": policy} if policy else {}
        return Response(html, media_type="text/html", headers=headers)

    async def _run(self, request: Request) -> Response:
        name = request.path_params["name"]
        text = f"(self.ran ??= []).push({name!r});\n"  # a service worker has no window
        return Response(text, media_type="text/javascript")

    async def _leave(self, request: Request) -> Response:
        name = request.path_params["name"]
        text = f"(window.left ??= []).push({name!r});\n" + LEAVES.get(name, "")
        return Response(text, media_type="text/javascript")

    async def _frame(self, request: Request) -> Response:
        html = f"<!doctype html><title>{request.path_params['name']}</title>"
        answer = Response(html, media_type="text/html")
        answer.set_cookie("frame_seen", "1")
        return answer
