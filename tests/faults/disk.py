"""The disk is full: hits are refused and told when to come again, consents still go on, and room brings everything back."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tests.faults.notebook import Kind
from tests.faults.proxy import Mode
from tests.faults.stand import NotRun, Stand

CONSENTS = 20  # taken while hits are refused


def full(stand: Stand, _number: int) -> None:
    if not stand.small_disk:
        raise NotRun("only root may mount a small disk")
    ballast = stand.data.parent / "ballast"
    with stand.load() as load:
        load.takes()
        # So that what is delivered and removed makes no room meanwhile.
        stand.proxy.turn(Mode.REFUSE)
        try:
            _fill(ballast)
            load.is_refused(Kind.HIT)
            stand.waits(lambda: stand.said("the disk is full"), "a worker says so")
            before = len(stand.notebook.acknowledged[Kind.CONSENT])
            load.waits(
                lambda: len(stand.notebook.acknowledged[Kind.CONSENT]) >= before + CONSENTS, "consents taken meanwhile"
            )
            load.is_refused(Kind.HIT)
        finally:
            ballast.unlink(missing_ok=True)
            stand.proxy.turn(Mode.PASS)
        load.takes()


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        for size in (1_000_000, 1_000):
            with contextlib.suppress(OSError):
                while os.write(file.fileno(), bytes(size)):
                    pass
