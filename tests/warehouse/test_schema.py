"""Migrations and tables: the DDL is the structs, files are applied once, and edits are refused."""

from __future__ import annotations

import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import msgspec
import pytest

from gateway.consent.record import ConsentRecord
from gateway.errors import MigrationError
from gateway.hits import Hit
from gateway.reports.run import StatsQuery
from gateway.warehouse import migrations
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate, schema_directory, statements
from tests.warehouse.worlds import Engine, World, at, make_hit


@pytest.mark.parametrize(("table", "struct"), [("hits", Hit), ("consents", ConsentRecord)])
def test_a_table_has_exactly_the_fields_of_its_struct(shared: World, table: str, struct: type[msgspec.Struct]) -> None:
    columns = shared.warehouse.query(
        "SELECT name, default_expression FROM system.columns"
        " WHERE database = currentDatabase() AND table = {table:String} AND name != 'stored' ORDER BY position",
        {"table": table},
    )
    fields = msgspec.structs.fields(struct)
    assert [column["name"] for column in columns] == [field.encode_name for field in fields]
    for column, field in zip(columns, fields, strict=True):
        if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT:
            assert not column["default_expression"], field.name
        elif field.default_factory is msgspec.NODEFAULT:
            written = re.sub(r"_[A-Za-z0-9]+$|^CAST\((.*), .*\)$", r"\1", str(column["default_expression"]))
            assert written == _default(field.default), field.name


