"""The warehouse's schema: numbered files, applied once each, in order, never edited afterwards.

Files are `schemas/clickhouse/NNNN_name.sql`. Each statement must bear being run twice (IF NOT EXISTS and the like): a
crash between a file and its record runs it again.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.exceptions import Error as DriverError

from gateway.errors import GatewayError, MigrationError, WarehouseUnavailable
from gateway.settings import Settings
from gateway.warehouse import cluster, nodes
from gateway.warehouse.connection import Warehouse

_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:\\.|''|[^'\\])*'|`(?:\\.|[^`\\])*`|\"(?:\\.|[^\"\\])*\"|;", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|\s+", re.DOTALL)

_CREATE_RECORD = """
CREATE TABLE IF NOT EXISTS migrations
(version UInt32, name String, sha256 String, applied DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1, non_replicated_deduplication_window = 1000
"""
_TABLE_EXISTS = 57
_LOCK_BEAT = 1.0  # seconds between signs of life of whoever holds the lock
_LOCK_SILENCE = 10.0  # without one for so long, its holder is dead
_LOCK_PATIENCE = 240.0


class _File(NamedTuple):
    version: int
    name: str
    text: str
    sha256: str


def schema_directory() -> Path:
    """Where the schema files are: inside the package once installed, at the root in a checkout."""
    installed = Path(__file__).parents[1] / "schemas" / "clickhouse"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "schemas" / "clickhouse"


def migrate(warehouse: Warehouse, settings: Settings, directory: Path | None = None) -> list[str]:
    """Apply what is missing; the names of the files applied now.

    Safe for several processes starting at once on one server. Raises MigrationError where an applied file was edited
    or is missing, WarehouseUnavailable where the warehouse does not answer.
    """
    files = _read(directory or schema_directory())
    if not settings.clickhouse.cluster:
        if not settings.embedded:
            cluster.refuse_distributed(warehouse)
        return _apply(files, warehouse, settings)
    cluster.refuse_own_tables(settings)
    done: set[str] = set()
    for shard in warehouse.shards:
        done |= {*_apply(files, shard, settings)}
    with closing(Warehouse(nodes.whole(settings, settings.clickhouse.nodes[0]))) as first, _locked(first):
        cluster.distribute(settings, (statement for file in files for statement in statements(file.text)))
    return sorted(done)


def _apply(files: Sequence[_File], warehouse: Warehouse, settings: Settings) -> list[str]:
    """Apply what one server lacks."""
    # The embedded database belongs to this process alone, so a lock could only be one left by a crash.
    with nullcontext() if settings.embedded else _locked(warehouse):
        warehouse.command(_CREATE_RECORD)
        applied = {
            str(row["name"]): str(row["sha256"])
            for row in warehouse.query("SELECT name, any(sha256) AS sha256 FROM migrations GROUP BY name ORDER BY name")
        }
        _compare(files, applied)
        done: list[str] = []
        for file in files:
            if file.name in applied:
                continue
            for statement in statements(file.text):
                try:
                    warehouse.command(cluster.replicated(statement) if settings.clickhouse.replicated else statement)
                except DatabaseError as error:
                    raise MigrationError(f"{file.name} failed: {error}") from error
            warehouse.command(
                "INSERT INTO migrations (version, name, sha256)"
                " SELECT {version:UInt32}, {name:String}, {sha256:String}",
                {"version": file.version, "name": file.name, "sha256": file.sha256},
            )
            done.append(file.name)
        return done


def statements(text: str) -> list[str]:
    """The statements of a file: separated by semicolons that stand in no string and no comment."""
    parts: list[str] = []
    begin = 0
    for token in _TOKEN.finditer(text):
        if token.group() == ";":
            parts.append(text[begin : token.start()])
            begin = token.end()
    parts.append(text[begin:])
    return [part.strip() for part in parts if _COMMENT.sub("", part)]


def _read(directory: Path) -> list[_File]:
    files: list[_File] = []
    for path in sorted(directory.glob("*.sql")):
        match = _NAME.match(path.name)
        if match is None:
            raise MigrationError(f"{path.name}: a schema file is named NNNN_name.sql.")
        body = path.read_bytes()
        files.append(_File(int(match[1]), path.name, body.decode(), hashlib.sha256(body).hexdigest()))
    if not files:
        raise MigrationError(f"No schema files in {directory}.")
    versions = [file.version for file in files]
    if versions != list(range(1, len(files) + 1)):
        raise MigrationError(f"The schema files are not numbered 0001 to {len(files):04d} without a gap.")
    return files


def _compare(files: Sequence[_File], applied: dict[str, str]) -> None:
    known = {file.name: file.sha256 for file in files}
    for name, sha256 in applied.items():
        if name not in known:
            raise MigrationError(
                f"{name} was applied to this database and is missing here: it was made by another or a newer version."
            )
        if known[name] != sha256:
            raise MigrationError(f"{name} was edited after it had been applied: restore it and add a new file instead.")


@contextmanager
def _locked(warehouse: Warehouse) -> Iterator[None]:
    """Hold the migration lock: a table, because creating one is atomic on every kind of server.

    Whoever holds it adds a row every second. One that stays silent has lost its holder, or its server, whose end empties
    the table: who waits for it takes it away.
    """
    give_up = time.monotonic() + _LOCK_PATIENCE
    heard, last = time.monotonic(), None
    while not _create_lock(warehouse):
        found = warehouse.query(
            "SELECT toString(uuid) AS lock, total_rows AS beats FROM system.tables"
            " WHERE database = currentDatabase() AND name = 'migration_lock'"
        )
        if found != last:
            heard, last = time.monotonic(), found
        elif found and time.monotonic() - heard > _LOCK_SILENCE:
            warehouse.command("DROP TABLE IF EXISTS migration_lock SYNC")
        elif time.monotonic() > give_up:
            raise MigrationError("Another process has held the migration lock for too long.")
        time.sleep(0.2)
    done = threading.Event()
    beating = threading.Thread(target=_beat, args=(warehouse, done), name="migration lock", daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()
        warehouse.command("DROP TABLE IF EXISTS migration_lock SYNC")


def _beat(warehouse: Warehouse, done: threading.Event) -> None:
    while not done.wait(_LOCK_BEAT):
        # A server that is away takes the migration with it, which says so.
        with suppress(GatewayError, DriverError):
            warehouse.command("INSERT INTO migration_lock VALUES (1)")


def _create_lock(warehouse: Warehouse) -> bool:
    try:
        warehouse.command("CREATE TABLE migration_lock (held UInt8) ENGINE = Memory")
    except WarehouseUnavailable as error:
        if getattr(error.__cause__, "code", None) == _TABLE_EXISTS:
            return False
        raise
    return True
