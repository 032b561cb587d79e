"""The messages: written down once each, due again after a failure, kept as the record of what was told.

Opt-outs are kept 24 months (RULES.md C11), everything else 30 days after it was told or given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.state.database import State
from gateway.state.outbox import webhook_messages as messages
from gateway.state.outbox import webhook_progress as progress

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
# Seconds until the next try; 19 days in all, less than the 15 business days that California gives (C10).
WAITS = (30.0, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, *[12 * HOUR] * 36)
KEPT = 30 * DAY
OPT_OUT_MONTHS = 24
_LOOKED = "ledger"


class Message(NamedTuple):
    id: str
    site: int
    url: str
    type: str
    body: bytes
    made: float
    tries: int


class Outbox:
    """Every method blocks on the state database."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def looked_until(self) -> float | None:
        """Up to when ledger rows have been looked at, seconds since the epoch; None at the very first time."""
        with self._state.begin() as connection:
            return connection.execute(sa.select(progress.c.until).where(progress.c.name == _LOOKED)).scalar()

    def write(self, new: Iterable[Message], looked_until: float) -> int:
        """Write messages down together with how far the ledger was looked at; how many were new."""
        written = 0
        with self._state.begin() as connection:
            for message in new:
                values = {**message._asdict(), "next_try": message.made, "outcome": ""}
                written += self._state.insert_or_ignore(connection, messages, **values)
            if not self._state.insert_or_ignore(connection, progress, name=_LOOKED, until=looked_until):
                connection.execute(sa.update(progress).where(progress.c.name == _LOOKED).values(until=looked_until))
        return written

    def due(self, most: int) -> list[Message]:
        """Messages whose time has come, the one that waits longest first."""
        columns = [messages.c[name] for name in Message._fields]
        query = sa.select(*columns).where(messages.c.next_try <= self._clock.timestamp())
        with self._state.begin() as connection:
            return [Message(*row) for row in connection.execute(query.order_by(messages.c.next_try).limit(most))]

    def told(self, message: Message, outcome: str) -> None:
        values = {"told": self._clock.timestamp(), "next_try": None, "outcome": outcome, "tries": message.tries + 1}
        self._update([message.id], **values)

    def failed(self, message: Message, outcome: str) -> bool:
        """Due again later; False where that was the last try."""
        wait = WAITS[message.tries] if message.tries < len(WAITS) else None
        next_try = None if wait is None else self._clock.timestamp() + wait
        self._update([message.id], next_try=next_try, outcome=outcome[:200], tries=message.tries + 1)
        return wait is not None

    def listed(self, only_failed: bool, most: int) -> list[dict[str, Any]]:
        """The newest first, without their bodies."""
        columns = [column for column in messages.c if column is not messages.c.body]
        query = sa.select(*columns).order_by(messages.c.made.desc(), messages.c.id).limit(most)
        if only_failed:
            query = query.where(messages.c.told.is_(None), messages.c.tries > 0)
        with self._state.begin() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def again(self, ids: Sequence[str]) -> int:
        """Make messages due now, told before or not; `all` means every one that was given up. How many."""
        now = self._clock.timestamp()
        given_up = sa.and_(messages.c.told.is_(None), messages.c.next_try.is_(None))
        chosen = given_up if list(ids) == ["all"] else sa.and_(messages.c.id.in_(ids))
        with self._state.begin() as connection:
            changed = connection.execute(sa.update(messages).where(chosen).values(next_try=now, tries=0, told=None))
            return int(changed.rowcount)

    def purge(self) -> int:
        """Delete what is past its time; how many."""
        now = self._clock.now()
        opt_outs = add_months_to_instant(now, -OPT_OUT_MONTHS).timestamp()
        of_sale = messages.c.type.startswith("sale.")
        done = messages.c.next_try.is_(None)
        old = sa.or_(
            of_sale & (messages.c.made < opt_outs), ~of_sale & done & (messages.c.made < now.timestamp() - KEPT)
        )
        with self._state.begin() as connection:
            return int(connection.execute(sa.delete(messages).where(old)).rowcount)

    def _update(self, ids: Sequence[str], **values: object) -> None:
        with self._state.begin() as connection:
            connection.execute(sa.update(messages).where(messages.c.id.in_(ids)).values(**values))
