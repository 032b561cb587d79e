"""One import at a time, and retention waits for it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import FrozenClock
from gateway.errors import GatewayError
from gateway.imports import alone
from gateway.imports.alone import importing, retaining
from gateway.state.database import State
from gateway.state.leases import Leases
from tests.warehouse.worlds import NOW


def test_retention_waits_for_an_import_and_imports_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "PATIENCE", 0.0)
    clock, state = FrozenClock(NOW), State("", tmp_path)
    other = tmp_path / "other host"
    other.mkdir()
    with retaining(state, clock) as free:
        assert free
        with pytest.raises(GatewayError, match="retention is"), importing(state, clock, tmp_path):
            raise AssertionError("both at once")
    with importing(state, clock, tmp_path):
        with retaining(state, clock) as free:
            assert not free
        with pytest.raises(GatewayError, match="on this data directory"), importing(state, clock, tmp_path):
            raise AssertionError("two imports")
        with pytest.raises(GatewayError, match="on another host"), importing(state, clock, other):
            raise AssertionError("two imports of two hosts")
    with retaining(state, clock) as free:
        assert free
    state.close()


def test_an_import_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    clock, state = FrozenClock(NOW), State("", tmp_path)
    with importing(state, clock, tmp_path):
        pass
    holder = (tmp_path / alone.FILE).read_text()
    assert Leases(state, clock, holder).hold(alone.LEASE, alone.SECONDS), "as one that was killed left it"
    with retaining(state, clock) as free:
        assert not free
    with importing(state, clock, tmp_path) as leases:
        assert leases.hold(alone.LEASE, alone.SECONDS)
    assert os.stat(tmp_path / alone.FILE).st_mode & 0o077 == 0
    Leases(state, clock, holder).hold(alone.LEASE, alone.SECONDS)
    clock.advance(timedelta(seconds=alone.SECONDS + 1))
    with retaining(state, clock) as free:
        assert free, "and where nobody goes on with it, retention is held up for an hour"
    state.close()
