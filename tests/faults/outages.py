"""ClickHouse refuses, hangs, restarts, or is cut off in the middle: visitors notice nothing."""

from __future__ import annotations

from tests.faults.notebook import Kind
from tests.faults.proxy import Mode
from tests.faults.stand import Stand

CUTS = 3


def refuses(stand: Stand, _number: int) -> None:
    _fails(stand, Mode.REFUSE)


def hangs(stand: Stand, _number: int) -> None:
    _fails(stand, Mode.HANG)


def reply_is_lost(stand: Stand, _number: int) -> None:
    """The insert was carried out and nobody was told: it is sent again under its token."""
    _cuts(stand, Mode.CUT_REPLY)


def insert_is_cut(stand: Stand, _number: int) -> None:
    _cuts(stand, Mode.CUT_INSERT)


def restarts(stand: Stand, _number: int) -> None:
    """kill -9 of the server."""
    refused = _refused(stand)
    with stand.load() as load:
        load.takes()
        stand.server.kill()
        load.takes()
        stand.server.start(60.0)
        load.takes()
    assert _refused(stand) == refused, "visitors noticed"


def absent_at_start(stand: Stand, _number: int) -> None:
    assert stand.gateway.stop() == 0
    stand.proxy.turn(Mode.REFUSE)
    stand.start()
    with stand.load() as load:
        load.takes()
        stand.proxy.turn(Mode.PASS)
        load.takes()


def _fails(stand: Stand, mode: Mode) -> None:
    refused = _refused(stand)
    with stand.load() as load:
        load.takes()
        stand.proxy.turn(mode)
        load.takes(100, 10)
        stand.waits(lambda: stand.gateway.get("/readyz")["journal"]["records"] > 0, "rows wait in the journal")
        stand.proxy.turn(Mode.PASS)
        load.takes()
    assert _refused(stand) == refused, "visitors noticed"


def _cuts(stand: Stand, mode: Mode) -> None:
    refused, cuts = _refused(stand), stand.proxy.cuts
    with stand.load() as load:
        load.takes()
        stand.proxy.turn(mode)
        load.waits(lambda: stand.proxy.cuts >= cuts + CUTS, f"{CUTS} inserts cut")
        stand.proxy.turn(Mode.PASS)
        load.takes()
    assert _refused(stand) == refused, "visitors noticed"


def _refused(stand: Stand) -> int:
    return sum(stand.notebook.refused[kind] for kind in Kind)
