"""A register on a clock that stands still, for a shop in Dublin and one in Los Angeles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from gateway.clock import FrozenClock
from gateway.consent.requests import Register
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from tests.web.harness import make_site

DUBLIN, CALIFORNIA = 1, 2


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


@pytest.fixture
def catalog() -> Catalog:
    west = structs.replace(make_site(CALIFORNIA, "Pier Shop"), timezone="America/Los_Angeles")
    return Catalog([make_site(DUBLIN, "Harbour Shop"), west])


@pytest.fixture
def register(state: State, clock: FrozenClock, catalog: Catalog) -> Register:
    return Register(state, clock, catalog)
