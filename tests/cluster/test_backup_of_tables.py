"""Tables that are spread over a cluster come back whole, on a cluster and on one server."""

from __future__ import annotations

from pathlib import Path

from gateway.warehouse import dump
from tests.cluster.clusters import PASSWORD, Cluster
from tests.warehouse.worlds import World, at, days_before, make_hit, world


def rows(one: World, table: str) -> list[str]:
    return sorted(str(row) for row in one.warehouse.query("SELECT * FROM {table:Identifier}", {"table": table}))


def test_spread_tables_come_back(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.world() as spread:
        spread.store([make_hit(at(days_before(day), "10:00"), path=f"/{day}") for day in range(1, 9)])
        spread.rollup.run(full=True)
        files = {table: tmp_path / f"{table}{dump.ENDING}" for table in dump.TABLES}
        counts = {table: dump.write(spread.warehouse, table, path) for table, path in files.items()}
        assert counts["hits"] == 8 and counts["visits"]
        held = {table: rows(spread, table) for table in files}
    with cluster.world() as again, world(cluster.engine, user="gateway", password=PASSWORD) as alone:
        for target in (again, alone):
            assert {table: dump.load(target.warehouse, table, path) for table, path in files.items()} == counts
            assert {table: rows(target, table) for table in files} == held
