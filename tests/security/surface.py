"""Everything that a gateway answers, out of its own routing table, and who may ask: what the generated tests walk."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.accounts.principal import Principal, Role
from gateway.web import csrf
from gateway.web.auth import SESSION_COOKIE
from gateway.web.login import FORM_COOKIE
from gateway.web.routes import HotPaths
from tests.web.visitors import AGENT, Served

PASSWORD = "fourteen trombones"
HOT_METHODS = ("GET", "POST", "PUT", "DELETE")
FILLED = {
    "site": "1",
    "name": "main.js",
    "hash": "0" * 16,
    "chunk": "ui",
    "fingerprint": "0" * 64,
    "id": "1",
    "token": "x",
}
# What a route asks for before it looks at who asks.
_REPORTING = "?module=API&method=VisitsSummary.get&idSite=1&period=day&date=today"
QUERIES = {"GET /index.php": _REPORTING, "POST /index.php": _REPORTING, "POST /": _REPORTING}
_OF_SITE = "?site=1"
JSON_BODIES = {"PUT /v1/subjects/{id}/consent": '{"site":1}', "POST /v1/subjects/{id}/token": '{"site":1}'}


class Way(NamedTuple):
    """One method of one route. `line` is how the tables of the tests name it."""

    method: str
    path: str  # as /openapi.json writes it

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        filled = re.sub(r"\{(\w+)\}", lambda found: FILLED.get(found[1], "1"), self.path)
        return filled + QUERIES.get(self.line, _OF_SITE if "/subjects/" in self.path else "")


def ways(gateway: Served) -> list[Way]:
    """All of them; hot paths with every method, since they look at it themselves."""
    found: list[Way] = []
    layer: Any = gateway._app
    while not isinstance(layer, Starlette):
        if isinstance(layer, HotPaths):
            found += [Way(method, path) for path in layer._hot for method in HOT_METHODS]
        layer = layer.app
    for route in layer.routes:
        assert isinstance(route, Route), f"{route} is no plain route: teach tests/security/surface.py to walk it"
        path = re.sub(r"\{(\w+)(?::\w+)?\}", r"{\1}", route.path)
        found += [Way(method, path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


class Actor(NamedTuple):
    """Somebody with a session, a token, or neither."""

    session: str = ""
    token: str = ""

    def ask(self, gateway: Served, way: Way, **headers: str) -> httpx.Response:
        """The request as the gateway's own page would make it, with what forms need to be taken."""
        if way.line == "POST /login":
            return Actor()._ask(
                gateway, way, f"&name=viewer&password={PASSWORD}", headers
            )  # a new session for whoever knows
        return self._ask(gateway, way, "", headers)

    def _ask(self, gateway: Served, way: Way, more: str, headers: dict[str, str]) -> httpx.Response:
        secret = self.session or "nobody"
        sent = {"user-agent": AGENT, "accept": "*/*", "sec-fetch-site": "same-origin", "origin": gateway.url}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        else:
            sent["cookie"] = f"{FORM_COOKIE}={secret}" + (f"; {SESSION_COOKIE}={self.session}" if self.session else "")
        body = ""
        if way.method != "GET" and way.path.startswith("/v1/"):
            body, sent["content-type"] = JSON_BODIES.get(way.line, "{}"), "application/json"
            sent["x-csrf-token"] = csrf.token(secret)
        elif way.method != "GET":
            body, sent["content-type"] = f"csrf={csrf.token(secret)}{more}", "application/x-www-form-urlencoded"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return gateway.request(way.method, way.address, sent, body.encode())


def actors(gateway: Served) -> dict[str, Actor]:
    """One of each kind; "elsewhere" is of site 2, all others of site 1 where their role is for sites."""
    accounts = gateway.gateway.accounts
    found = {"nobody": Actor()}
    people = {
        "viewer": Principal("viewer", Role.VIEWER, frozenset({1})),
        "viewer elsewhere": Principal("viewer2", Role.VIEWER, frozenset({2})),
        "editor": Principal("editor", Role.EDITOR, frozenset({1})),
        "editor elsewhere": Principal("editor2", Role.EDITOR, frozenset({2})),
        "dpo": Principal("dpo", Role.DPO),
        "admin": Principal("chief", Role.ADMIN),
    }
    for name, person in people.items():
        accounts.create_user(person, PASSWORD, by="test")
        found[name] = Actor(session=accounts.login(person.user, PASSWORD, "192.0.2.0"))
    programs = {
        "viewer token": Principal("t1", Role.VIEWER, frozenset({1})),
        "dpo token": Principal("t2", Role.DPO),
        "admin token": Principal("t3", Role.ADMIN),
        "subjects token": Principal("t4", Role.SUBJECTS, frozenset({1})),
        "subjects token elsewhere": Principal("t5", Role.SUBJECTS, frozenset({2})),
        "tracking token": Principal("t6", Role.TRACKING, frozenset({1})),
    }
    for name, program in programs.items():
        found[name] = Actor(token=accounts.create_token(program, by="test"))
    return found
