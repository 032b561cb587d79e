"""Taking a backup beside a gateway that works: hits and consents are taken all the while.

Under `Hold` nothing goes from the journal to the warehouse and no job rewrites it, so together the two hold every
acknowledged row once. In this order:
    the ledger's published heads first    they vouch for rows, all of which are then in what follows
    the keys, tombstones, small files
    the state database                    SQLite's own online copy
    the journal                           the same for each segment and its delivery notes
    the warehouse's tables                while new rows go on into the journal, not into the copy
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from gateway import __version__
from gateway.backup import manifest
from gateway.backup.manifest import Manifest
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.journal.hold import Hold
from gateway.settings import Settings
from gateway.warehouse import dump
from gateway.warehouse.connection import Warehouse

PATIENCE = 60.0  # seconds for delivery to come to rest
KEYS = "keys"
# As they lie in the data directory; what is not there is left out.
FILES = ("journal.id", "policies.json", "tombstones.jsonl")
FOLDERS = ("ledger",)
JOURNAL = "journal"
TABLES = "tables"
STATE = "state.sqlite"
_COPIED = ("*.segment", "*.delivery", "chains.sqlite")


def take(
    warehouse: Warehouse, settings: Settings, clock: Clock, directory: str, with_keys: bool = True
) -> Iterator[dict[str, Any]]:
    """Progress as {"what", "done", "total"}, then {"rows", "records", "bytes"}.

    Raises GatewayError where the folder is not empty or delivery does not come to rest, WarehouseUnavailable, OSError.
    """
    folder = _empty_folder(Path(directory))
    data = settings.data_dir
    with ExitStack() as stack:
        _still(stack, data / JOURNAL)
        made = clock.now()
        paths = []
        for name in (*FOLDERS, *((KEYS,) if with_keys else ())):
            paths += _folder(data / name, folder / name)
        paths += [copy for name in FILES for copy in _file(data / name, folder / name)]
        state = state_file(settings)
        if state is not None:
            yield {"what": "state", "done": 0, "total": 0}
            paths.append(_without_salts(_database(state, folder / STATE)))
        yield {"what": "journal", "done": 0, "total": 0}
        paths += _journal(data / JOURNAL, folder / JOURNAL)
        (folder / TABLES).mkdir(mode=0o700)
        counts: dict[str, int] = {}
        total = sum(dump.count(warehouse, table) for table in dump.TABLES)
        for table in dump.TABLES:
            yield {"what": table, "done": sum(counts.values()), "total": total}
            path = folder / TABLES / f"{table}{dump.ENDING}"
            counts[table] = dump.write(warehouse, table, path)
            paths.append(path)
        migrations = dump.migrations(warehouse)
    files = [manifest.describe(folder, path) for path in paths]
    Manifest(
        gateway=__version__,
        made=made,
        migrations=migrations,
        state=state is not None,
        keys=with_keys and (data / KEYS).is_dir(),
        tables=counts,
        journal=_records(folder / JOURNAL),
        files=files,
    ).write(folder)
    size = sum(file.bytes for file in files)
    yield {"rows": sum(counts.values()), "records": _records(folder / JOURNAL), "bytes": size}


def state_file(settings: Settings) -> Path | None:
    """The SQLite database of the state; None where it is elsewhere."""
    if not settings.state.url:
        return settings.data_dir / STATE
    url = sa.make_url(settings.state.url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _empty_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise GatewayError(f"{folder} is not empty: a backup is written into a folder of its own.")
    folder.chmod(0o700)
    return folder


def _still(stack: ExitStack, journal: Path) -> None:
    """Hold all still, at a moment at which each batch that was sent is known to be stored."""
    journal.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_up = time.monotonic() + PATIENCE
    while True:
        with ExitStack() as attempt:
            attempt.enter_context(Hold(journal).holding(PATIENCE))
            if not _under_way(journal):
                stack.push(attempt.pop_all())
                return
        if time.monotonic() > give_up:
            raise GatewayError("The warehouse has not answered for rows that were sent to it; back up once it does.")
        time.sleep(0.5)


def _under_way(journal: Path) -> bool:
    """Whether rows may have been stored of which nothing is known: an insert whose answer was lost is sent again."""
    for path in journal.glob("*.delivery"):
        with closing(_open(path)) as notes:
            if notes.execute("SELECT count(*) FROM batches").fetchone()[0]:
                return True
    return False


def _journal(source: Path, target: Path) -> list[Path]:
    """Segments as whole databases. Files set aside as damaged stay behind: nothing reads them, and they go in 30 days."""
    target.mkdir(mode=0o700)
    found = [path for pattern in _COPIED for path in sorted(source.glob(pattern))]
    copied = [_database(path, target / path.name) for path in found]
    return copied + [copy for path in source.glob("*.salvaged") for copy in _file(path, target / path.name)]


def _records(journal: Path) -> int:
    """Records in copied segments that delivery had not stored."""
    waiting = 0
    for segment in journal.glob("*.segment"):
        notes = segment.with_suffix(".delivery")
        stored = 0
        if notes.exists():
            with closing(_open(notes)) as database:
                stored = database.execute("SELECT seq FROM cut").fetchone()[0]
        with closing(_open(segment)) as database:
            waiting += database.execute("SELECT count(*) FROM records WHERE seq > ?", (stored,)).fetchone()[0]
    return waiting


def _database(source: Path, target: Path) -> Path:
    """A copy of a SQLite database as of one moment, its write-ahead log included, in one file."""
    with closing(_open(source)) as reading, closing(sqlite3.connect(target)) as writing:
        target.chmod(0o600)
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode = DELETE")
    return target


def _without_salts(state: Path) -> Path:
    """Salts are destroyed two days after their day, after which nothing tells who its visitors were: no copy may outlive that."""
    with closing(sqlite3.connect(state, isolation_level=None)) as copy:
        copy.execute("DELETE FROM salts")
        copy.execute("VACUUM")  # what was deleted is still in free pages
    return state


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=30.0)


def _file(source: Path, target: Path) -> list[Path]:
    if not source.is_file():
        return []
    shutil.copyfile(source, target)
    target.chmod(0o600)
    return [target]


def _folder(source: Path, target: Path) -> list[Path]:
    if not source.is_dir():
        return []
    target.mkdir(mode=0o700)
    return [copy for path in sorted(source.iterdir()) for copy in _file(path, target / path.name)]
