"""/openapi.json tells of every route, and what the gateway really answers is what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from gateway.accounts.principal import Principal, Role
from gateway.reports.dimensions import DIMENSIONS, METRICS
from gateway.web import shapes, stats_query
from gateway.web.openapi import document, errors_of, served
from gateway.web.public_api import OPERATIONS
from gateway.web.routes import HOT_PATHS, HotPaths
from tests.web.visitors import AGENT, Browser, Served
from tests.web.visitors import served as serving

# What is a page, a form of a page, or a script and so needs no description for programs.
PAGES = {
    "/", "/login", "/login/code", "/logout", "/language", "/sites/{site}", "/sites/{site}/consent", "/sites/{site}/live",
    "/sites/{site}/dimensions", "/sites/{site}/funnels", "/sites/{site}/retention", "/assets/dashboard/{name}",
    "/requests", "/requests/{id}", "/sites/figures", "/login/oidc", "/login/oidc/callback",
    "/ledger", "/ledger/verification", "/retention", "/audit", "/audit.csv", "/users", "/users/{id}", "/account",
    "/invitation/{secret}", "/banner/{site}", "/do-not-sell/{site}", "/do-not-sell/{site}/allow",
    "/privacy/{site}", "/privacy/{site}/cookies", "/privacy/{site}/visits", "/privacy/{site}/erase", "/gateway.js",
    "/gateway/{site}.js", "/gateway.{hash}.js", "/gateway-{chunk}.{hash}.js", "/matomo.js",
    "/piwik.js", "/sites/{site}/shares", "/sites/{site}/shares/{share}/revoke", "/share/{token}", "/share/{token}/figures",
    "/sites/{site}/letters", "/sites/{site}/letters/{letters}/remove", "/letters/stop/{token}", "/letters/confirm/{token}",
    "/sites/{site}/banner", "/sites/{site}/banner/words", "/sites/{site}/banner/preview",
}  # fmt: skip
FINGERPRINT = "x" * 64


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("openapi")) as one:
        yield one


@pytest.fixture(scope="module")
def described(gateway: Served) -> dict[str, Any]:
    answer = gateway.request("GET", "/openapi.json", {"host": "evil.example"})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    found: dict[str, Any] = answer.json()
    return found


def routing(gateway: Served) -> tuple[set[str], list[BaseRoute]]:
    """The hot paths and the other routes of a gateway, out of the layers of its application."""
    hot: set[str] = set()
    layer: Any = gateway._app
    while not isinstance(layer, Starlette):
        hot |= set(layer._hot) if isinstance(layer, HotPaths) else set()
        layer = layer.app
    return hot, layer.routes


def test_every_route_is_described_or_a_page(gateway: Served, described: dict[str, Any]) -> None:
    hot, pages = routing(gateway)
    told = {(method, path) for path, methods in described["paths"].items() for method in methods}
    routes = served(pages)
    assert {(method, path) for method, path in routes - told if path not in PAGES} == set()
    assert told - routes == {(each.method, each.path) for each in OPERATIONS if each.path in HOT_PATHS}
    assert hot == set(HOT_PATHS) <= set(described["paths"])
    assert {path for _, path in routes} >= PAGES


def test_a_route_that_nobody_described_is_found() -> None:
    """What the test above relies on: an operation is told of only where a route serves it, and the other way round."""
    assert document("http://x", [], [])["paths"] == {}
    assert list(document("http://x", [], ["/v1/hit"])["paths"]) == ["/v1/hit"]


def test_the_description_is_sound(described: dict[str, Any]) -> None:
    """OpenAPI 3.1: references lead somewhere, parameters of paths are declared once, names are unique."""
    assert described["openapi"] == "3.1.0" and described["servers"] == [{"url": "https://privacy.shop.example"}]
    schemas = described["components"]["schemas"]
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(described)))
    assert references == {f"#/components/schemas/{name}" for name in schemas}
    for name, schema in schemas.items():
        assert re.fullmatch("[A-Za-z0-9._-]+", name)
        assert schema.get("description") or "enum" in schema, name
    operations = [(path, operation) for path, methods in described["paths"].items() for operation in methods.values()]
    names = [operation["operationId"] for _, operation in operations]
    assert len(names) == len(set(names))
    for path, operation in operations:
        declared = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"]
        assert declared == re.findall(r"\{(\w+)\}", path)
        assert operation["summary"] and all(answer["description"] for answer in operation["responses"].values())
        for requirement in operation.get("security", []):
            assert set(requirement) <= set(described["components"]["securitySchemes"])


def test_the_filter_and_its_friends_are_told(described: dict[str, Any]) -> None:
    operation = described["paths"]["/v1/stats/{site}"]["get"]
    told = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(told) == {"site", *stats_query.PARAMETERS} - {"token_auth"}
    assert told["dimension"]["schema"]["enum"] == sorted(DIMENSIONS)
    assert told["metrics"]["schema"]["items"]["enum"] == sorted(METRICS) and told["metrics"]["explode"] is False
    assert told["compare"]["schema"] == {"enum": ["previous", "range", "year"]}
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/csv"}
    assert operation["security"] == [{"bearer": []}, {"token_auth": []}, {"session": []}]


def hold(template: str, answer: Any, status: int) -> Any:
    """The answer's JSON, once it is exactly what the type says: nothing missing, nothing more."""
    assert answer.status_code == status, answer.text
    method = answer.request.method.lower()
    (operation,) = [each for each in OPERATIONS if (each.method, each.path) == (method, template)]
    type_ = shapes.Error if status in errors_of(operation) else operation.answers[status]
    body = answer.json()
    assert json.loads(msgspec.json.encode(msgspec.json.decode(answer.content, type=type_))) == body
    return body


