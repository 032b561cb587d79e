"""The warehouse: ClickHouse inside this process (chDB) or a ClickHouse server over HTTP, behind one small class."""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.exceptions import Error as DriverError
from urllib3.exceptions import HTTPError

from gateway.errors import ReportTooLarge, RowsRejected, WarehouseUnavailable
from gateway.settings import Settings
from gateway.warehouse import nodes
from gateway.warehouse.codes import BUG_CODES, LIMIT_CODES, ROW_CODES

TABLES = frozenset(
    {
        "hits",
        "consents",
        "checkpoints",
        "notices",
        "dead_letters",
        "visits",
        "facts",
        "audience",
        "rollups",
        "tallies",
        "migrations",
    }
)

_INSERT_SETTINGS: dict[str, object] = {
    "async_insert": 0,
    "wait_end_of_query": 1,
    "input_format_skip_unknown_fields": 1,
    "max_partitions_per_insert_block": 1000,
}
_JSON_SETTINGS: dict[str, object] = {"output_format_json_quote_64bit_integers": 0}
# Over a cluster's tables: a subquery is answered once and its rows sent to the servers, and an insert has reached them
# when it is answered.
_CLUSTER_SETTINGS: dict[str, object] = {"distributed_product_mode": "global", "distributed_foreground_insert": 1}
_IDLE_CLIENTS = 8


