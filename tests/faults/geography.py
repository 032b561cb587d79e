"""The geography database goes, is cut short or is exchanged while it is read."""

from __future__ import annotations

import shutil

from tests.faults.stand import ROOT, Stand

SHIPPED = ROOT / "gateway" / "assets" / "country.mmdb"


def missing(stand: Stand, _number: int) -> None:
    stand.geography.unlink()
    _works_and_recovers(stand)


def truncated(stand: Stand, _number: int) -> None:
    """In place, as a copy that is interrupted leaves it."""
    with stand.geography.open("r+b") as file:
        file.truncate(100_000)
    _works_and_recovers(stand)


def swapped(stand: Stand, _number: int) -> None:
    """Written over in place, by something that is no database."""
    stand.geography.write_bytes(b"<html>Your licence key has expired</html>" * 1000)
    _works_and_recovers(stand)


def _works_and_recovers(stand: Stand) -> None:
    bad, good = stand.said("geography database unusable"), stand.said("geography database loaded")
    with stand.load() as load:
        stand.waits(lambda: stand.said("geography database unusable") >= bad + stand.workers, "every worker noticed")
        load.takes()
        shutil.copyfile(SHIPPED, stand.geography)
        stand.waits(lambda: stand.said("geography database loaded") >= good + stand.workers, "every worker read it")
        load.takes()
