"""Two ClickHouse servers as one cluster, and one alone beside them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clickhouse_server import ClickHouseServer
from tests.cluster.clusters import CLUSTER, PASSWORD, Cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    servers = [ClickHouseServer(directory / f"server{number}", password=PASSWORD) for number in (1, 2)]
    for server in servers:
        server.join(CLUSTER, servers)
        server.start()
    yield Cluster(directory, servers)
    for server in servers:
        server.stop()
