"""The servers of a cluster, each as settings of its own: with the tables that are on it, or with those over all of them."""

from __future__ import annotations

from msgspec import structs

from gateway.settings import Settings

_SHARD = "_shard"


def shard(settings: Settings, url: str) -> Settings:
    """One server's own tables, in a database beside the cluster's."""
    return _at(settings, url, shard_database(settings))


def whole(settings: Settings, url: str) -> Settings:
    """The cluster's tables, asked for at one server and nowhere else."""
    return _at(settings, url, settings.clickhouse.database)


def shard_database(settings: Settings) -> str:
    return settings.clickhouse.database + _SHARD


def _at(settings: Settings, url: str, database: str) -> Settings:
    one = structs.replace(settings.clickhouse, url=url, database=database, cluster="", nodes=())
    return structs.replace(settings, clickhouse=one)
