"""Fixtures: a test that asks for `engine` or `here` runs on chDB and on a ClickHouse server alike.

chDB is ClickHouse, so of the folders in ON_ONE, which ask many questions and store as the others do, only EVERY_ENGINE=1
runs the server's half: they would double a run that is long already.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from tests.clickhouse_server import ClickHouseServer
from tests.warehouse.worlds import Engine, World, world

ON_ONE = frozenset({"erasure", "ledger", "matomo_api", "reports", "rules", "stats"})
# Files of other folders of which the same is true.
FILES_ON_ONE = frozenset({"test_rollup", "test_retention"})


@pytest.fixture(scope="module", params=["chdb", "server"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    on_one = request.path.parent.name in ON_ONE or request.path.stem in FILES_ON_ONE
    if request.param == "server" and on_one and not os.environ.get("EVERY_ENGINE"):
        pytest.skip("the server's half runs with EVERY_ENGINE=1")
    directory = tmp_path_factory.mktemp("engine")
    if request.param == "server":
        with ClickHouseServer(directory / "server") as server:
            yield Engine(directory, server.url)
        return
    # chDB opens one directory per process: this connection keeps it open from test to test.
    anchor = Warehouse(Settings(data_dir=directory))
    yield Engine(directory)
    anchor.close()


@pytest.fixture
def here(engine: Engine) -> Iterator[World]:
    """A fresh database."""
    with world(engine) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def shared(engine: Engine) -> Iterator[World]:
    """A database for the whole module: its tests use sites or days of their own."""
    with world(engine) as fresh:
        yield fresh
