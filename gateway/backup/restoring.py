"""Putting a backup back into an empty data directory and an empty warehouse; nothing is ever overwritten.

Every file is checked before anything is written. What visitors had erased since is erased again: tombstones of the backup,
and those of a `tombstones.jsonl` that outlived what was lost, are carried out anew before the gateway starts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from gateway.backup import manifest
from gateway.backup.manifest import Manifest
from gateway.backup.taking import FILES, FOLDERS, JOURNAL, KEYS, STATE, TABLES, state_file
from gateway.erasure.record import NAME as TOMBSTONES
from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.state.database import State
from gateway.state.tables import leases
from gateway.warehouse import dump
from gateway.warehouse.connection import Warehouse

UNFINISHED = "restore.unfinished"  # in the data directory from before the first file of it until everything is back

Progress = Callable[[str, int, int], None]


def prepare(settings: Settings, folder: Path, progress: Progress) -> Manifest:
    """Check the whole backup, and that there is room for it here. Raises GatewayError, and has then changed nothing."""
    found = manifest.read(folder)
    data = settings.data_dir
    state = state_file(settings)
    there = [data / name for name in (JOURNAL, KEYS, "clickhouse", *FILES, *FOLDERS)]
    if state is not None:
        there.append(state)
    for path in there:
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            raise GatewayError(f"{path} is there already: a restore overwrites nothing. Move it away first.")
    if found.state != (state is not None):
        there_is, wanted = ("SQLite", "PostgreSQL") if found.state else ("PostgreSQL", "SQLite")
        raise GatewayError(f"This backup is of a gateway with its state in {there_is}; state.url says {wanted}.")
    unknown = found.tables.keys() - set(dump.TABLES)
    if unknown:
        raise GatewayError(f"This backup has tables that this version does not know: {', '.join(sorted(unknown))}.")
    total = sum(file.bytes for file in found.files)
    done = 0
    for file in found.files:
        progress("checking", done, total)
        manifest.check(folder, file)
        done += file.bytes
    return found


def put_files(settings: Settings, folder: Path, found: Manifest, tombstones: Path | None) -> None:
    """The data directory as it was; `tombstones` is a record that outlived it, whose lines are added. On disk on return."""
    data = settings.data_dir
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / UNFINISHED).touch(mode=0o600)
    manifest.sync(data)
    for file in found.files:
        if file.path.startswith(f"{TABLES}/"):
            continue
        state = state_file(settings)
        target = state if file.path == STATE and state is not None else data / file.path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(folder / file.path, target)
        target.chmod(0o600)
        manifest.sync(target)
        manifest.sync(target.parent)
    if tombstones is not None:
        _add_lines(tombstones, data / TOMBSTONES)
    with closing(State(settings.state.url, data)) as opened, opened.begin() as connection:
        connection.execute(sa.delete(leases))  # their holders are no more


def finish(settings: Settings) -> None:
    """Everything is back, and what was erased is gone: the gateway may start."""
    (settings.data_dir / UNFINISHED).unlink()
    manifest.sync(settings.data_dir)


def require_whole(settings: Settings) -> None:
    """Raises GatewayError where a restore ended half-way: erased rows may be there, and others missing."""
    if (settings.data_dir / UNFINISHED).exists():
        raise GatewayError(
            f"A restore into {settings.data_dir} was not finished. Move it away, empty the database, and restore again."
        )


def put_tables(warehouse: Warehouse, folder: Path, found: Manifest) -> Iterator[tuple[str, int, int]]:
    """Progress as (table, rows done, rows in all). Raises GatewayError where the schema is another or rows are missing."""
    applied = dump.migrations(warehouse)
    if applied != found.migrations:
        raise GatewayError(
            f"The backup's schema ends with {_last(found.migrations)}, this version's with {_last(applied)}: restore it with "
            f"version {found.gateway} of the gateway, then upgrade."
        )
    for table in found.tables:
        if dump.count(warehouse, table):
            raise GatewayError(f"The table {table} has rows already: a restore overwrites nothing.")
    total, done = sum(found.tables.values()), 0
    for table, rows in found.tables.items():
        yield table, done, total
        stored = dump.load(warehouse, table, folder / TABLES / f"{table}{dump.ENDING}")
        if stored != rows:
            raise GatewayError(f"The table {table} has {stored} rows after the restore; the backup has {rows}.")
        done += rows
    yield "", done, total


def _add_lines(source: Path, target: Path) -> None:
    """Lines of both records, each once; a line torn by a crash is left out."""
    lines: dict[bytes, None] = dict.fromkeys(target.read_bytes().splitlines() if target.exists() else ())
    for line in source.read_bytes().splitlines():
        try:
            msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        lines[line] = None
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(line + b"\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def _last(names: list[str]) -> str:
    return names[-1] if names else "nothing"
