"""A gateway reduced to what the embedded script sees: the real bundle and the real cookies, a scripted law behind them."""

from __future__ import annotations

import time
from typing import Any, cast

import msgspec
from msgspec import structs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.consent.notices import Notices
from gateway.demo.purposes import SHOP_PURPOSES
from gateway.demo.site import SHOP
from gateway.ingest.messages import AnyMessage
from gateway.privacy.cookies import Choice, CookieJar, months_after, read_cookies
from gateway.sites.appearance import Appearance
from gateway.sites.catalog import ServedSite
from gateway.sites.site import Purpose
from gateway.state.database import State
from gateway.web.minors import for_minor, is_minor
from gateway.web.script import EmbeddedScript

# The example shop without its partner: what is sold has tests of its own (law.py).
PURPOSES = tuple(purpose for purpose in SHOP_PURPOSES if not purpose.sale)
SITE = structs.replace(SHOP, purposes=PURPOSES)
OPTIONAL = [purpose.id for purpose in PURPOSES if not purpose.required]
LABELS = {"privacy_choices": "Privacy choices", "unavailable": "Privacy choices are unavailable right now."}
PAGE = "<!doctype html><html lang=en><title>{0}</title><main><h1>{0}</h1></main></html>"


class FakeGateway:
    """`law` and its neighbours are what a test sets; `consents` and `withdrawals` are what arrived."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.script = EmbeddedScript(url)
        # It composes notices as ever; without a state database it cannot keep them.
        self.notices = Notices(cast(State, None), url)
        self.jar = CookieJar(1, [b"k" * 32], path="/", domain="", secure=False)
        self.reset()

    def reset(self) -> None:
        self.site = ServedSite(SITE)
        self.jurisdiction = "FR"
        self.regimes: dict[str, str] = {}
        self.ask = True
        self.measure = "after_choice"
        self.language = ""
        # What a test reads and may change; where the law knows a sale there are some more.
        self.texts: dict[str, str] = {
            key: text
            for law in ("US-CA", "FR")
            for key, text in self.notices.notice(self.site, "en", law).content["texts"].items()
        }
        self.preview = False
        self.later = 0.0  # seconds
        self.account: dict[str, Any] = {}  # what the notice says where a customer is logged in
        self.subjects: list[str] = []  # tokens of customers, as notices were asked for
        self.consent_status = 201
        self.hit_status = 202
        self.sets_cookies = True
        self.consents: list[dict[str, Any]] = []
        self.withdrawals = 0
        self.opt_outs: list[dict[str, Any]] = []
        self.opt_out_status = 200
        self.hits: list[dict[str, Any]] = []
        self.wrong: list[str] = []  # hits that a real gateway would have refused, and why

    def now(self) -> float:
        """Seconds since the epoch, on a clock that a test may put forward."""
        return time.time() + self.later

    def change_policy(self) -> None:
        self.ask_for(*(structs.replace(purpose, retention="24 months.") for purpose in PURPOSES))

    def ask_for(self, *purposes: Purpose) -> None:
        self.site = ServedSite(structs.replace(self.site.site, purposes=purposes))

    def look(self, appearance: Appearance) -> None:
        self.site = ServedSite(structs.replace(self.site.site, appearance=appearance))

    def choice(
        self,
        purposes: dict[str, bool],
        services: dict[str, bool] | None = None,
        *,
        policy: str = "",
        expires: float | None = None,
    ) -> str:
        """The value of a choice cookie."""
        now = self.now()
        choice = Choice(
            p={name: int(said) for name, said in purposes.items()},
            s={name: int(said) for name, said in (services or {}).items()},
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
                Route("/matomo.js", self._script_alone),
                Route("/gateway-{chunk}.{hash}.js", self._chunk),
                Route("/v1/sites/1/notice", self._notice),
                Route("/v1/consent", self._consent, methods=["GET", "POST", "DELETE", "OPTIONS"]),
                Route("/v1/opt-out", self._opt_out, methods=["POST", "DELETE", "OPTIONS"]),
                Route("/v1/hit", self._hit, methods=["POST"]),
                Route("/privacy/1", self._page),
                Route("/do-not-sell/1", self._page),
            ]
        )

    async def _script(self, request: Request) -> Response:
        return Response(self.script.of_site(self.site, LABELS).body, media_type="text/javascript")

    async def _script_alone(self, request: Request) -> Response:
        headers = {"access-control-allow-origin": "*"}
        return Response(self.script.alone.body, media_type="text/javascript", headers=headers)

    async def _chunk(self, request: Request) -> Response:
        found = self.script.chunks[request.path_params["chunk"]]
        assert found.hash == request.path_params["hash"]
        return Response(found.body, media_type="text/javascript", headers={"access-control-allow-origin": "*"})

    async def _page(self, request: Request) -> Response:
        return Response(PAGE.format(request.url.path), media_type="text/html")

    async def _notice(self, request: Request) -> Response:
        held = self.jar.choice(read_cookies(request.headers.get("cookie", "")), self.now())
        current = held is not None and held.f == self.site.fingerprint
        gpc = request.headers.get("sec-gpc") == "1"
        opted_out = self.jar.opted_out(read_cookies(request.headers.get("cookie", "")))
        language = self.language or self.notices.language(request.query_params.get("language", ""), self.site)
        content = self.notices.notice(self.site, language, self.jurisdiction, account=bool(self.account)).content
        regimes = {"necessary": "necessary", **self.regimes}
        if subject := request.query_params.get("subject"):
            self.subjects.append(subject)
        body = {
            **content,
            "notice": "ab" * 32,
            "jurisdiction": self.jurisdiction,
            "gpc": gpc,
            "ask": self.ask and (self.preview or not current),
            "measure": self.measure,
            "objected": False,
            "opted_out": gpc or opted_out,
            "opted_out_by_signal": gpc,
            "preview": self.preview,
            **({"account": self.account} if self.account else {}),
            "purposes": [
                {**purpose, "regime": regimes.get(purpose["id"], "consent")} for purpose in content["purposes"]
            ],
            "texts": {**content["texts"], **(self.texts if language == "en" else {})},
        }
        if is_minor(request.query_params):
            body |= for_minor(body)
        return JSONResponse(body, headers=_cors(request))

    async def _consent(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(request))
        if request.method == "GET":
            held = self.jar.choice(read_cookies(request.headers.get("cookie", "")), self.now())
            purposes = {name: bool(said) for name, said in held.p.items()} if held else None
            services = {name: bool(said) for name, said in held.s.items()} if held else None
            receipt = "r" * 32 if held and (any(held.p.values()) or any(held.s.values())) else None
            body = {"purposes": purposes, "services": services, "receipt": receipt, "expires": None}
            return JSONResponse(body, headers=_cors(request))
        if self.consent_status >= 400:
            return JSONResponse({"error": {"where": "$", "what": "No."}}, self.consent_status, headers=_cors(request))
        if request.method == "DELETE":
            self.withdrawals += 1
            self.subjects.append(request.query_params.get("subject", ""))
            purposes, services = dict.fromkeys(OPTIONAL, False), {}
        else:
            given = await request.json()
            self.consents.append(given)
            assert given["fingerprint"] == self.site.fingerprint
            purposes = {name: given["purposes"].get(name, False) for name in OPTIONAL}
            services = given["services"]
        answer = JSONResponse(
            {"receipt": {}, "purposes": purposes, "services": services, "expires": "2099-01-01T00:00:00Z"},
            200 if request.method == "DELETE" else 201,
            headers=_cors(request),
        )
        if self.sets_cookies:
            now = self.now()
            expires = int(months_after(now, 6))
            choice = Choice(
                p={name: int(said) for name, said in purposes.items()},
                s={name: int(said) for name, said in services.items()},
                f=self.site.fingerprint,
                d=int(now // 86_400),
                e=expires,
            )
            answer.headers.append("set-cookie", self.jar.set_choice(choice, now))
        return answer

    async def _opt_out(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(request))
        if request.method == "POST":
            self.opt_outs.append(await request.json())
            cookie = self.jar.set_optout(self.now())
        else:
            self.opt_outs.append(dict(request.query_params))
            cookie = self.jar.expire(self.jar.optout_name)
        answer = JSONResponse({"status": "done"}, self.opt_out_status, headers=_cors(request))
        if self.opt_out_status < 400:
            answer.headers.append("set-cookie", cookie)
        return answer

    async def _hit(self, request: Request) -> Response:
        if self.hit_status >= 500:
            return JSONResponse({"error": {"where": "$", "what": "Full."}}, self.hit_status, headers=_cors(request))
        body = await request.body()
        try:
            msgspec.json.decode(body, type=AnyMessage)
        except msgspec.ValidationError as error:
            self.wrong.append(f"{error}: {body.decode()}")
            return JSONResponse({"error": {"where": "$", "what": str(error)}}, 400, headers=_cors(request))
        self.hits.append(msgspec.json.decode(body))
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
