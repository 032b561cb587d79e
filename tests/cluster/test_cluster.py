"""A cluster of two servers says what one alone says, to the last figure, and loses nothing when one of them dies."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import add_months
from gateway.consent.pruning import prune
from gateway.consent.record import Method
from gateway.errors import MigrationError, WarehouseUnavailable
from gateway.reports.dimensions import DIMENSIONS
from gateway.reports.run import MAX_LIMIT, StatsQuery
from gateway.warehouse import cluster as spreading
from gateway.warehouse import nodes, retention
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate, schema_directory, statements
from tests.cluster.clusters import Cluster
from tests.erasure.erasures import Erasures, figures
from tests.ledger.ledgers import KEYS, Writer, record, verdict
from tests.reports.golden import GOLDEN, HITS, SITE
from tests.stats import recount
from tests.warehouse.worlds import TODAY, World, at, days_before, make_hit, world

EVERY = bool(os.environ.get("EVERY_ENGINE"))
FILTERS = ("", "country==FR", "page=@a;device!=phone", "country==DE,country==FR;actions>1", "referrer_type!=direct")


@pytest.fixture(scope="module")
def spread(cluster: Cluster) -> Iterator[World]:
    """The golden data set over both servers, sent twice as after an answer that was lost."""
    with cluster.world() as here:
        for _ in range(2):
            here.store(HITS, "golden")
        here.rollup.run()
        yield here


def rows(warehouse: Warehouse, table: str) -> int:
    return int(str(warehouse.query("SELECT count() AS rows FROM {table:Identifier}", {"table": table})[0]["rows"]))


def test_the_golden_figures(spread: World) -> None:
    """Those of a month that no other tells apart; all of them with EVERY_ENGINE=1."""
    cases = [case for case in GOLDEN if EVERY or case.first.month == 5]
    found = {
        case.name: spread.reports.run(
            StatsQuery(site=SITE, first=case.first, last=case.last, metrics=tuple(case.expected))
        ).totals
        for case in cases
    }
    assert len(cases) > 5 and found == {case.name: case.expected for case in cases}


def test_each_server_has_a_part_and_a_day_is_on_one_of_them(spread: World) -> None:
    days = [
        {(row["site"], row["day"]) for row in shard.query("SELECT DISTINCT site, day FROM hits")}
        for shard in spread.warehouse.shards
    ]
    assert all(days) and not days[0] & days[1]
    for table in ("hits", "visits", "audience"):
        parts = [rows(shard, table) for shard in spread.warehouse.shards]
        assert all(parts) and sum(parts) == rows(spread.warehouse, table), table
    for row in retention.report(spread.warehouse, spread.settings, spread.clock):
        assert row["rows"] == rows(spread.warehouse, str(row["table"]))
        assert (row["bytes"] != 0) == (row["rows"] != 0)


def test_any_report_is_that_of_a_single_server(cluster: Cluster) -> None:
    order = random.Random(11)
    hits = [hit for visit in recount.audience(seed=5) for hit in visit.hits()]
    order.shuffle(hits)
    late = hits[: len(hits) // 10]
    with cluster.world() as here, world(cluster.engine) as alone:
        for there in (here, alone):
            there.store(hits[len(late) :])
            there.rollup.run()
            there.store(late)
            there.rollup.run()
        for dimension in ("", *(sorted(DIMENSIONS) if EVERY else order.sample(sorted(DIMENSIONS), 8))):
            span = sorted(recount.FIRST + timedelta(days=order.randrange(recount.DAYS)) for _ in range(2))
            query = StatsQuery(
                site=1, first=span[0], last=span[1], dimension=dimension, filter=order.choice(FILTERS), limit=MAX_LIMIT
            )
            assert here.reports.run(query) == alone.reports.run(query), query


def test_who_is_erased_is_on_no_server(cluster: Cluster, tmp_path: Path) -> None:
    order = random.Random(3)
    came = [
        make_hit(at(days_before(order.randrange(1, 7)), f"{order.randrange(24):02}:00"), visitor=visitor, anon=visitor)
        for visitor in (1, 2, 3)
        for _ in range(12)
    ]
    with cluster.world() as here, world(cluster.engine) as other:
        there = Erasures(here, tmp_path)
        there.accept(came)
        there.deliver()
        there.rollup.run()
        there.tombstones.erase(1, [2])
        there.finish()
        assert there.count([2]) == {"hits": 0, "visits": 0, "facts": 0, "dead_letters": 0}
        other.store([hit for hit in came if hit.visitor != 2])
        other.rollup.run()
        assert figures(there.reports, days_before(8)) == figures(other.reports, days_before(8))
        there.close()


def test_retention_and_the_ledger_reach_every_server(cluster: Cluster) -> None:
    with cluster.world() as here:
        here.store([make_hit(at(days_before(day), "10:00")) for day in range(1, 9)])
        here.rollup.run()
        writers = [Writer(here.warehouse) for _ in range(2)]
        for number, writer in enumerate(writers):
            writer.write([record(number, Method.REJECT_ALL), record(number + 2)])
        assert verdict(here.warehouse, *(writer.last for writer in writers)).whole
        for shard in here.warehouse.shards:
            shard.command("SYSTEM STOP TTL MERGES hits")
        here.clock.move_to(at(add_months(TODAY, 13), "12:00"))
        retention.enforce(here.warehouse, here.settings, here.clock)
        assert [rows(shard, "hits") for shard in here.warehouse.shards] == [0, 0]
        assert prune(here.warehouse, here.clock, KEYS) == 2
        found = verdict(here.warehouse, *(writer.last for writer in writers))
        assert (found.whole, found.rows, found.pruned) == (True, 2, 2), found.flaws


def test_a_server_that_dies_is_waited_for_and_nothing_is_lost_or_twice(cluster: Cluster) -> None:
    hits = [make_hit(at(days_before(day), "10:00")) for day in range(1, 9)]
    query = StatsQuery(site=1, first=days_before(8), last=TODAY)
    with cluster.world() as here:
        here.store(hits[:4], "before")
        here.rollup.run()
        cluster.servers[1].kill()
        try:
            with pytest.raises(WarehouseUnavailable):
                here.store(hits, "during")
            with pytest.raises(WarehouseUnavailable):
                here.reports.run(query)
        finally:
            cluster.servers[1].start()
        here.store(hits, "during")
        here.rollup.run()
        assert rows(here.warehouse, "hits") == 4 + len(hits)
        assert here.reports.run(query).totals["pageviews"] == len(hits)  # the first four have ids of clients


def test_a_single_servers_database_is_not_hidden_and_a_clusters_not_taken_apart(cluster: Cluster) -> None:
    with world(cluster.engine) as alone:
        settings = cluster.settings(database=alone.settings.clickhouse.database)
        warehouse = Warehouse(settings)
        with pytest.raises(MigrationError, match=r"docs/cluster\.md"):
            migrate(warehouse, settings)
        warehouse.close()
        for url in settings.clickhouse.nodes:
            there = Warehouse(nodes.whole(settings, url))
            there.command(
                "DROP DATABASE IF EXISTS {name:Identifier}", {"name": settings.clickhouse.database + "_shard"}
            )
            there.close()
    with cluster.world() as here:
        settings = nodes.whole(here.settings, cluster.servers[0].url)
        warehouse = Warehouse(settings)
        with pytest.raises(MigrationError, match=r"clickhouse\.nodes"):
            migrate(warehouse, settings)
        warehouse.close()
        assert migrate(here.warehouse, here.settings) == []  # and a second start finds everything there


def test_replicated_tables_are_those_of_the_schema_with_another_engine() -> None:
    """The servers of these tests have no Keeper: what is sent to one that has is looked at as text."""
    engines = []
    for file in sorted(schema_directory().glob("*.sql")):
        for statement in statements(file.read_text()):
            changed = spreading.replicated(statement)
            if "ENGINE = " in statement:
                engines.append(changed.partition("ENGINE = ")[2].split()[0])
            assert changed.replace("ENGINE = Replicated", "ENGINE = ") == statement
    assert set(engines) == {"ReplicatedMergeTree", "ReplicatedSummingMergeTree(count)"}
