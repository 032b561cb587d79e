"""Whole tables as files, in ClickHouse's Native format under zstd: what one kind of ClickHouse wrote any other can read.

ClickHouse's own BACKUP needs a disk that the server's operator has configured and is unknown to the embedded one.

Rows are counted and copied as they will be once the engine has merged them (`final`): `tallies` adds rows of one key up when
it comes to it, and while a block is inserted, so that any other count is right for a moment only.
"""

from __future__ import annotations

import sys
from errno import EEXIST
from pathlib import Path
from typing import cast

from gateway.errors import GatewayError
from gateway.warehouse import statements
from gateway.warehouse.connection import TABLES as KNOWN
from gateway.warehouse.connection import Warehouse

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# `migrations` is written by the schema itself.
TABLES = sorted(KNOWN - {"migrations"})
ENDING = ".native.zst"

_HERE = Path(__file__).parent
_LEVEL = 3
# Blocks that were stored before, by another gateway, must not be taken for repetitions; imports span many months.
_LOADING: dict[str, object] = {"insert_deduplicate": 0, "max_partitions_per_insert_block": 0, "async_insert": 0}


def count(warehouse: Warehouse, table: str) -> int:
    return cast(int, warehouse.query(statements.read(_HERE, "dump_count"), {"table": table})[0]["rows"])


def migrations(warehouse: Warehouse) -> list[str]:
    """The schema files that were applied."""
    return [str(row["name"]) for row in warehouse.query(statements.read(_HERE, "dump_migrations"))]


def write(warehouse: Warehouse, table: str, path: Path) -> int:
    """Write all rows of a table to a new file; how many there are. Raises WarehouseUnavailable, OSError."""
    if path.exists():
        raise FileExistsError(EEXIST, "is there already", str(path))
    rows = count(warehouse, table)
    _write(warehouse, table, path)
    while (left := count(warehouse, table)) != rows:  # some ended by their TTL meanwhile
        path.unlink()
        rows = left
        _write(warehouse, table, path)
    return rows


def _write(warehouse: Warehouse, table: str, path: Path) -> None:
    if warehouse.embedded:
        warehouse.command(statements.read(_HERE, "dump_write"), {"table": table, "path": str(path.absolute())})
        path.chmod(0o600)
        return
    with (
        zstd.open(path, "xb", level=_LEVEL) as packing,
        warehouse.connected() as client,
    ):
        sql = statements.read(_HERE, "dump_read")
        with client.raw_stream(sql, parameters={"table": table}, fmt="Native") as stream:
            while block := stream.read(1 << 20):
                packing.write(block)
    path.chmod(0o600)


def load(warehouse: Warehouse, table: str, path: Path) -> int:
    """Put the rows of a file into an empty table; how many it then has. Raises GatewayError where it is not empty."""
    if count(warehouse, table):
        raise GatewayError(f"The table {table} has rows already: a restore overwrites nothing.")
    # What is past its term by now must not go while it is counted.
    warehouse.change(statements.read(_HERE, "dump_stop_ttl"), {"table": table})
    try:
        if warehouse.embedded:
            parameters = {"table": table, "path": str(path.absolute())}
            warehouse.command(statements.read(_HERE, "dump_load"), parameters, _LOADING)
        else:
            with path.open("rb") as file, warehouse.connected() as client:
                client.raw_insert(
                    table,
                    insert_block=file,
                    fmt="Native",
                    compression="zstd",
                    settings={**_LOADING, "wait_end_of_query": 1},
                )
        return count(warehouse, table)
    finally:
        warehouse.change(statements.read(_HERE, "dump_start_ttl"), {"table": table})