def _default(value: object) -> str:
    """As the DDL writes it. An empty list needs none: it is the type's own."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    return "" if value == () else f"'{value}'"


def test_migrations_are_applied_once(shared: World) -> None:
    assert migrate(shared.warehouse, shared.settings) == []
    applied = shared.warehouse.query("SELECT name FROM migrations ORDER BY version")
    assert [row["name"] for row in applied] == sorted(path.name for path in schema_directory().glob("*.sql"))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    directory = tmp_path / "schema"
    shutil.copytree(schema_directory(), directory)
    return directory


def test_an_edited_file_is_refused(shared: World, files: Path) -> None:
    first = min(files.glob("*.sql"))
    first.write_text(first.read_text() + "\n-- a word")
    with pytest.raises(MigrationError, match=r"0001_base\.sql was edited"):
        migrate(shared.warehouse, shared.settings, files)


def test_a_missing_file_is_refused(shared: World, files: Path) -> None:
    max(files.glob("*.sql")).unlink()
    with pytest.raises(MigrationError, match="is missing here"):
        migrate(shared.warehouse, shared.settings, files)


def test_a_gap_and_a_strange_name_are_refused(shared: World, files: Path) -> None:
    late = files / f"{len(list(files.glob('*.sql'))) + 2:04}_late.sql"
    late.write_text("SELECT 1")
    with pytest.raises(MigrationError, match="without a gap"):
        migrate(shared.warehouse, shared.settings, files)
    late.rename(files / "late.sql")
    with pytest.raises(MigrationError, match="NNNN_name"):
        migrate(shared.warehouse, shared.settings, files)


def test_a_new_file_is_applied_and_a_failed_one_again(here: World, files: Path) -> None:
    number = len(list(files.glob("*.sql"))) + 1
    path = files / f"{number:04}_extra.sql"
    path.write_text("CREATE TABLE IF NOT EXISTS extra (a UInt8) ENGINE = Memory; SELECT nonsense;")
    with pytest.raises(MigrationError, match="extra"):
        migrate(here.warehouse, here.settings, files)
    path.write_text(
        "-- one; two\nCREATE TABLE IF NOT EXISTS extra (a UInt8) ENGINE = Memory;\nINSERT INTO extra VALUES (1);"
    )
    assert migrate(here.warehouse, here.settings, files) == [path.name]
    assert here.warehouse.query("SELECT a FROM extra") == [{"a": 1}]


def test_an_audience_made_before_keeps_its_figures(here: World) -> None:
    """Also where each file was run twice, because of a crash before its record."""
    here.store(
        make_hit(at(date(2026, 11, day), "10:00"), visitor=visitor, path=f"/{day % 2}")
        for day, visitor in ((1, 1), (2, 1), (3, 2), (9, 1), (9, 2), (20, 1), (21, 0))
    )
    here.rollup.run()
    asked = [
        StatsQuery(site=1, first=date(2026, 11, first), last=date(2026, 11, 21), dimension=dimension)
        for first in (1, 3, 9, 10, 20)
        for dimension in ("", "page")
    ]
    before = [here.reports.run(query) for query in asked]
    assert [result.totals["visitors"] for result in before[::2]] == [3, 3, 3, 2, 2]
    for name in ("0009_audience_before", "0010_audience", "0011_audience_before"):
        text = (schema_directory() / f"{name}.sql").read_text()
        for statement in 2 * statements(text):
            here.warehouse.command(statement)
    assert [here.reports.run(query) for query in asked] == before


def test_two_gateways_starting_at_once(engine: Engine) -> None:
    settings = engine.settings()
    both = [Warehouse(settings), Warehouse(settings)]
    try:
        if engine.url:  # the embedded database belongs to one process, which migrates once
            with ThreadPoolExecutor(2) as threads:
                done = list(threads.map(lambda warehouse: migrate(warehouse, settings), both))
            assert sorted(len(names) for names in done)[0] == 0
        else:
            migrate(both[0], settings)
        rows = both[0].query("SELECT name, count() AS times FROM migrations GROUP BY name")
        assert rows and all(row["times"] == 1 for row in rows)
        assert both[0].query("EXISTS TABLE migration_lock") == [{"result": 0}]
    finally:
        both[0].command("DROP DATABASE {name:Identifier} SYNC", {"name": settings.clickhouse.database})
        for warehouse in both:
            warehouse.close()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a;b", ["a", "b"]),
        ("a;\n;b;\n", ["a", "b"]),
        ("select ';' ; -- x;y\nb", ["select ';'", "-- x;y\nb"]),
        ("select 'it''s; \\' ;' /* ; */; b", ["select 'it''s; \\' ;' /* ; */", "b"]),
        ("-- nothing; here", []),
        ("select `a;b`;", ["select `a;b`"]),
    ],
)
def test_statements(text: str, parts: list[str]) -> None:
    assert statements(text) == parts


def test_a_hit_takes_at_most_30_bytes(here: World) -> None:
    here.warehouse.command(
        "INSERT INTO hits (site, day, ts, local_hour, anon, visitor, id, type, basis, page_view, host, path, title,"
        " referrer_type, country, browser, os, device, language, screen)"
        " SELECT 1, '2026-11-01', 1793491200000 + cityHash64(intDiv(number, 5)) % 86400000 + number % 5 * 40000, 9,"
        " cityHash64(intDiv(number, 10)), if(intDiv(number, 10) % 3 = 0, 0, cityHash64(intDiv(number, 10), 1)),"
        " cityHash64(number, 2), if(number % 2 = 0, 'pageview', 'engagement'), 'consent', cityHash64(intDiv(number, 2)),"
        " 'www.example.com', concat('/p/', toString(cityHash64(number) % 300)),"
        " concat('Title ', toString(cityHash64(number) % 300)), 'direct', 'FR', 'Firefox', 'Linux', 'desktop', 'fr',"
        " '1920x1080' FROM numbers(200000)"
    )
    here.warehouse.command("OPTIMIZE TABLE hits FINAL")
    (size,) = here.warehouse.query(
        "SELECT sum(bytes_on_disk) / sum(rows) AS bytes FROM system.parts"
        " WHERE database = currentDatabase() AND table = 'hits' AND active"
    )
    assert float(str(size["bytes"])) <= 30


def test_a_lock_whose_holder_was_killed_is_taken_and_one_that_is_held_is_not(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_LOCK_BEAT", 0.1)
    monkeypatch.setattr(migrations, "_LOCK_SILENCE", 2.0)
    settings = engine.settings()
    if settings.embedded:
        pytest.skip("the embedded database has one process and no lock")
    here, other = Warehouse(settings), Warehouse(settings)
    try:
        here.command("CREATE TABLE migration_lock (held UInt8) ENGINE = Memory")
        with migrations._locked(here):  # nobody was there any more
            entered = threading.Event()

            def wait() -> None:
                with migrations._locked(other):
                    entered.set()

            waiting = threading.Thread(target=wait)
            waiting.start()
            assert not entered.wait(3.0), "its holder lives"
        assert entered.wait(60)
        waiting.join()
    finally:
        here.command("DROP DATABASE IF EXISTS {name:Identifier}", {"name": settings.clickhouse.database})
        here.close()
        other.close()
