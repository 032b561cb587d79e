"""Annotations.getAll: the notes of sites, as Matomo 5.2 tells its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from gateway.accounts.principal import Principal
from gateway.reports.matomo import dates
from gateway.reports.matomo.answers import Answer, Keyed, Table
from gateway.reports.matomo.question import Question
from gateway.sites.catalog import ServedSite
from gateway.state.notebook import Annotation, Notebook

_DIGITS = 13  # hexadecimal ones of an id that a number of JavaScript holds exactly


def every(
    notebook: Notebook, sites: Iterable[ServedSite], asked: Question, reader: Principal, today: Callable[[int], date]
) -> Answer:
    """By site, those that have any: the notes of the period, by day; all of them where no date is named. Raises BadRequest."""
    found: dict[str, Answer] = {}
    for served in sites:
        span = dates.parse(asked.period or "day", asked.date, today(served.id)).whole if asked.date else None
        notes = notebook.find(served.id, span.first if span else None, span.last if span else None)
        if notes:
            found[str(served.id)] = _table(notes, reader)
    return Keyed("key", found) if found else []


def _table(notes: Iterable[Annotation], reader: Principal) -> Table:
    return [
        {
            "date": one.day.isoformat(),
            "note": one.note,
            "starred": 0,
            "user": one.by,
            "idNote": int(one.id[:_DIGITS], 16),
            "canEditOrDelete": reader.may_edit(one.site),
        }
        for one in notes
    ]
