"""What every page loads (policy, gates, the JS API), and all of it with the dialogs and their texts, stays small."""

from __future__ import annotations

import brotli
import httpx

from gateway.demo.site import SHOP
from gateway.sites.catalog import ServedSite
from gateway.web.script import EmbeddedScript
from tests.browser.fake_gateway import FakeGateway

# Bytes, as brotli.
MOST_AT_FIRST = 5_000
MOST_IN_ALL = 12_000


def test_a_first_page_view_and_everything_with_the_dialogs_stay_within_their_budgets(fake: FakeGateway) -> None:
    script = EmbeddedScript(fake.url)
    fake.site, fake.texts = ServedSite(SHOP), {}  # with the partner, to whom it sells
    first = len(brotli.compress(script.of_site(fake.site, fake.notices.words(fake.site, "en")).body))
    dialogs = len(brotli.compress(script.chunks["ui"].body))
    notice = len(brotli.compress(httpx.get(f"{fake.url}/v1/sites/1/notice").content))
    print(f"first {first}, dialogs {dialogs}, notice {notice} bytes")
    assert first <= MOST_AT_FIRST
    assert first + dialogs + notice <= MOST_IN_ALL
