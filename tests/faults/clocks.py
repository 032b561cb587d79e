"""The clock jumps under load: what is taken keeps the day it was told, and nothing waits for a time that is far away."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from tests.faults.stand import Stand

DAY = 86_400.0
# A second or two before Paris changes its clocks, and before the seconds since 1970 need more than 31 bits.
SPRING = datetime(2027, 3, 28, 0, 59, 58, tzinfo=UTC)
AUTUMN = datetime(2027, 10, 31, 0, 59, 58, tzinfo=UTC)
END_OF_31_BITS = datetime(2038, 1, 19, 3, 14, 6, tzinfo=UTC)


def forward(stand: Stand, _number: int) -> None:
    _jump(stand, DAY)


def back(stand: Stand, _number: int) -> None:
    _jump(stand, -DAY)


def summer_time(stand: Stand, number: int) -> None:
    _jump(stand, (SPRING, AUTUMN)[number % 2].timestamp() - time.time())


def year_2038(stand: Stand, _number: int) -> None:
    _jump(stand, END_OF_31_BITS.timestamp() - time.time())


def _jump(stand: Stand, seconds: float) -> None:
    with stand.load() as load:
        load.takes()
    stand.clock.write_text(str(seconds))
    # Other browsers: an answer from another time may have lapsed, or be none yet.
    with stand.load() as load:
        load.takes(60, 6)
    stand.clock.write_text("0")
    with stand.load() as load:
        load.takes()
