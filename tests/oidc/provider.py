"""A provider of log-ins by OpenID Connect on a real port, with real keys; it misbehaves where a test says so."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.clock import Clock

CLIENT, SECRET = "audience", "a secret: of the provider's making"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class FakeProvider:
    """`person` are the claims of who is logged in there; `claims` override those of the next ID token, None leaves one out."""

    issuer: str
    clock: Clock
    key: RSAKey
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    userinfo: dict[str, Any] | None = None
    signs_with: RSAKey | OctKey | None = None
    named: str = ""  # in its metadata, in place of the issuer
    away: bool = False
    silent: bool = False  # takes connections and does not answer
    asked: list[str] = field(default_factory=list)  # paths, in order
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    async def metadata(self, request: Request) -> Response:
        while self.silent:
            await asyncio.sleep(0.02)
        if self._is_away(request):
            return Response("<h1>Bad gateway</h1>", 502)
        here = self.issuer
        body = {
            "issuer": self.named or here,
            "authorization_endpoint": f"{here}/authorize?tenant=1",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
            "response_types_supported": ["code"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(body | ({"userinfo_endpoint": f"{here}/userinfo"} if self.userinfo else {}))

    async def keys(self, request: Request) -> Response:
        self._is_away(request)
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["client_id"], asked["response_type"], asked["tenant"]) == (CLIENT, "code", "1")
        assert asked["code_challenge_method"] == "S256" and asked["scope"] == "openid email"
        code = secrets.token_urlsafe(8) + "&+ü"
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def token(self, request: Request) -> Response:
        if self._is_away(request):
            return Response("", 503)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        form = await request.form()
        asked = self.codes.pop(str(form.get("code")), None)
        verifier = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": self._id_token(asked["nonce"]), "access_token": "at", "token_type": "Bearer"})

    async def about(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer at"
        self._is_away(request)
        return JSONResponse(self.userinfo)

    def _id_token(self, nonce: str) -> str:
        now = int(self.clock.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.person}
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        if self.algorithm == "none":
            return ".".join((*(_part(part) for part in ({"alg": "none"}, claims)), ""))
        key = self.signs_with or self.key
        header = {"alg": self.algorithm, "kid": key.kid or self.key.kid}
        return jwt.encode(header, claims, key, registry=JWSRegistry(algorithms=[self.algorithm]))

    def _is_away(self, request: Request) -> bool:
        self.asked.append(request.url.path)
        return self.away


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@contextlib.contextmanager
def providing(clock: Clock, host: str = "127.0.0.1") -> Iterator[FakeProvider]:
    """`host`: to a browser, localhost is another site than 127.0.0.1."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    one = FakeProvider(f"http://{host}:{listener.getsockname()[1]}/staff", clock, new_key("one"))
    app = Starlette(
        routes=[
            Route("/staff/.well-known/openid-configuration", one.metadata),
            Route("/staff/keys", one.keys),
            Route("/staff/authorize", one.authorize),
            Route("/staff/token", one.token, methods=["POST"]),
            Route("/staff/userinfo", one.about),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
