"""Whole tables as files and back, on the embedded ClickHouse and on a server."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.consent.tallies import Tally, What
from gateway.errors import GatewayError
from gateway.warehouse import dump
from tests.warehouse.engines import engine, here
from tests.warehouse.worlds import Engine, World, at, days_before, make_hit, world

__all__ = ["engine", "here"]


def rows(one: World, table: str) -> list[str]:
    return sorted(str(row) for row in one.warehouse.query("SELECT * FROM {table:Identifier}", {"table": table}))


def test_every_table_comes_back_as_it_was(here: World, engine: Engine, tmp_path: Path) -> None:
    # Three blocks of the same rows but for their ids, over several months, which are partitions.
    hits = [make_hit(at(days_before(day), "10:00"), path=f"/{day}") for day in range(0, 200, 40)]
    for _ in range(3):
        here.store(hits)
    here.rollup.run(full=True)
    here.warehouse.command("DELETE FROM hits WHERE path = '/80'")
    # Increments that the engine adds up when it comes to it, which may be while they are copied.
    here.warehouse.change("SYSTEM STOP MERGES tallies")
    for number in range(3):
        tally = Tally(site=1, day=days_before(0).isoformat(), what=What.LOAD, count=number + 1)
        here.warehouse.insert("tallies", [msgspec.json.encode(tally)] * 2, f"tally:{number}")
    files = {table: tmp_path / f"{table}{dump.ENDING}" for table in dump.TABLES}
    counts = {table: dump.write(here.warehouse, table, path) for table, path in files.items()}
    assert counts["hits"] and counts["visits"] and counts["audience"] and counts["tallies"] == 1
    here.warehouse.change("SYSTEM START MERGES tallies")
    here.warehouse.command("OPTIMIZE TABLE tallies FINAL")
    with world(engine) as other:
        for table, path in files.items():
            assert dump.load(other.warehouse, table, path) == counts[table]
        assert all(rows(other, table) == rows(here, table) for table in files)
        with pytest.raises(GatewayError, match="hits has rows already"):
            dump.load(other.warehouse, "hits", files["hits"])
        assert dump.count(other.warehouse, "hits") == counts["hits"]
    with pytest.raises(FileExistsError):
        dump.write(here.warehouse, "hits", files["hits"])
