"""A website made of the recipes' own files, with the gateway below its origin; third parties are the test's."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Route as Intercepted
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.script import EmbeddedScript
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway

RECIPES = Path(__file__).parents[2] / "integrations" / "recipes"
PREFIX = "/privacy-gateway"
TYPES = {".html": "text/html", ".js": "text/javascript"}

# What the scripts of others do here: note that they ran. A container makes further scripts, as tag managers do.
TAG = (
    'window.statistics ??= (...call) => (window.ran ??= []).push(`call ${call[0]}`); (window.ran ??= []).push("NAME");'
)
CONTAINER = """
(window.ran ??= []).push("container ID");
const tag = (name) => {
  const made = document.createElement("script");
  made.async = true;
  made.src = `https://tags.example/tag.js?name=${name}`;
  document.head.append(made);
};
const tags = TAGS;
if ("ID" === "all") {
  const layer = (window.dataLayer ??= []);
  const seen = ({ event }) => Object.hasOwn(tags, event) && tag(tags[event]);
  layer.forEach(seen);
  layer.push = (...entries) => { entries.forEach(seen); return Array.prototype.push.apply(layer, entries); };
} else tag(tags[`consent_${{ statistics: "analytics", players: "media" }["ID"]}`]);
"""
TAGS = {"consent_analytics": "counter", "consent_media": "player"}


class RecipeGateway(FakeGateway):
    """The scripted gateway, with the script under its hash; `spoil` changes those bytes on their way."""

    spoil = False

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/gateway.{hash}.js", self._by_hash), *super().app.routes])

    async def _by_hash(self, request: Request) -> Response:
        script = EmbeddedScript(self.url).alone
        assert request.path_params["hash"] == script.hash
        return Response(script.body + (b"//" if self.spoil else b""), media_type="text/javascript")


class RecipeSite:
    """Serves one recipe at a time: `recipe` is its folder, `index` the file at `/` and at every path that is none."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.gateway = RecipeGateway(url + PREFIX)
        self.reset()

    def reset(self) -> None:
        self.gateway.reset()
        self.gateway.spoil = False
        self.show("plain")

    def show(
        self, recipe: str, index: str = "index.html", *, policy: str = "", fill: Mapping[str, str] | None = None
    ) -> None:
        """`policy` is the file with the Content-Security-Policy; `fill` are the values of the {placeholders} in both."""
        self.recipe, self.index, self.policy, self.fill = RECIPES / recipe, index, policy, fill or {}
        self.page_app: Starlette | None = None
        self.origin_answers = 0
        self._cache: tuple[bytes, dict[str, str]] | None = None
        self.cached = False

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Mount(PREFIX, self.gateway.app), Mount("/", self._pages)])

    async def _pages(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The recipe's own application where it is one, else its files."""
        answer: ASGIApp = self.page_app or self._page(scope["path"].lstrip("/"))
        await answer(scope, receive, send)

    def _page(self, path: str) -> Response:
        file = self.recipe / (path or self.index)
        if file.suffix not in TYPES or not file.is_file():
            file = self.recipe / self.index
        if self.cached and self._cache:
            return Response(self._cache[0], headers=self._cache[1])
        self.origin_answers += 1
        headers = {"content-type": f"{TYPES[file.suffix]}; charset=utf-8", "cache-control": "public, max-age=3600"}
        if self.policy:
            headers["content-security-policy"] = self._filled(self.recipe / self.policy).strip()
        body = self._filled(file).encode()
        self._cache = (body, headers)
        return Response(body, headers=headers)

    def _filled(self, file: Path) -> str:
        text = file.read_text(encoding="utf-8")
        for name, value in self.fill.items():
            text = text.replace(f"{{{name}}}", value)
        return text


class ThirdParties:
    """`*.example` as a visitor's browser meets it: `requests` is what it was asked for, in order."""

    def __init__(self, visitor: Visitor) -> None:
        self.requests: list[str] = []
        visitor.context.route("https://*.example/**", self._answer)

    def _answer(self, route: Intercepted) -> None:
        url = route.request.url
        self.requests.append(url.removeprefix("https://"))
        path, _, query = url.partition("?")
        value = query.partition("=")[2]
        if path.endswith("/container.js"):
            body = CONTAINER.replace("TAGS", json.dumps(TAGS)).replace("ID", value)
            body = f"{{{body}}}"
        elif path.endswith(".js"):
            body = statistics_tag(value or path.rsplit("/", 1)[1])
        else:
            return route.fulfill(body="<!doctype html><title>Film</title>", content_type="text/html")
        headers = {"access-control-allow-origin": "*"}
        return route.fulfill(body=body, content_type="text/javascript", headers=headers)


def statistics_tag(name: str) -> str:
    return TAG.replace("NAME", name)


def integrity(text: str) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()
