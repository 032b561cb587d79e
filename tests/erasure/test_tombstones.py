"""Tombstones: durable before anyone answers, known at once to every worker, and put back from their record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.clock import FrozenClock
from gateway.erasure.record import NAME
from gateway.erasure.tombstones import FOREVER, Standing, Tombstones
from gateway.privacy.cookies import Visitor
from gateway.privacy.visitors import SiteKeys, visitor_hash
from gateway.state.database import State
from gateway.state.tombstones import tombstones

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LARGEST = 2**64 - 1


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def test_what_one_worker_writes_the_next_look_of_another_finds(state: State, tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    one, other = Tombstones(state, clock, tmp_path), Tombstones(state, clock, tmp_path)
    assert other.standing(1, LARGEST) == Standing(0, False)
    one.erase(1, [LARGEST, 2])
    assert other.standing(1, LARGEST) == Standing(FOREVER, False)
    assert other.standing(2, LARGEST) == Standing(0, False), "of that site alone"
    one.restrict(1, [5])
    assert other.stands(1, [4, 5]).restricted and other.restricted(1) == {5} and not other.restricted(2)
    other.lift(1, [5])
    assert one.standing(1, 5) == Standing(0, False) and not one.restricted(1)
    one.restrict(1, [5])
    assert other.restricted(1) == {5}, "at the same instant of a clock that stands still"
    assert Tombstones(state, clock, tmp_path).restricted(1) == {5}, "and for a process just started"


def test_a_worker_of_another_host_learns_when_it_refreshes(state: State, tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    one, other = Tombstones(state, clock, here), Tombstones(state, clock, elsewhere)
    assert not other.standing(1, 7).erased_before
    one.erase(1, [7], before=1000)
    other.refresh()
    assert other.standing(1, 7) == Standing(1000, False)
    one.erase(1, [8])
    assert other.erased() == {(1, 7): 1000, (1, 8): FOREVER}, "delivery asks the database itself"


def test_asked_twice_it_is_written_once(state: State, tmp_path: Path) -> None:
    one = Tombstones(state, FrozenClock(NOW), tmp_path)
    for _ in range(2):
        one.erase(1, [7])
        one.restrict(1, [8])
        one.lift(1, [9])
    with state.begin() as connection:
        kinds = sorted(connection.execute(sa.select(tombstones.c.kind)).scalars())
    assert kinds == ["erase", "restrict"]


def test_an_older_state_database_gets_its_tombstones_back(state: State, tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    one = Tombstones(state, clock, tmp_path)
    one.erase(1, [7])
    one.restrict(1, [8])
    with (tmp_path / NAME).open("ab") as record:
        record.write(b'{"id":"torn')
    with state.begin() as connection:
        connection.execute(sa.delete(tombstones))
    after = Tombstones(state, clock, tmp_path)
    assert not after.standing(1, 7).erased_before
    assert after.restore() == 2 and after.restore() == 0
    assert after.standing(1, 7).erased_before == FOREVER and after.restricted(1) == {8}


def test_they_go_when_nothing_can_come_back(state: State, tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    one = Tombstones(state, clock, tmp_path)
    one.erase(1, [7])
    one.erase(1, [9])
    one.restrict(1, [8])
    with state.begin() as connection:
        of_seven = tombstones.c.visitor == f"{7:016x}"
        connection.execute(sa.update(tombstones).where(of_seven).values(done=clock.timestamp()))
    clock.move_to(datetime(2030, 1, 22, 12, tzinfo=UTC))
    assert one.purge() == 0, "38 months to the second"
    clock.advance(timedelta(seconds=1))
    assert one.purge() == 2
    again = Tombstones(state, clock, tmp_path)
    assert again.erased() == {(1, 9): FOREVER}, "what is not done stays"
    assert again.restore() == 0 and len((tmp_path / NAME).read_bytes().splitlines()) == 1


def test_a_browser_is_found_under_every_key(state: State, tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    keys = SiteKeys(state, clock)
    visitor = Visitor("ab" * 16, int(clock.timestamp()))
    first = visitor_hash(keys.at(1, visitor.born), visitor.id)
    assert keys.hashes(1, visitor) == (first,)
    clock.move_to(datetime(2027, 11, 22, 12, tzinfo=UTC))
    later = visitor_hash(keys.current(1), visitor.id)
    assert keys.hashes(1, visitor) == (later, first) and later != first
