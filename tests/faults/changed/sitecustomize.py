"""Python imports this at its start: the gateway with a clock that a file moves, and with a more frequent look at geography.

The file named in FAULTS_CLOCK holds by how many seconds the clock is ahead.
"""

from __future__ import annotations

import contextlib
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from gateway import clock
from gateway.enrich import geo

_LOOK = 0.05  # seconds between looks at the file


class MovedClock(clock.SystemClock):
    _file = Path(os.environ["FAULTS_CLOCK"])
    _ahead = 0.0
    _looked = 0.0

    def timestamp(self) -> float:
        return super().timestamp() + self._shift()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._shift())

    def _shift(self) -> float:
        now = time.monotonic()
        if now - self._looked > _LOOK:
            with contextlib.suppress(OSError, ValueError):  # none yet, or one that is being written
                self._ahead = float(self._file.read_text())
            self._looked = now
        return self._ahead


clock.SystemClock = MovedClock  # type: ignore[misc]
geo.CHECK_EVERY = 0.5