class Warehouse:
    """One ClickHouse, whichever kind, or a cluster. Every call blocks and may come from any thread.

    The embedded database lives in `data_dir/clickhouse` and opens here; a server is connected on first use, and again
    whenever it went away, so that its absence never keeps the gateway from starting. Raises WarehouseUnavailable where
    the embedded one cannot be opened, be it that another process has it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.clickhouse
        self._embedded = settings.embedded
        self._path = settings.data_dir / "clickhouse"
        self._idle: list[Client] = []
        self._lock = threading.Lock()
        self._prepared = False
        self._closed = False
        # Where the rows are: here, or on each server of a cluster.
        self.shards: tuple[Warehouse, ...] = (self,)
        if settings.clickhouse.cluster:
            self.shards = tuple(Warehouse(nodes.shard(settings, url)) for url in settings.clickhouse.nodes)
        self.is_behind = False  # while a server's schema is brought up to date: what is asked may not be there yet
        if self._embedded:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            self._path.mkdir(mode=0o700, exist_ok=True)
            self._path.chmod(0o700)
            self._open_embedded()

    def insert(self, table: str, lines: Sequence[bytes], token: str) -> None:
        """Store rows, each one JSON object without newline; durable when this returns.

        Rows already stored under the same token are not stored again. At most 50,000 rows. Raises RowsRejected where
        the rows themselves are at fault, WarehouseUnavailable for everything else (then sending again is right).
        """
        if table not in TABLES:
            raise ValueError(f"no such table: {table!r}")
        if not lines:
            return
        block = b"\n".join(lines)
        settings = {**_INSERT_SETTINGS, "insert_deduplication_token": token}
        with self._client() as client:
            try:
                if self._embedded:
                    # Not raw_insert, which would leave visitors' rows in a file of the system's temp folder on a crash.
                    client.command(f"INSERT INTO {table} FORMAT JSONEachRow", data=block, settings=settings)
                else:
                    client.raw_insert(table, insert_block=block, fmt="JSONEachRow", settings=settings)
            except UnicodeDecodeError as error:
                raise RowsRejected("A row is not valid UTF-8.") from error
            except ClickHouseError as error:
                code = error.code if isinstance(error, DriverError) else None
                if code in ROW_CODES:
                    raise RowsRejected(f"The warehouse cannot read these rows (ClickHouse code {code}).") from error
                raise

    @property
    def embedded(self) -> bool:
        return self._embedded

    def connected(self) -> AbstractContextManager[Client]:
        """A connection for what the other methods do not cover (whole tables as streams); errors come out as theirs do."""
        return self._client()

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> list[dict[str, object]]:
        """The rows of a SELECT, each column name → value; `{name:Type}` in the SQL takes `parameters[name]`."""
        with self._asking() as client:
            result = client.query(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))
            return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]

    def lines(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[bytes]:
        """The rows of a SELECT as JSON objects, for decoding straight into a type; 64-bit integers are numbers."""
        with self._asking() as client:
            body = client.raw_query(sql, parameters=dict(parameters or {}), settings=_JSON_SETTINGS, fmt="JSONEachRow")
        return body.splitlines()

    def command(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> None:
        """Run a statement that answers no rows."""
        with self._client() as client:
            client.command(sql, parameters=dict(parameters or {}) or None, settings=dict(settings or {}))

    def change(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run a DELETE or UPDATE wherever rows are. What some servers of a cluster did before one failed, they bear again."""
        for shard in self.shards:
            shard.command(sql, parameters)

    def ping(self) -> bool:
        """True where the warehouse answers now."""
        try:
            return bool(self.query("SELECT 1 AS one"))
        except WarehouseUnavailable:
            return False

    def close(self) -> None:
        """Let go of every connection; the embedded database is then free for another process."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for client in idle:
            client.close()
        for shard in self.shards:
            if shard is not self:
                shard.close()

    def _open_embedded(self) -> None:
        """Open the database, or say plainly why not."""
        # Asked first because the database would write a complaint of its own to standard error.
        owner = _owner(self._path)
        if owner not in (None, os.getpid()):
            raise _taken(self._path)
        try:
            with self._client():
                pass
        except WarehouseUnavailable as error:
            if _owner(self._path) is not None:
                raise _taken(self._path) from error
            reason = str(error.__cause__ or error).splitlines()[0][:300]
            raise WarehouseUnavailable(f"The database in {self._path} cannot be opened: {reason}") from error

    @contextmanager
    def _asking(self) -> Iterator[Client]:
        """A connection for a SELECT. A table or column that is not there is a bug, but not while the schema is behind."""
        try:
            with self._client() as client:
                yield client
        except DriverError as error:
            if self.is_behind:
                raise WarehouseUnavailable("The schema of the warehouse is being brought up to date.") from error
            raise

    @contextmanager
    def _client(self) -> Iterator[Client]:
        """A connection of this caller's own for the length of the block. Driver errors come out as the gateway's."""
        try:
            client = self._take()
            try:
                yield client
            except (DriverError, HTTPError, OSError) as error:
                if getattr(error, "code", None) is None:
                    self._discard(client)
                else:
                    self._give_back(client)
                raise
            except BaseException:
                self._give_back(client)
                raise
            self._give_back(client)
        except DriverError as error:
            if error.code in BUG_CODES:
                raise
            if error.code in LIMIT_CODES:
                raise ReportTooLarge("This needs more memory or time than is allowed.", retry_after=10) from error
            detail = f"ClickHouse code {error.code}" if error.code is not None else "no answer"
            raise WarehouseUnavailable(f"The warehouse is unavailable ({detail}).") from error
        except (HTTPError, OSError) as error:
            raise WarehouseUnavailable("The warehouse is unavailable (no answer).") from error

    def _take(self) -> Client:
        with self._lock:
            if self._closed:
                raise WarehouseUnavailable("The warehouse is closed.")
            if self._idle:
                return self._idle.pop()
        client = self._connect()
        try:
            self._prepare(client)
            client.database = self._settings.database
        except BaseException:
            client.close()
            raise
        return client

    def _give_back(self, client: Client) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _IDLE_CLIENTS:
                self._idle.append(client)
                return
        client.close()

    def _discard(self, client: Client) -> None:
        # The others were opened to the same server and are most likely dead too.
        with self._lock:
            idle, self._idle = self._idle, []
        for dead in (client, *idle):
            dead.close()

    def _prepare(self, client: Client) -> None:
        """Make the database where it is missing, once; a user without that right may find it made already."""
        with self._lock:
            if self._prepared:
                return
        known = client.query(
            "SELECT 1 FROM system.databases WHERE name = {name:String}", parameters={"name": self._settings.database}
        )
        if not known.result_rows:
            client.command(
                "CREATE DATABASE IF NOT EXISTS {name:Identifier}", parameters={"name": self._settings.database}
            )
        with self._lock:
            self._prepared = True

    def _connect(self) -> Client:
        common: dict[str, object] = {"async_insert": 0, **(_CLUSTER_SETTINGS if self._settings.cluster else {})}
        if self._embedded:
            # Memory is unbounded by default, and a laptop wants one core for the web server.
            return clickhouse_connect.get_client(
                interface="chdb",
                path=str(self._path),
                chdb_options={"max_server_memory_usage": str(self._memory_limit())},
                settings={**common, "max_threads": max(1, (os.cpu_count() or 2) - 1)},
                tz_mode="aware",
            )
        url = urlsplit(self._settings.url)
        secure = url.scheme == "https"
        return clickhouse_connect.get_client(
            interface="https" if secure else "http",
            host=url.hostname or "localhost",
            port=url.port or (8443 if secure else 8123),
            username=self._settings.user,
            password=self._settings.password,
            connect_timeout=self._settings.connect_timeout,
            send_receive_timeout=self._settings.insert_timeout,
            settings=common,
            autogenerate_session_id=False,
            tz_mode="aware",
        )

    def _memory_limit(self) -> int:
        if self._settings.max_memory_bytes:
            return self._settings.max_memory_bytes
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4


def _owner(path: Path) -> int | None:
    """The process that holds the embedded database in `path`, 0 where it does not say; None where nobody does."""
    try:
        with (path / "status").open("rb") as status:
            try:
                fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                named = re.search(rb"PID: (\d+)", status.read(4096))
                return int(named[1]) if named else 0
    except OSError:
        pass
    return None


def _taken(path: Path) -> WarehouseUnavailable:
    return WarehouseUnavailable(
        f"Another gateway is running on this data directory ({path.parent}). Stop it first, or set data_dir to another one."
    )
