"""How long addresses of letters are kept: no longer than somebody behind them wants the letters."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.state.database import State
from gateway.state.mail_reports import mail_report_confirmations as confirmations
from gateway.state.mail_reports import mail_report_letters as letters
from gateway.state.mail_reports import mail_reports as table

ASKING = ""  # in place of a period: the letter that asks
UNANSWERED_DAYS = 7
KEPT_MONTHS = 13


def purge(state: State, clock: Clock) -> int:
    """Addresses that were asked and did not answer go after UNANSWERED_DAYS, those that could not be asked after KEPT_MONTHS.

    Who answered is asked again after KEPT_MONTHS; what became of single letters is forgotten then. The number of rows.
    """
    now = clock.now()
    long_ago = add_months_to_instant(now, -KEPT_MONTHS).timestamp()
    silent = sa.and_(letters.c.period == ASKING, letters.c.at < now.timestamp() - UNANSWERED_DAYS * 86_400)
    unanswered = sa.select(table.c.id).where(
        table.c.id.not_in(sa.select(confirmations.c.report)),
        sa.or_(
            table.c.id.in_(sa.select(letters.c.report).where(silent)),
            (table.c.created < long_ago) & table.c.id.not_in(sa.select(letters.c.report)),
        ),
    )
    with state.begin() as connection:
        gone = list(connection.scalars(unanswered))
        for report in gone:
            delete(connection, report)
        lapsed = confirmations.c.confirmed < long_ago
        again = list(connection.scalars(sa.select(confirmations.c.report).where(lapsed)))
        for report in again:
            for beside in (letters, confirmations):
                connection.execute(sa.delete(beside).where(beside.c.report == report))
            # As if it were added now, so that no period is told twice.
            connection.execute(sa.update(table).where(table.c.id == report).values(created=now.timestamp()))
        old = connection.execute(sa.delete(letters).where(letters.c.period != ASKING, letters.c.at < long_ago))
    return len(gone) + len(again) + old.rowcount


def delete(connection: sa.Connection, report: str) -> None:
    """The address, with all that is known of its letters."""
    for beside in (letters, confirmations):
        connection.execute(sa.delete(beside).where(beside.c.report == report))
    connection.execute(sa.delete(table).where(table.c.id == report))
