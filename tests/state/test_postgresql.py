"""The state on a real PostgreSQL: every table and kind of statement once, and what several hosts do at the same time."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from operator import methodcaller
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from gateway.accounts.throttle import FREE_FAILURES, Throttle
from gateway.clock import FrozenClock
from gateway.erasure.tombstones import FOREVER, Tombstones
from gateway.errors import TooManyRequests
from gateway.privacy.salts import Salts
from gateway.state.database import State
from gateway.state.leases import Leases
from gateway.state.notebook import Notebook
from gateway.state.tables import metadata
from gateway.web.errors import of_state
from tests.postgresql import PostgreSQL

Asked = TypeVar("Asked")
Result = TypeVar("Result")

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTS = 4
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


@pytest.fixture
def url(postgresql: PostgreSQL) -> str:
    return postgresql.database(f"state_{secrets.token_hex(8)}")


@pytest.fixture
def hosts(url: str, tmp_path: Path) -> Iterator[list[State]]:
    """Several gateways' states, opened at the same time, the first of them on a database without tables."""
    opened = at_once(partial(State, url), [tmp_path] * HOSTS)
    yield opened
    for state in opened:
        state.close()


def at_once(call: Callable[[Asked], Result], each: Sequence[Asked]) -> list[Result]:
    together = Barrier(len(each))

    def ask(one: Asked) -> Result:
        together.wait(30)
        return call(one)

    with ThreadPoolExecutor(len(each)) as threads:
        return list(threads.map(ask, each))


def largest(column: sa.Column[Any]) -> object:
    """The most that a column must hold."""
    match column.type:
        case sa.BigInteger():
            return LARGEST
        case sa.Integer():
            return 2**31 - 1
        case sa.Boolean():
            return True
        case sa.Float():
            return math.nextafter(NOW.timestamp(), math.inf)
        case sa.LargeBinary(length=length):
            return b"\x00\xff'\\" * ((length or 1000) // 4)
        case sa.String(length=length):
            return "ß\U0001f36a" * ((length or 100_000) // 2)
        case _:
            raise AssertionError(f"{column}: no value of this type is tried")


def other(column: sa.Column[Any]) -> object:
    if column.nullable:
        return None
    match column.type:
        case sa.BigInteger():
            return SMALLEST
        case sa.Boolean():
            return False
        case _:
            return largest(column)


def test_every_table_keeps_what_is_put_into_it(hosts: list[State]) -> None:
    state = hosts[0]
    for table in metadata.sorted_tables:
        row = {column.name: largest(column) for column in table.columns}
        changed = row | {column.name: other(column) for column in table.columns if not column.primary_key}
        # What belongs to a row of another table goes on doing so.
        changed |= {key.parent.name: row[key.parent.name] for key in table.foreign_keys}
        with state.begin() as connection:
            assert state.insert_or_ignore(connection, table, **row) is True, table.name
            assert connection.execute(sa.select(table)).mappings().one() == row, table.name
        with state.begin() as connection:
            assert state.insert_or_ignore(connection, table, **row) is False, table.name
            if changed != row:
                assert connection.execute(sa.update(table).values(changed)).rowcount == 1, table.name
                assert connection.execute(sa.select(table)).mappings().one() == changed, table.name
    for table in reversed(metadata.sorted_tables):
        with state.begin() as connection:
            assert connection.execute(sa.delete(table)).rowcount == 1, table.name


def test_one_of_several_hosts_leads(hosts: list[State]) -> None:
    clock = FrozenClock(NOW)
    asking = [Leases(state, clock) for state in hosts]
    for name in ("rollup", "letters"):
        led = at_once(methodcaller("hold", name, 30), asking)
        assert sorted(led) == [False] * (HOSTS - 1) + [True]
        assert [one.hold(name, 30) for one in asking] == led, "renewed by who has it"


def test_every_host_has_the_same_salt(hosts: list[State]) -> None:
    clock, paris = FrozenClock(NOW), ZoneInfo("Europe/Paris")
    salts = [Salts(state, clock) for state in hosts]
    for site in range(1, 6):
        made = at_once(methodcaller("salt", site, "2026-11-22", paris), salts)
        assert len(set(made)) == 1, "the first one's"


def test_an_erasure_of_any_visitor_reaches_other_hosts(hosts: list[State], tmp_path: Path) -> None:
    clock, visitors = FrozenClock(NOW), (0, 2**63, 2**64 - 1)
    here, there = (Tombstones(state, clock, tmp_path / str(number)) for number, state in enumerate(hosts[:2]))
    for number in range(2):
        (tmp_path / str(number)).mkdir()
    here.erase(LARGEST, visitors)
    here.restrict(1, visitors)
    there.refresh()
    assert [there.standing(LARGEST, visitor).erased_before for visitor in visitors] == [FOREVER] * 3
    assert there.restricted(1) == set(visitors)


def test_guesses_on_several_hosts_are_counted_together(hosts: list[State]) -> None:
    clock = FrozenClock(NOW)
    doors = [Throttle(state, clock) for state in hosts]

    def guess(door: Throttle) -> int:
        free = 0
        for _ in range(FREE_FAILURES):
            try:
                door.enter("admin", "5.5.5.0")
                free += 1
            except TooManyRequests:
                pass
        return free

    assert sum(at_once(guess, doors)) == FREE_FAILURES


def test_what_it_cannot_hold_is_the_requests_fault_and_in_no_log(
    hosts: list[State], caplog: pytest.LogCaptureFixture
) -> None:
    note = secrets.token_hex(8)
    with pytest.raises(sa.exc.DataError) as refused:
        Notebook(hosts[0], FrozenClock(NOW)).write(1, NOW.date(), f"{note}\0", by="ann")
    assert of_state(refused.value).status == 400
    assert "the state database failed" in caplog.text and note not in caplog.text


def test_a_lock_is_waited_for_as_long_as_on_sqlite(hosts: list[State]) -> None:
    with hosts[0].begin() as connection:
        assert connection.execute(sa.text("SHOW lock_timeout")).scalar_one() == "5s"
