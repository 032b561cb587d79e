"""What the dashboard's users keep, and how long: the lines of `gateway retention` beside those of the warehouse's tables."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from gateway.reports.mail_report_limits import KEPT_MONTHS as LETTERS_MONTHS
from gateway.reports.mail_report_limits import UNANSWERED_DAYS
from gateway.state.banner_drafts import banner_versions
from gateway.state.database import State
from gateway.state.mail_reports import mail_report_letters, mail_reports
from gateway.state.notes import notes
from gateway.state.saved import saved
from gateway.state.shares import share_links
from gateway.state.shelf import KEPT_MONTHS


def report(state: State, data_months: int) -> list[dict[str, str | int]]:
    """Per table: its limit, its oldest row's date, rows. A daily job deletes (schedule.py); bytes are not told apart. Blocks."""
    limits: list[tuple[sa.Column[float], str]] = [
        (saved.c.changed, f"{KEPT_MONTHS} months after somebody last saw it"),
        (notes.c.changed, f"{data_months} months, as the figures of their day"),
        (
            banner_versions.c.at,
            f"{data_months} months after another was published, while no answer in the ledger is about it",
        ),
        (share_links.c.created, "30 days after it expired, which is 13 months after it was made at most"),
        (
            mail_reports.c.created,
            f"{UNANSWERED_DAYS} days without an answer; who answered is asked after {LETTERS_MONTHS} months",
        ),
        (mail_report_letters.c.at, f"{LETTERS_MONTHS} months"),
    ]
    lines: list[dict[str, str | int]] = []
    with state.begin() as connection:
        for column, limit in limits:
            oldest = connection.scalar(sa.select(sa.func.min(column)))
            count = connection.scalar(sa.select(sa.func.count()).select_from(column.table)) or 0
            day = datetime.fromtimestamp(oldest, UTC).date().isoformat() if oldest is not None else ""
            told: dict[str, str | int] = {
                "table": str(column.table.name),  # SQLAlchemy has a kind of text of its own
                "limit": limit,
                "oldest": day,
                "next_deletion": "",
            }
            lines.append({**told, "rows": count, "bytes": 0})
    return lines
