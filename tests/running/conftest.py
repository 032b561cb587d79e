"""No gateway outlives the tests that started it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running.gateways import STARTED


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    yield
    for process in list(STARTED):
        process.kill()
        process.wait()
