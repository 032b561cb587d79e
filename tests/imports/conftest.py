"""Imports store by what tests/warehouse holds on both kinds of ClickHouse; here the embedded one is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from tests.imports.importing import Importer
from tests.warehouse.worlds import Engine, world


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    directory = tmp_path_factory.mktemp("imports")
    anchor = Warehouse(Settings(data_dir=directory))  # keeps the database open from test to test
    yield Engine(directory)
    anchor.close()


@pytest.fixture
def importer(engine: Engine, tmp_path: Path) -> Iterator[Importer]:
    with world(engine) as fresh:
        one = Importer(fresh, tmp_path)
        yield one
        one.close()
