"""Counts without rows: what is only ever counted, added up in memory and put into the journal as sums every few seconds.

Nothing of one request is kept: no row, no id, no address, no time but the day. A tally is a count and no answer to anybody, so
nobody waits for it to be on disk: a crash loses the last EVERY seconds of increments at most. What a full journal refuses
is kept in memory and tried again; what fails otherwise may be on disk already, and is not counted a second time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from enum import StrEnum
from typing import NamedTuple

import msgspec

from gateway.errors import GatewayError, JournalFull
from gateway.journal.journal import Journal

log = logging.getLogger("gateway.consent")

EVERY = 10.0  # seconds
STREAM = "tallies"


class What(StrEnum):
    LOAD = "load"  # a page of the site was loaded; `state` is a State
    SHOWN = "shown"  # the banner was sent to be shown
    ANSWER = "answer"  # it was answered; `state` is accepted, refused, custom or withdrawn


class State(StrEnum):
    """How whoever loaded a page stands with measurement. Who objected is in no tally."""

    CONSENTED = "consented"
    EXEMPT = "exempt"  # measured where the law asks for no consent
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class Key(NamedTuple):
    """What is counted apart. `day` is of the site's zone; each field has few values, so that memory is bounded."""

    site: int
    day: str
    what: What
    state: str = ""
    country: str = ""
    device: str = ""
    language: str = ""
    notice: str = ""


class Tally(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One row of the table `tallies`, field for field: an increment. It is negative where a load changed its state."""

    site: int
    day: str
    what: What
    state: str = ""
    country: str = ""
    device: str = ""
    language: str = ""
    notice: str = ""
    count: int


class Tallies:
    """Belongs to the event loop's thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._counts: Counter[Key] = Counter()

    def add(self, key: Key, by: int = 1) -> None:
        self._counts[key] += by

    async def flush(self) -> None:
        """Put what was added since the last time into the journal. Never raises for a journal that fails."""
        counts, self._counts = self._counts, Counter()
        rows = [msgspec.json.encode(Tally(**key._asdict(), count=count)) for key, count in counts.items() if count]
        if not rows:
            return
        try:
            await self._journal.append(STREAM, rows)
        except JournalFull:
            self._counts.update(counts)
        except GatewayError as error:
            log.warning("tallies lost", extra={"rows": len(rows), "error": error.what})

    async def run(self) -> None:
        """Flush for ever."""
        while True:
            await asyncio.sleep(EVERY)
            await self.flush()
