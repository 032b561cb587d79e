"""`GET /openapi.json`: the public routes described (OpenAPI 3.1), from the routing table, public_api.py and the types.

Schemas and their descriptions are those of the msgspec types and their docstrings, so that they cannot say something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway import __version__
from gateway.web import shapes
from gateway.web.auth import SESSION_COOKIE
from gateway.web.public_api import OPERATIONS, Operation, Who

_LOGGED_IN = ("bearer", "token_auth", "session")
_SECURITY = {
    Who.ANYONE: (),
    Who.READER: _LOGGED_IN,
    Who.EVIDENCE: _LOGGED_IN,
    Who.EVIDENCE_IN_HEADER: ("bearer",),
    Who.WRITER: ("bearer", "session"),
    Who.EDITOR: ("bearer", "session"),
    Who.KEEPER: ("bearer",),
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API token."},
    "token_auth": {"type": "apiKey", "in": "query", "name": "token_auth", "description": "An API token, as in Matomo."},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "A session of the dashboard."},
}
_IN_PATH = re.compile(r"\{(\w+)(?::(\w+))?\}")
_HEADERS = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}


def routes(base_url: str, others: Sequence[BaseRoute], hot: Iterable[str]) -> list[Route]:
    """`others` and `hot` are all routes besides this one."""

    @cache
    def body() -> bytes:
        return msgspec.json.encode(document(base_url, [*others, route], hot))

    async def openapi(_request: Request) -> Response:
        return Response(body(), media_type="application/json", headers=_HEADERS)

    route = Route("/openapi.json", openapi, methods=["GET"])
    return [route]


def served(routes: Iterable[BaseRoute]) -> set[tuple[str, str]]:
    """Method and path of every route, as OpenAPI writes them."""
    return {
        (method.lower(), _IN_PATH.sub(r"{\1}", route.path))
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


def document(base_url: str, routes: Iterable[BaseRoute], hot: Iterable[str]) -> dict[str, Any]:
    """The whole description. An operation of the table that no route serves is left out."""
    found, paths = served(routes), frozenset(hot)
    operations = [each for each in OPERATIONS if (each.method, each.path) in found or each.path in paths]
    types = [type_ for operation in operations for type_ in _types(operation)]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    named = dict(zip(types, schemas, strict=True))
    described: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described.setdefault(operation.path, {})[operation.method] = _described(operation, named)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Consent and audience gateway", "version": __version__},
        "servers": [{"url": base_url}],
        "paths": described,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }


def _types(operation: Operation) -> list[Any]:
    answers = [each for answer in operation.answers.values() for each in _several(answer) if not isinstance(each, str)]
    body = [operation.body] if operation.body else []
    return [*answers, *body, *(parameter.type for parameter in operation.parameters), shapes.Error, int, str]


def _described(operation: Operation, named: Mapping[Any, Any]) -> dict[str, Any]:
    word = re.sub(r"\W+", "_", operation.path.replace(".", "_")).strip("_")
    described: dict[str, Any] = {
        "operationId": f"{operation.method}_{word or 'root'}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [*_in_path(operation.path, named), *_in_query(operation, named)],
        "responses": {
            **{str(status): _answer(status, what, named) for status, what in operation.answers.items()},
            **{str(status): _answer(status, operation.told, named) for status in errors_of(operation)},
        },
    }
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": named[operation.body]}},
        }
    if operation.who is not Who.ANYONE:
        described["security"] = [{scheme: []} for scheme in _SECURITY[operation.who]]
    return described


def _in_path(path: str, named: Mapping[Any, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": named[int if name == "site" else str]}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _in_query(operation: Operation, named: Mapping[Any, Any]) -> list[dict[str, Any]]:
    found = []
    for parameter in operation.parameters:
        schema = {"type": "string", "enum": sorted(parameter.values)} if parameter.values else named[parameter.type]
        told = {
            "name": parameter.name,
            "in": "query",
            "description": parameter.what,
            "required": parameter.required,
            "schema": schema,
        }
        if parameter.several:
            told |= {"schema": {"type": "array", "items": schema}, "style": "form", "explode": False}
        found.append(told)
    return found


def errors_of(operation: Operation) -> list[int]:
    """The statuses that an error of this operation may have."""
    takes = operation.parameters or operation.body or "{" in operation.path
    errors = {*operation.errors, 400} if takes else {*operation.errors}
    if operation.who is not Who.ANYONE:
        errors |= {401, 403}
    if operation.body:
        errors.add(413)
    if "{" in operation.path:  # what is no number of a site leads nowhere
        errors.add(404)
    return sorted(errors - operation.answers.keys())


def _answer(status: int, what: Any, named: Mapping[Any, Any]) -> dict[str, Any]:
    """What is said of it is the first paragraph of the type's docstring."""
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    for each in _several(what):
        if isinstance(each, str):
            # JSON that has no type here may be anything.
            answer.setdefault("content", {})[each] = {"schema": {} if "json" in each else {"type": "string"}}
            continue
        if isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not shapes.Error:
            answer["description"] = (each.__doc__ or "").partition("\n\n")[0]
        answer.setdefault("content", {})["application/json"] = {"schema": named[each]}
    return answer


def _several(what: Any) -> tuple[Any, ...]:
    if what is None:
        return ()
    return what if isinstance(what, tuple) else (what,)
