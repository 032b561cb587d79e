"""Clients of the Tracking API, each with its own way of sending the same parameters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from gateway.accounts.principal import Principal, Role
from gateway.hits import Basis
from tests.web.visitors import AGENT, Browser, Served

FORM = "application/x-www-form-urlencoded; charset=utf-8"
ORIGIN = "https://shop.example"
PAGE = {"idsite": "1", "rec": "1", "url": "https://shop.example/a"}

Parameters = Mapping[str, str]


class Tracker:
    def __init__(self, gateway: Served) -> None:
        self.gateway = gateway
        self._seen = 0
        self._tokens: dict[str, str] = {}
        self.browser = Browser(gateway)

    def begin(self) -> None:
        self.browser = Browser(self.gateway)
        self._seen = len(self.gateway.rows("hits"))

    def rows(self) -> list[dict[str, Any]]:
        """What was recorded since the test began, or since this was last asked."""
        rows = self.gateway.rows("hits")
        new, self._seen = rows[self._seen :], len(rows)
        return new

    def token(self, role: Role = Role.TRACKING, site: int | None = 1, basis: Basis = Basis.COOKIELESS) -> str:
        name = f"{role} {site} {basis}"
        if name not in self._tokens:
            sites = None if site is None else frozenset({site})
            accounts = self.gateway.gateway.accounts
            self._tokens[name] = accounts.create_token(Principal(name, role, sites, basis), by="test")
        return self._tokens[name]

    def send(self, **parameters: str) -> httpx.Response:
        """One page view of site 1, but for what `parameters` say otherwise; a GET, as an image is asked for."""
        return self.browser.get(f"/matomo.php?{urlencode({**PAGE, **parameters})}")

    def hit(self, **parameters: str) -> dict[str, Any]:
        """The one row that this recorded."""
        answer = self.send(**parameters)
        assert answer.status_code == 200, answer.text
        (row,) = self.rows()
        return row

    def bulk(self, *requests: object, content_type: str = "application/json", **more: object) -> httpx.Response:
        body = json.dumps({"requests": requests, **more}).encode()
        return self.browser.send("POST", "/matomo.php", body, content_type=content_type, origin=ORIGIN)


def image(tracker: Tracker, parameters: Parameters) -> httpx.Response:
    return tracker.browser.get(f"/matomo.php?{urlencode(parameters)}")


def beacon(tracker: Tracker, parameters: Parameters) -> httpx.Response:
    """navigator.sendBeacon of matomo.js: everything in the query, the body empty."""
    return tracker.browser.send("POST", f"/matomo.php?{urlencode(parameters)}", content_type=FORM, origin=ORIGIN)


def form(tracker: Tracker, parameters: Parameters) -> httpx.Response:
    return tracker.browser.send("POST", "/piwik.php", urlencode(parameters).encode(), content_type=FORM, origin=ORIGIN)


def split(tracker: Tracker, parameters: Parameters) -> httpx.Response:
    """Half in the query; the body says something else of it, and loses."""
    names = sorted(parameters)
    query = urlencode({name: parameters[name] for name in names[::2]})
    body = urlencode({**parameters, **dict.fromkeys(names[::2], "loses")}).encode()
    return tracker.browser.send("POST", f"/matomo.php?{query}", body, content_type=FORM, origin=ORIGIN)


def text(tracker: Tracker, parameters: Parameters) -> httpx.Response:
    """A beacon that names no form."""
    body = urlencode(parameters).encode()
    return tracker.browser.send("POST", "/js/tracker.php", body, content_type="text/plain;charset=UTF-8", origin=ORIGIN)


Transport = Callable[[Tracker, Parameters], httpx.Response]
TRANSPORTS: tuple[Transport, ...] = (image, beacon, form, split, text)

__all__ = ["AGENT", "FORM", "ORIGIN", "PAGE", "TRANSPORTS", "Tracker", "Transport", "beacon", "image"]
