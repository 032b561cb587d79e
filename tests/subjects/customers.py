"""The site's own server, which knows its customers, and the pages that it gives them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx

from gateway.accounts.principal import Principal, Role
from tests.web.visitors import Browser, Served

OPTIONAL = ("payment-fraud", "analytics", "adverts", "media")
YES = dict.fromkeys(OPTIONAL, True)
NO = dict.fromkeys(OPTIONAL, False)
ANN = "ann@shop.example"


class Server:
    """Speaks with an API token that reaches `site` alone."""

    def __init__(self, gateway: Served, site: int = 1) -> None:
        self.gateway = gateway
        self.site = site
        shop = Principal(f"shop {site}", Role.SUBJECTS, frozenset({site}))
        self.bearer = gateway.gateway.accounts.create_token(shop, by="tests")

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.bearer}", "accept-language": "de", **headers}
        return self.gateway.request(method, path, sent, b"" if body is None else json.dumps(body).encode())

    def held(self, customer: str = ANN) -> dict[str, Any]:
        answer = self.send("GET", f"{path_of(customer)}/consent?site={self.site}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def put(self, customer: str = ANN, **body: object) -> httpx.Response:
        return self.send("PUT", f"{path_of(customer)}/consent", {"site": self.site, **body})

    def answer(self, purposes: dict[str, bool], customer: str = ANN, **more: object) -> httpx.Response:
        """The customer looked at the notice in the customer area, and answered it there."""
        notice = self.send("GET", f"/v1/sites/{self.site}/notice").json()
        return self.put(customer, purposes=purposes, fingerprint=notice["policy"], notice=notice["notice"], **more)

    def token(self, customer: str = ANN, **more: object) -> str:
        answer = self.send("POST", f"{path_of(customer)}/token", {"site": self.site, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def erase(self, customer: str = ANN) -> httpx.Response:
        return self.send("DELETE", f"{path_of(customer)}?site={self.site}")


class Device(Browser):
    """A browser; `subject` is the token in its pages, "" while nobody is logged in."""

    subject = ""

    def look(self) -> dict[str, Any]:
        return self.notice(f"?subject={self.subject}" if self.subject else "")

    def held(self) -> dict[str, Any]:
        answer = self.get("/v1/consent?site=1" + (f"&subject={self.subject}" if self.subject else ""))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def say(self, purposes: dict[str, bool], **more: object) -> httpx.Response:
        """Look at the notice, then answer it."""
        seen = self.look()
        body = {"site": 1, "purposes": purposes, "fingerprint": seen["policy"], "notice": seen["notice"], **more}
        return self.post("/v1/consent", {**body, **self._who()})

    def withdraw(self) -> httpx.Response:
        return self.send("DELETE", "/v1/consent?site=1" + (f"&subject={self.subject}" if self.subject else ""))

    def opt_out(self, what: str = "sale") -> httpx.Response:
        return self.post("/v1/opt-out", {"site": 1, "what": what, **self._who()})

    def opt_in(self) -> httpx.Response:
        query = f"&subject={self.subject}" if self.subject else ""
        return self.send("DELETE", f"/v1/opt-out?site=1&what=sale{query}")

    def _who(self) -> dict[str, str]:
        return {"subject": self.subject} if self.subject else {}


def path_of(customer: str) -> str:
    return f"/v1/subjects/{quote(customer, safe='')}"
