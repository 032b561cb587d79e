"""A ClickHouse cluster: each server has tables of its own, and beside them the tables and views over those of all.

The schema files make the servers' own tables, in the database `{database}_shard`. In `{database}`, which everything asks
and inserts into, a Distributed table of the same name and columns stands before each of them, and the views are those of the
schema files. So hits of one site and day, its visits and figures are on one server, and no statement knows of it.

What is published is on the first server alone: one insert publishes many days, and must not do so in part. Of a site's
consents each says which it follows, so they are together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import closing

from gateway.errors import MigrationError
from gateway.settings import Settings
from gateway.warehouse import nodes
from gateway.warehouse.connection import Warehouse

_DAY, _SITE, _FIRST = "cityHash64(site, day)", "cityHash64(site)", "0"
SHARDED_BY: Mapping[str, str] = {
    "hits": _DAY,
    "visits": _DAY,
    "facts": _DAY,
    "audience": _DAY,
    "tallies": _DAY,
    "consents": _SITE,
    "notices": _SITE,
    "checkpoints": _FIRST,
    "dead_letters": _FIRST,
    "rollups": _FIRST,
}
_VIEW = re.compile(
    r"(?:\s|--[^\n]*\n)*CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.IGNORECASE
)
_ENGINE = re.compile(r"\bENGINE = (\w*MergeTree)\b")


def replicated(statement: str) -> str:
    """A statement of the schema with engines that copy their rows, by the server's own macros and Keeper."""
    return _ENGINE.sub(r"ENGINE = Replicated\1", statement)


def distribute(settings: Settings, schema: Iterable[str]) -> None:
    """Make the tables and views over all servers, on each of them. `schema` is every statement of the schema, in order.

    May be repeated, also while others ask. Raises MigrationError, WarehouseUnavailable.
    """
    views: dict[str, str] = {}
    for statement in schema:
        found = _VIEW.match(statement)
        if found:
            views[found[1]] = statement  # the last one counts
    for url in settings.clickhouse.nodes:
        with closing(Warehouse(nodes.whole(settings, url))) as here:
            for table, key in SHARDED_BY.items():
                here.command(_table(settings, table, key))
            for statement in views.values():
                here.command(statement)


def refuse_distributed(warehouse: Warehouse) -> None:
    """Raises MigrationError where a cluster's tables would be taken for a single server's."""
    if _engine_of_hits(warehouse) == "Distributed":
        raise MigrationError(
            "This database is a cluster's: set clickhouse.cluster and clickhouse.nodes, or name another database."
        )


def refuse_own_tables(settings: Settings) -> None:
    """Raises MigrationError where a cluster would hide the tables of a single server."""
    for url in settings.clickhouse.nodes:
        with closing(Warehouse(nodes.whole(settings, url))) as here:
            engine = _engine_of_hits(here)
        if engine not in ("", "Distributed"):
            raise MigrationError(
                f"The database on {url} holds the tables of a single server: docs/cluster.md says how they move to a cluster."
            )


def _engine_of_hits(warehouse: Warehouse) -> str:
    found = warehouse.query("SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'hits'")
    return str(found[0]["engine"]) if found else ""


def _table(settings: Settings, table: str, key: str) -> str:
    own = nodes.shard_database(settings)
    cluster = settings.clickhouse.cluster  # settings hold names and nothing else: letters, digits, underscores
    return (
        f"CREATE OR REPLACE TABLE {table} AS {own}.{table} ENGINE = Distributed('{cluster}', '{own}', '{table}', {key})"
    )