def test_answers_to_visitors_are_as_described(gateway: Served) -> None:
    browser = Browser(gateway)
    notice = hold("/v1/sites/{site}/notice", browser.get("/v1/sites/1/notice?language=fr"), 200)
    hold("/v1/sites/{site}/notice", browser.get("/v1/sites/1/notice?minor=true"), 200)
    hold("/v1/sites/{site}/notice", browser.get("/v1/sites/99/notice"), 400)
    hold("/v1/notices/{fingerprint}", browser.get(f"/v1/notices/{notice['notice']}"), 200)
    hold("/v1/notices/{fingerprint}", browser.get(f"/v1/notices/{FINGERPRINT}"), 404)
    hit = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
    refused = hold("/v1/hit", browser.post("/v1/hit", hit), 200)
    assert refused == {"status": "refused", "reason": "no_choice"}
    assert hold("/v1/hit", browser.post("/v1/hit", {**hit, "url": 5}), 400)["error"]["where"] == "$.url"
    hold("/v1/consent", browser.get("/v1/consent?site=1"), 200)
    hold("/v1/consent", browser.answer({"analytics": True}), 201)
    assert hold("/v1/consent", browser.get("/v1/consent?site=1"), 200)["purposes"]["analytics"] is True
    assert hold("/v1/hit", browser.post("/v1/hit", hit), 202) == {"status": "identified"}
    hold("/v1/consent", browser.send("DELETE", "/v1/consent?site=1"), 200)
    hold("/v1/opt-out", browser.post("/v1/opt-out", {"site": 1, "what": "sale"}), 200)
    hold("/v1/opt-out", browser.send("DELETE", "/v1/opt-out?site=1&what=sale"), 200)
    hold("/v1/opt-out", browser.post("/v1/opt-out", {"site": 1, "what": "nothing"}), 400)


def test_answers_to_servers_and_operators_are_as_described(gateway: Served) -> None:
    token = gateway.gateway.accounts.create_token(Principal("test", Role.ADMIN), by="test")
    headers = {"authorization": f"Bearer {token}", "user-agent": AGENT}

    def send(method: str, path: str, body: object = None) -> Any:
        return gateway.request(method, path, headers, b"" if body is None else json.dumps(body).encode())

    customer = "/v1/subjects/{id}/consent"
    hold(customer, send("GET", "/v1/subjects/ada/consent?site=1"), 200)
    hold(customer, send("PUT", "/v1/subjects/ada/consent", {"site": 1, "objected": True}), 200)
    hold(customer, gateway.request("GET", "/v1/subjects/ada/consent?site=1", {}), 401)
    hold("/v1/subjects/{id}/token", send("POST", "/v1/subjects/ada/token", {"site": 1, "seconds": 60}), 201)
    entered = hold("/v1/requests", send("POST", "/v1/requests", {"site": 1, "kind": "access"}), 201)
    one = f"/v1/requests/{entered['id']}"
    hold("/v1/requests/{id}", send("GET", one), 200)
    hold("/v1/requests/{id}/extend", send("POST", f"{one}/extend", {"reason": "many"}), 200)
    hold("/v1/requests/{id}/answer", send("POST", f"{one}/answer", {"result": "granted"}), 200)
    listed = hold("/v1/requests", send("GET", "/v1/requests?stage=answered"), 200)["requests"]
    assert {"access"} <= {each["kind"] for each in listed}
    hold("/v1/ledger/verify", send("GET", "/v1/ledger/verify"), 200)
    hold("/healthz", send("GET", "/healthz"), 200)
    hold("/readyz", send("GET", "/readyz"), 200)
    hold("/.well-known/gpc.json", send("GET", "/.well-known/gpc.json"), 200)
    hold("/v1/stats/{site}", send("GET", "/v1/stats/1?filter=country"), 400)
