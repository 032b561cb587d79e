"""A gateway as it runs, with a few rows in its ledger and one user and API token of each role."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.clock import SystemClock
from gateway.settings import Dashboard, Settings
from gateway.state.database import State
from tests.running.gateways import SITE, RunningGateway
from tests.web.harness import QUICK, csrf_of

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
USERS = (Role.VIEWER, Role.EDITOR, Role.DPO, Role.ADMIN)
NAMES = {"id = 1": "id = 2", '"Shop"': '"Hill <b>Blog</b>"', ', "localhost"': "", "shop.example": "hill.example"}


class Office:
    """A gateway with one user of each role, and their API tokens."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.gateway = gateway
        self.state = State("", gateway.data)
        self.accounts = Accounts(self.state, Settings(dashboard=Dashboard()), SystemClock(), hasher=QUICK)
        self.tokens = {}
        for role in USERS:
            sites = frozenset({1}) if role.limited_to_sites else None
            self.accounts.create_user(Principal(role.value + "-ann", role, sites), PASSWORD, by="tests")
            self.tokens[role] = self.accounts.create_token(Principal(role.value, role, sites), by="tests")

    def client(self, role: Role | None) -> httpx.Client:
        """A browser that is logged in, or nobody's."""
        cookies = {}
        if role is not None:
            cookies = {"gw_session": self.accounts.login(role.value + "-ann", PASSWORD, "192.0.2.0")}
        return httpx.Client(base_url=self.gateway.url.replace("127.0.0.1", "localhost"), cookies=cookies, timeout=30)

    def api(self, role: Role) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        return httpx.Client(base_url=self.gateway.url, headers=headers, timeout=30)

    def noted(self, action: Action) -> list[tuple[str, int | None, str]]:
        return [(one.user, one.site, one.detail) for one in self.accounts.audit.latest(500) if one.action is action]

    def enter(self, client: httpx.Client, **fields: str) -> httpx.Response:
        token = csrf_of(client.get("/requests"))
        form = {"csrf": token, "site": "1", "kind": "access", "came": "email", "received": "", **fields}
        return client.post("/requests", data=form)

    def verified(self, client: httpx.Client) -> dict[str, object]:
        """What a verification that goes on found."""
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            state = client.get("/v1/ledger/verify").json()
            if state["running"] is None and state["last"] is not None:
                found: dict[str, object] = state["last"]
                return found
            time.sleep(0.05)
        raise AssertionError("no verdict in a minute")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with RunningGateway(tmp_path_factory.mktemp("gateway"), config=second_site()) as gateway:
        answers(gateway)
        office = Office(gateway)
        yield office
        office.state.close()


def second_site() -> str:
    text = SITE
    for old, new in NAMES.items():
        text = text.replace(old, new)
    return text


def answers(gateway: RunningGateway) -> None:
    """Three rows of the ledger: a refusal on each site, an objection on the first."""
    with httpx.Client(base_url=gateway.url, headers={"origin": "http://localhost:9000"}) as visitor:
        for site in (1, 2):
            policy = visitor.get(f"/v1/sites/{site}/notice").json()["policy"]
            body = {"site": site, "purposes": {}, "fingerprint": policy, "method": "reject_all"}
            answer = visitor.post(
                "/v1/consent", json=body, headers={"origin": f"http://{'shop' if site == 1 else 'hill'}.example"}
            )
            assert answer.status_code == 201, answer.text
        objection = {"site": 1, "what": "analytics"}
        assert visitor.post("/v1/opt-out", json=objection, headers={"origin": "http://shop.example"}).status_code == 200
    gateway.wait_delivered()
