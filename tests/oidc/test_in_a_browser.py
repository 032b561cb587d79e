"""The button and the way there and back in a real browser, with a provider that is another site to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from gateway.accounts.principal import Principal, Role
from gateway.accounts.provider import REST_SECONDS
from gateway.app import Gateway
from gateway.clock import FrozenClock
from gateway.settings import Oidc, Settings
from tests.oidc.provider import CLIENT, SECRET, FakeProvider, providing
from tests.oidc.test_oidc import ANN, NAME
from tests.web.test_audience_pages import axe, fits
from tests.web.visitors import SHOP, START

pytestmark = pytest.mark.chromium


class Pair(NamedTuple):
    url: str
    clock: FrozenClock
    provider: FakeProvider


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A gateway and its provider, both on real ports."""
    with socket.socket() as listener, providing(FrozenClock(START), "localhost") as provider:
        listener.bind(("127.0.0.1", 0))
        settings = Oidc(
            issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, label="Staff login", link_by_email=True
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        clock = FrozenClock(START)
        folder = tmp_path_factory.mktemp("oidc")
        gateway = Gateway(Settings(data_dir=folder, public_url=url, oidc=settings, sites=(SHOP,)), clock=clock)
        ann = Principal(NAME, Role.VIEWER, frozenset({1}))
        gateway.accounts.create_user(ann, "correct horse battery", by="test")
        config = uvicorn.Config(gateway.application(), log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield Pair(url, clock, provider)
        server.should_exit = True
        thread.join(10)
        gateway.geography.close()
        gateway.state.close()


@pytest.mark.parametrize(("scheme", "width", "locale"), [("light", 1280, "en-IE"), ("dark", 360, "de-AT")])
def test_by_keyboard_there_and_back(chromium: Browser, pair: Pair, scheme: Any, width: int, locale: str) -> None:
    provider = pair.provider
    provider.person = dict(ANN)
    context = chromium.new_context(
        color_scheme=scheme,
        locale=locale,
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
        bypass_csp=True,  # for axe alone; the way there is taken under the policy
    )
    page = context.new_page()
    provider.away = True
    page.goto(f"{pair.url}/login/oidc")
    german = locale.startswith("de")
    alert = "Staff login antwortet nicht." if german else "Staff login does not answer."
    expect(page.get_by_role("alert")).to_contain_text(alert)
    assert axe(page) == [] and fits(page)
    context.close()
    provider.away = False
    pair.clock.advance(timedelta(seconds=REST_SECONDS + 1))

    context = chromium.new_context(color_scheme=scheme, locale=locale, viewport={"width": width, "height": 800})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{pair.url}/account")
    expect(
        page.get_by_role("link", name="Mit Staff login anmelden" if german else "Log in with Staff login")
    ).to_be_visible()
    for _ in range(3):  # from the name, over the password and the form's own button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{pair.url}/account")
    expect(page.locator("main")).to_contain_text(NAME)
    context.close()
    assert problems == []
