"""When each background job last ran and what became of it: one row a job, whoever ran it last, for whoever looks."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.state.database import State
from gateway.state.runs import job_runs
from gateway.state.tables import leases

NOTE_EVERY = 30.0  # seconds: jobs that run every three seconds shall not write as often


class Listed(NamedTuple):
    """One job. Times are seconds since the epoch; None where it has not run yet."""

    name: str
    what: str
    every: float
    began: float | None
    seconds: float | None
    outcome: str  # done, failed; empty where it has not run yet
    next: float | None  # the earliest; a job that took long rests longer
    leader: str  # who holds its lease, "each worker" where all do it, empty where nobody has it now


class JobRuns:
    """Blocks on the state database. Raises DBAPIError."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._noted: dict[str, tuple[float, str]] = {}  # when this process last wrote of a job (monotonic), and what

    def announce(self, table: Iterable[tuple[str, str, float, str]]) -> None:
        """Say which jobs there are: name, what, every, lease ("" where every worker does it). Others are forgotten."""
        rows = [{"name": name, "what": what, "every": every, "lease": lease} for name, what, every, lease in table]
        with self._state.begin() as connection:
            known = set(connection.scalars(sa.select(job_runs.c.name)))
            for row in rows:
                if row["name"] in known:
                    connection.execute(sa.update(job_runs).where(job_runs.c.name == row["name"]).values(**row))
                else:
                    self._state.insert_or_ignore(connection, job_runs, **row, outcome="")
            gone = known - {row["name"] for row in rows}
            connection.execute(sa.delete(job_runs).where(job_runs.c.name.in_(gone)))

    def note(self, name: str, seconds: float, outcome: str) -> None:
        """A run ended now. Of frequent ones one is written in NOTE_EVERY seconds, and every one that ended otherwise."""
        before = self._noted.get(name)
        if before is not None and before[1] == outcome and monotonic() - before[0] < NOTE_EVERY:
            return
        self._noted[name] = (monotonic(), outcome)
        began = self._clock.timestamp() - seconds
        with self._state.begin() as connection:
            connection.execute(
                sa.update(job_runs).where(job_runs.c.name == name).values(began=began, seconds=seconds, outcome=outcome)
            )

    def listed(self) -> list[Listed]:
        """Every job, by name."""
        held = sa.and_(leases.c.name == job_runs.c.lease, leases.c.until > self._clock.timestamp())
        query = sa.select(job_runs, leases.c.holder).join(leases, held, isouter=True).order_by(job_runs.c.name)
        with self._state.begin() as connection:
            rows = connection.execute(query).all()
        return [
            Listed(
                row.name,
                row.what,
                row.every,
                row.began,
                row.seconds,
                row.outcome,
                row.began + row.every if row.began is not None else None,
                (row.holder or "") if row.lease else "each worker",
            )
            for row in rows
        ]
