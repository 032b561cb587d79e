"""A letter a day to whoever must answer: the requests due within a week or overdue, and nothing about who asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.consent import deadlines
from gateway.consent.requests import PAGE_LIMIT, Register
from gateway.consent.rights import RightsRequest, Stage
from gateway.mail import Mailer
from gateway.sites.catalog import Catalog, ServedSite
from gateway.sites.site import Controller
from gateway.state.database import State
from gateway.state.tables import reminders as table

log = logging.getLogger("gateway.reminders")

_ADDRESS = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+\.[^@\s<>(),;:\"]+")


class Reminders:
    """Calls block: from async code run them in a thread."""

    def __init__(
        self, register: Register, mailer: Mailer, state: State, clock: Clock, catalog: Catalog, base_url: str
    ) -> None:
        self._register = register
        self._mailer = mailer
        self._state = state
        self._clock = clock
        self._catalog = catalog
        self._base_url = base_url

    def send(self) -> int:
        """Send each site's letter once on each of its days on which something is due; the number sent.

        One that could not be sent is tried again at the next call.
        """
        return sum(self._remind(site) for site in self._catalog) if self._mailer.configured else 0

    def _remind(self, site: ServedSite) -> bool:
        today = self._clock.now().astimezone(site.zone).date().isoformat()
        with self._state.begin() as connection:
            last = connection.execute(sa.select(table.c.day).where(table.c.site == site.id)).scalar_one_or_none()
        if last == today:
            return False
        waiting = self._register.find(Stage.DUE, site.id, PAGE_LIMIT)
        if not waiting or not self._mailer.send(
            addressee(site.site.controller), _subject(site, waiting), self._body(site, waiting)
        ):
            return False
        with self._state.begin() as connection:
            if not self._state.insert_or_ignore(connection, table, site=site.id, day=today):
                connection.execute(sa.update(table).where(table.c.site == site.id).values(day=today))
        return True

    def _body(self, site: ServedSite, waiting: Sequence[RightsRequest]) -> str:
        now = self._clock.timestamp()
        lines = [
            f"{'OVERDUE since' if entry.stage(now) is Stage.OVERDUE else 'due'} "
            f"{deadlines.last_day(entry.due, site.zone).isoformat()}  {entry.kind.replace('_', ' ')}\n"
            f"    {self._base_url}/requests/{entry.id}\n"
            for entry in waiting
        ]
        return (
            f"Requests about {site.site.name} to be answered within seven days, or overdue:\n\n"
            + "\n".join(lines)
            + "\nThis letter comes once a day while there are any.\n"
        )


def addressee(controller: Controller) -> str:
    """The data protection officer where an e-mail address is given for them, else the controller."""
    officer = controller.data_protection_officer.strip()
    return officer if _ADDRESS.fullmatch(officer) else controller.email.strip()


def _subject(site: ServedSite, waiting: Sequence[RightsRequest]) -> str:
    name = " ".join(site.site.name.split())
    return f"{name}: {len(waiting)} privacy request{'s' if len(waiting) > 1 else ''} to answer"
