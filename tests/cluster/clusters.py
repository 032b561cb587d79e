"""Databases on a cluster of servers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from gateway.settings import Settings
from gateway.warehouse import nodes
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from tests.clickhouse_server import ClickHouseServer
from tests.warehouse.worlds import Engine, World

CLUSTER = "pair"
PASSWORD = "of-the-cluster"
_numbers = itertools.count(1)


class Cluster:
    def __init__(self, directory: Path, servers: Sequence[ClickHouseServer]) -> None:
        self.directory = directory
        self.servers = servers

    @property
    def engine(self) -> Engine:
        """The first server alone."""
        return Engine(self.directory, self.servers[0].url)

    def settings(self, database: str = "") -> Settings:
        alone = Engine(self.directory, self.servers[0].url).settings(user="gateway", password=PASSWORD)
        clickhouse = structs.replace(
            alone.clickhouse,
            database=database or f"spread_{next(_numbers)}",
            cluster=CLUSTER,
            nodes=tuple(server.url for server in self.servers),
        )
        return structs.replace(alone, clickhouse=clickhouse)

    @contextmanager
    def world(self) -> Iterator[World]:
        """A migrated database on all servers."""
        settings = self.settings()
        warehouse = Warehouse(settings)
        try:
            migrate(warehouse, settings)
            yield World(settings, warehouse)
        finally:
            warehouse.close()
            for url in settings.clickhouse.nodes:
                for one in (nodes.whole(settings, url), nodes.shard(settings, url)):
                    there = Warehouse(one)
                    there.command("DROP DATABASE IF EXISTS {name:Identifier}", {"name": one.clickhouse.database})
                    there.close()
