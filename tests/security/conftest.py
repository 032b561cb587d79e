from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from tests.security.surface import Actor, actors
from tests.web.visitors import SHOP, Served, served

OTHER = msgspec.structs.replace(SHOP, id=2, name="Other", domains=("other.example",), main_url="https://other.example/")


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two sites, nothing in them, and no warehouse: what reads in it is answered 503."""
    with served(tmp_path_factory.mktemp("security"), SHOP, OTHER) as one:
        yield one


@pytest.fixture(scope="session")
def people(gateway: Served) -> dict[str, Actor]:
    return actors(gateway)
