"""One chromium for all tests that look at pages, which are marked `chromium`; and the order in which files come.

Files with such tests come last: Playwright's synchronous API keeps an event loop running in the thread of the tests, beside
which no test of another file could start one of its own. Before that, and first among them, come the files that take
longest: `scripts/test` gives files to processes in this order, and none shall begin with a long one when the others end.

A test with pages that fails is run once more, and the summary says so: that a browser was given no processor for half a
minute, as happens on shared machines, is not what it is about.

And one PostgreSQL for the tests of the state on it. `STATE_ON=postgresql scripts/test tests/accounts` runs any tests that
open a state in their own process on it instead of SQLite.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from gateway.state.database import State
from tests import postgresql as real

# The same engine without windows, which cost more than what is in them: Debian has it as a package of its own.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
# How long is waited for what must come. A machine with much to do is slow, and what comes late is no failure.
PATIENCE_MS = 30_000

# Folders and files of half a minute and more, the longest first.
LONGEST = (
    "tests/running/test_matrix.py",
    "tests/faults/",
    "tests/erasure/",
    "tests/running/",
    "tests/rules/",
    "tests/reports/",
    "tests/warehouse/",
    "tests/cluster/",
    "tests/ledger/",
    "tests/stats/",
    "tests/matomo_api/",
)

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[real.PostgreSQL]:
    if reason := real.missing():
        pytest.skip(reason)
    server = real.PostgreSQL()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session", autouse=os.environ.get("STATE_ON") == "postgresql")
def state_on_postgresql(postgresql: real.PostgreSQL) -> Iterator[None]:
    """Each data directory has a database of its own, as it has a file of its own on SQLite."""
    opened = State.__init__

    def on_postgresql(self: State, url: str, data_dir: Path) -> None:
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:32]
        opened(self, url or postgresql.database(name), data_dir)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(State, "__init__", on_postgresql)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    with_pages = set()
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("chromium")
            item.add_marker(pytest.mark.flaky(reruns=1))
            with_pages.add(item.path)
    items.sort(key=lambda item: (item.path in with_pages, _rank(item.nodeid)))


def _rank(nodeid: str) -> int:
    return next((rank for rank, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))
