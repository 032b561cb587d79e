"""Waiting for hits as the gateway gets them, those of a page that is gone included."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

TAGGED = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
{head}<script src="{gateway}/gateway/1.js" {attributes} defer></script></head><body>{body}</body></html>"""


def tagged(website: Website, fake: FakeGateway, attributes: str = "", body: str = "", head: str = "") -> str:
    """The address of a page whose script has these attributes."""
    return website.whole_page(
        TAGGED.format(gateway=fake.url, attributes=attributes, body=body, head=head), policy="", name=""
    )


def until(found: Callable[[], bool], visitor: Visitor) -> None:
    deadline = time.monotonic() + 15
    while not found() and time.monotonic() < deadline:
        visitor.page.wait_for_timeout(30)
    assert found(), ([hit["type"] for hit in visitor.hits], visitor.noise)


def arrived(fake: FakeGateway, visitor: Visitor, number: int, *, attention: bool = False) -> list[dict[str, Any]]:
    """All hits so far, but for attention and how the page was loaded, which come when they come."""

    def found() -> list[dict[str, Any]]:
        return [hit for hit in fake.hits if attention or hit["type"] != "engagement"]

    until(lambda: len(found()) >= number, visitor)
    assert len(found()) == number, found()
    return found()
