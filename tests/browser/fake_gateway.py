"""A gateway reduced to what the embedded script sees: the real bundle and the real cookies, a scripted law behind them."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from msgspec import structs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.consent import texts
from gateway.demo.purposes import SHOP_PURPOSES
from gateway.demo.site import SHOP
from gateway.privacy.cookies import Choice, CookieJar, months_after, read_cookies
from gateway.sites.catalog import ServedSite
from gateway.web.script import EmbeddedScript

OPTIONAL = [purpose.id for purpose in SHOP_PURPOSES if not purpose.required]
LABELS = {"privacy_choices": "Privacy choices", "unavailable": "Privacy choices are unavailable right now."}
PAGE = "<!doctype html><html lang=en><title>{0}</title><main><h1>{0}</h1></main></html>"


class FakeGateway:
    """`law` and its neighbours are what a test sets; `consents` and `withdrawals` are what arrived."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = CookieJar(1, [b"k" * 32], path="/", domain="", secure=False)
        self.reset()

    def reset(self) -> None:
        self.site = ServedSite(SHOP)
        self.jurisdiction = "FR"
        self.regimes: dict[str, str] = {}
        self.ask = True
        self.measure = "after_choice"
        fill = {"{controller}": SHOP.controller.name, "{duration}": "6 months", "{recipients}": "2"}
        self.texts = texts.load()["en"]
        for key, text in self.texts.items():
            for name, value in fill.items():
                text = text.replace(name, value)
            self.texts[key] = text
        self.language = "en"
        self.consent_status = 201
        self.hit_status = 202
        self.sets_cookies = True
        self.consents: list[dict[str, Any]] = []
        self.withdrawals = 0
        self.hits: list[dict[str, Any]] = []

    def change_policy(self) -> None:
        purposes = [structs.replace(purpose, retention="24 months.") for purpose in SHOP_PURPOSES]
        self.site = ServedSite(structs.replace(SHOP, purposes=tuple(purposes)))

    def choice(self, purposes: dict[str, bool], *, policy: str = "", expires: float | None = None) -> str:
        """The value of a choice cookie."""
        now = time.time()
        choice = Choice(
            p={name: int(said) for name, said in purposes.items()},
            f=policy or self.site.fingerprint,
            d=int(now // 86_400),
            e=int(expires if expires is not None else months_after(now, 6)),
        )
        return self.jar.set_choice(choice, now).partition("=")[2].partition(";")[0]

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/gateway/1.js", self._script),
                Route("/gateway.js", self._script_alone),
                Route("/gateway-{chunk}.{hash}.js", self._chunk),
                Route("/v1/sites/1/notice", self._notice),
                Route("/v1/consent", self._consent, methods=["GET", "POST", "DELETE", "OPTIONS"]),
                Route("/v1/hit", self._hit, methods=["POST"]),
                Route("/privacy/1", self._page),
                Route("/do-not-sell/1", self._page),
            ]
        )

    async def _script(self, request: Request) -> Response:
        return Response(EmbeddedScript(self.url).of_site(self.site, LABELS).body, media_type="text/javascript")

    async def _script_alone(self, request: Request) -> Response:
        headers = {"access-control-allow-origin": "*"}
        return Response(EmbeddedScript(self.url).alone.body, media_type="text/javascript", headers=headers)

    async def _chunk(self, request: Request) -> Response:
        found = EmbeddedScript(self.url).chunks[request.path_params["chunk"]]
        assert found.hash == request.path_params["hash"]
        return Response(found.body, media_type="text/javascript", headers={"access-control-allow-origin": "*"})

    async def _page(self, request: Request) -> Response:
        return Response(PAGE.format(request.url.path), media_type="text/html")

    async def _notice(self, request: Request) -> Response:
        held = self.jar.choice(read_cookies(request.headers.get("cookie", "")), time.time())
        current = held is not None and held.f == self.site.fingerprint
        gpc = request.headers.get("sec-gpc") == "1"
        site = self.site.site
        purposes = [
            {
                **msgspec.to_builtins(purpose),
                "regime": "necessary" if purpose.required else self.regimes.get(purpose.id, "consent"),
            }
            for purpose in site.purposes
        ]
        body = {
            "site": 1,
            "policy": self.site.fingerprint,
            "notice": "ab" * 32,
            "language": self.language,
            "jurisdiction": self.jurisdiction,
            "gpc": gpc,
            "ask": self.ask and not current,
            "measure": self.measure,
            "do_not_sell": self.jurisdiction.startswith("US"),
            "objected": False,
            "opted_out": gpc,
            "controller": {"name": site.controller.name, "email": site.controller.email},
            "recipients": 2,
            "site_name": site.name,
            "purposes": purposes,
            "texts": self.texts,
            "links": {
                "privacy": f"{self.url}/privacy/1",
                "cookies": f"{self.url}/privacy/1/cookies",
                "do_not_sell": f"{self.url}/do-not-sell/1",
                "policy": "",
            },
        }
        return JSONResponse(body, headers=_cors(request))

    async def _consent(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(request))
        if request.method == "GET":
            held = self.jar.choice(read_cookies(request.headers.get("cookie", "")), time.time())
            purposes = {name: bool(said) for name, said in held.p.items()} if held else None
            return JSONResponse({"purposes": purposes, "expires": None}, headers=_cors(request))
        if self.consent_status >= 400:
            return JSONResponse({"error": {"where": "$", "what": "No."}}, self.consent_status, headers=_cors(request))
        if request.method == "DELETE":
            self.withdrawals += 1
            purposes = dict.fromkeys(OPTIONAL, False)
        else:
            given = await request.json()
            self.consents.append(given)
            assert given["fingerprint"] == self.site.fingerprint
            purposes = {name: given["purposes"].get(name, False) for name in OPTIONAL}
        answer = JSONResponse(
            {"receipt": {}, "purposes": purposes, "expires": "2099-01-01T00:00:00Z"},
            200 if request.method == "DELETE" else 201,
            headers=_cors(request),
        )
        if self.sets_cookies:
            now = time.time()
            expires = int(months_after(now, 6))
            choice = Choice(
                p={name: int(said) for name, said in purposes.items()},
                f=self.site.fingerprint,
                d=int(now // 86_400),
                e=expires,
            )
            answer.headers.append("set-cookie", self.jar.set_choice(choice, now))
        return answer

    async def _hit(self, request: Request) -> Response:
        if self.hit_status >= 500:
            return JSONResponse({"error": {"where": "$", "what": "Full."}}, self.hit_status, headers=_cors(request))
        self.hits.append(msgspec.json.decode(await request.body()))
        return JSONResponse({"status": "identified"}, self.hit_status, headers=_cors(request))


def _cors(request: Request) -> dict[str, str]:
    origin = request.headers.get("origin")
    if not origin:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
        "access-control-allow-headers": "content-type",
    }
