"""The state database: SQLite in the data directory by default, PostgreSQL by URL for several hosts."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import GatewayError
from gateway.state import (  # noqa: F401 - their tables are made with the others
    access,
    banner_drafts,
    identities,
    imports,
    mail_reports,
    notes,
    outbox,
    runs,
    saved,
    shares,
    subjects,
    tombstones,
)
from gateway.state.tables import metadata

_MAKING = 0x6761746577617901  # names the lock under which tables are made: "gateway", 1
# For how long a server is waited for that has gone without a word. As libpq names them: seconds, tcp_user_timeout milliseconds.
_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class State:
    """Opens the database and makes what is missing. Calls block: from async code run them in a thread.

    `url` is SQLAlchemy's; empty means `state.sqlite` in `data_dir`. Raises GatewayError where it cannot be opened.
    """

    def __init__(self, url: str, data_dir: Path) -> None:
        if not url:
            place = str(data_dir / "state.sqlite")
            url = f"sqlite:///{place}"
        else:
            place = "of state.url"
        on_sqlite = url.startswith("sqlite")
        self.engine = sa.create_engine(
            url,
            pool_pre_ping=not on_sqlite,
            connect_args={} if on_sqlite else _patience(url),
            hide_parameters=True,  # in no log: among them are salts, hashes of passwords and names
        )
        sa.event.listen(self.engine, "connect", _prepare_sqlite if on_sqlite else _prepare_postgresql)
        try:
            self._make_missing()
        except sa.exc.DBAPIError as error:
            self.engine.dispose()
            reason = (str(error.orig).splitlines() or ["no reason given"])[0].rstrip(".")
            raise GatewayError(
                f"The state database {place} cannot be opened: {reason}. "
                "See that it can be reached and written to, or put back a copy of it."
            ) from error
        if self.engine.dialect.name == "sqlite" and self.engine.url.database:
            Path(self.engine.url.database).chmod(0o600)

    def _make_missing(self) -> None:
        if metadata.tables.keys() <= set(sa.inspect(self.engine).get_table_names()):
            return
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                # Its driver begins none by itself for these statements: each would be synced to the disk on its own.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                # Several workers and hosts start at the same time: the second finds what the first has made.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING)))
            metadata.create_all(connection)

    def begin(self) -> AbstractContextManager[sa.Connection]:
        """A transaction: committed at the end of the block, rolled back where it raises."""
        return self.engine.begin()

    def insert_or_ignore(self, connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
        """Insert a row unless its primary key is taken; True where it was inserted."""
        make = sqlite.insert if self.engine.dialect.name == "sqlite" else postgresql.insert
        statement = make(table).values(**values).on_conflict_do_nothing()
        # Of an insert, unlike an update, SQLAlchemy keeps the count only where it is told to: without, PostgreSQL's is -1.
        return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1

    def close(self) -> None:
        self.engine.dispose()


def _patience(url: str) -> dict[str, Any]:
    """What the URL does not say itself."""
    return {name: value for name, value in _PATIENCE.items() if name not in sa.make_url(url).query}


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.autocommit = True  # else it ends with a transaction that is rolled back
    connection.execute("SET lock_timeout = '5s'")
    connection.autocommit = False


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
