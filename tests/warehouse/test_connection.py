"""The connection: what is stored once, what is refused for good, what is worth another try."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from gateway.errors import RowsRejected, WarehouseUnavailable
from gateway.settings import ClickHouse, Settings
from gateway.warehouse.connection import Warehouse
from tests.clickhouse_server import ClickHouseServer
from tests.warehouse.worlds import NOW, World, make_hit

GOOD = msgspec.json.encode(make_hit(NOW))


def count(here: World) -> object:
    return here.warehouse.query("SELECT count() AS rows FROM hits")[0]["rows"]


def test_a_batch_sent_twice_is_stored_once(here: World) -> None:
    months = [msgspec.json.encode(make_hit(NOW.replace(month=month), anon=month)) for month in range(1, 12)]
    for _ in range(3):
        here.warehouse.insert("hits", months, "segment:hits:1")
    assert count(here) == 11
    here.warehouse.insert("hits", months, "segment:hits:2")
    assert count(here) == 22


@pytest.mark.parametrize(
    "row",
    [
        b'{"site":"x"}',
        b'{"site":1,"day":"tomorrow"}',
        b'{"site":-1}',
        b'{"site":1',
        b"[1]",
        b"nonsense",
        b"\xff",
        b'{"site":1,"test":"maybe"}',
        b'{"site":1,"value":"much"}',
    ],
)
def test_bad_rows_are_rejected_whole(here: World, row: bytes) -> None:
    with pytest.raises(RowsRejected) as caught:
        here.warehouse.insert("hits", [GOOD, row, GOOD], "token")
    assert "nonsense" not in caught.value.what, "no content of a row in a message"
    assert count(here) == 0


def test_unknown_fields_are_skipped(here: World) -> None:
    here.warehouse.insert("hits", [GOOD[:-1] + b',"new":{"a":[1]}}'], "token")
    assert count(here) == 1


def test_strange_text_survives(here: World) -> None:
    title = "; DROP TABLE hits; {a:String} %s \\ ' \" \n\n\t\0 é \U0001f600"
    here.store([make_hit(NOW, title=title)])
    assert here.warehouse.query("SELECT title FROM hits") == [{"title": title}]
    asked = "SELECT {t:String} AS t, {a:Array(String)} AS a"
    assert here.warehouse.query(asked, {"t": title, "a": [title]}) == [{"t": title, "a": [title]}]


def test_a_missing_table_is_worth_another_try(here: World) -> None:
    here.warehouse.command("DROP TABLE hits SYNC")
    with pytest.raises(WarehouseUnavailable):
        here.warehouse.insert("hits", [GOOD], "token")


def test_limits_of_time_and_memory_are_unavailability(here: World) -> None:
    slow = "SELECT sum(cityHash64(number)) AS s FROM numbers(100000000000)"
    with pytest.raises(WarehouseUnavailable, match="more memory or time"):
        here.warehouse.query(slow, {}, {"max_execution_time": 0.3})
    large = "SELECT groupArray(number) AS a FROM numbers(50000000)"
    with pytest.raises(WarehouseUnavailable, match="more memory or time"):
        here.warehouse.query(large, {}, {"max_memory_usage": 20_000_000})


def test_a_wrong_query_of_ours_is_seen_as_a_bug(here: World) -> None:
    with pytest.raises(DatabaseError):
        here.warehouse.query("SELECT no_such_column FROM hits")


def test_no_other_table_is_written(here: World) -> None:
    with pytest.raises(ValueError, match="no such table"):
        here.warehouse.insert("system.users", [GOOD], "token")


def test_many_threads(here: World) -> None:
    def work(number: int) -> object:
        here.store([make_hit(NOW, anon=number)])
        return here.warehouse.query("SELECT {n:UInt32} AS n", {"n": number})[0]["n"]

    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(work, range(60))) == list(range(60))
    assert count(here) == 60


def test_no_row_passes_through_the_systems_temp_folder(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    here.store([make_hit(NOW)])
    assert count(here) == 1


def test_the_embedded_database_is_for_its_owner_only(here: World) -> None:
    if here.settings.embedded:
        assert stat.S_IMODE(os.stat(here.settings.data_dir / "clickhouse").st_mode) == 0o700


def test_an_absent_server_keeps_nothing_from_starting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        warehouse = Warehouse(Settings(data_dir=tmp_path, clickhouse=ClickHouse(url=url)))
        assert not warehouse.ping()
        with pytest.raises(WarehouseUnavailable):
            warehouse.insert("hits", [GOOD], "token")
        warehouse.close()


def test_a_server_that_comes_back_is_used_again(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "server", password="s3cret")

    def connect(password: str) -> Warehouse:
        login = ClickHouse(url=server.url, user="gateway", password=password, connect_timeout=1)
        return Warehouse(Settings(data_dir=tmp_path, clickhouse=login))

    warehouse, wrong = connect("s3cret"), connect("wrong")
    assert not warehouse.ping()
    server.start()
    assert warehouse.ping()
    server.kill()
    assert not warehouse.ping()
    server.start()
    assert warehouse.ping()
    assert not wrong.ping()
    for one in (wrong, warehouse):
        one.close()
    server.stop()


def test_what_is_not_there_is_a_bug_unless_the_schema_is_behind(here: World) -> None:
    with pytest.raises(DatabaseError, match="nothing"):
        here.warehouse.query("SELECT nothing FROM hits")
    here.warehouse.is_behind = True
    with pytest.raises(WarehouseUnavailable, match="brought up to date"):
        here.warehouse.query("SELECT nothing FROM hits")
