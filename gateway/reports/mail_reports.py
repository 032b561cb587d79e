"""Letters with the figures of a site's last week or month, to whom an editor named. There are none unless one is asked for.

The first letter to an address only asks whether it wants the others, which its link says. They end with the right of whoever
asked for them: deleted, disabled or no editor of the site any more, asked before each letter.

Each letter is claimed in the state database before it is sent, so that it goes out once however many workers there are and
whenever one is killed: a claim that a crash left behind is shown and not sent again. What the server refused is tried again
every hour, twelve times.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer

from gateway.clock import Clock
from gateway.errors import BadRequest, WarehouseUnavailable
from gateway.mail import Mailer
from gateway.reports.mail_report_limits import ASKING, delete
from gateway.reports.overview import Overview, Overviews
from gateway.reports.periods import Span
from gateway.sites.catalog import Catalog, ServedSite
from gateway.state.database import State
from gateway.state.mail_reports import mail_report_confirmations as confirmations
from gateway.state.mail_reports import mail_report_letters as letters
from gateway.state.mail_reports import mail_reports as table

Kind = Literal["week", "month"]
KINDS: tuple[Kind, ...] = ("week", "month")
MOST_OF_A_SITE = 50
TRIES = 12
SENT_FROM = time(6)  # of the site's clock: hits of the night are in
_WAIT = 3600.0  # seconds until the next try
# Atoms and dots (RFC 5321, 4.1.2), nothing quoted or encoded: what the header's parser may read as another address.
_ADDRESS = re.compile(r"(?!.*=\?)[\w!#$%&'*+/=?^`{|}~.-]{1,64}@(?=.{4,180}$)[\w-]+(\.[\w-]+)*\.[\w-]{2,}")


@dataclass(frozen=True, slots=True)
class MailReport:
    """One address that gets a site's letters. Times are seconds since the epoch.

    `period`, `state`, `tries` and `at` are those of its last letter: its period's first day; "" of the one that asks, and before
    it. `confirmed`: when the address said that it wants them; None until then. `ended`: who asked for them may do so no more.
    """

    id: str
    site: int
    kind: Kind
    address: str
    language: str
    created: float
    created_by: str
    period: str = ""
    state: str = ""
    tries: int = 0
    at: float = 0.0
    confirmed: float | None = None
    ended: bool = False


class Letter(NamedTuple):
    subject: str
    text: str
    html: str


# What a letter says, of a site, in a language, with the link that stops it.
Write = Callable[[ServedSite, Overview, str, str], Letter]
# What the letter says that asks: of a site, how often, in a language, with the links that confirm and that stop.
Ask = Callable[[ServedSite, Kind, str, str, str], Letter]
# Whether a user may still edit a site: name, site, when they made what is asked about.
MayEdit = Callable[[str, int, float], bool]


class MailReports:
    """Calls block: from async code run them in a thread. `keys` sign the links that stop letters, newest first."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        catalog: Catalog,
        overviews: Overviews,
        mailer: Mailer,
        write: Write,
        ask: Ask,
        may_edit: MayEdit,
        keys: Sequence[bytes],
        base_url: str,
    ) -> None:
        self._state = state
        self._clock = clock
        self._catalog = catalog
        self._overviews = overviews
        self._mailer = mailer
        self._write = write
        self._ask = ask
        self._may_edit = may_edit
        self._links = URLSafeSerializer(list(reversed(keys)), salt="gateway mail report")
        self._confirmations = URLSafeSerializer(list(reversed(keys)), salt="gateway mail report confirmation")
        self._base_url = base_url

    @property
    def configured(self) -> bool:
        """Whether there is a server that letters go out by."""
        return self._mailer.configured

    def of_site(self, site: int) -> list[MailReport]:
        """Who gets letters, by address, with what became of the last one."""
        return self._find(table.c.site == site)

    def add(self, site: int, kind: Kind, address: str, language: str, *, by: str) -> MailReport:
        """Raises BadRequest. The first letter with figures is about the period that is running now, once that is over."""
        address = address.strip()
        if not _ADDRESS.fullmatch(address):
            raise BadRequest("This is not an e-mail address.", "$.address")
        known = self.of_site(site)
        if any(one.address == address and one.kind == kind for one in known):
            raise BadRequest("This address gets these letters already.", "$.address")
        if len(known) >= MOST_OF_A_SITE:
            raise BadRequest(f"A site has letters to at most {MOST_OF_A_SITE} addresses.", "$.address")
        one = MailReport(secrets.token_hex(8), site, kind, address, language, self._clock.timestamp(), by)
        values = {name: getattr(one, name) for name in table.c.keys()}  # noqa: SIM118 - a collection of columns
        with self._state.begin() as connection:
            connection.execute(sa.insert(table).values(values))
        return one

    def remove(self, site: int, report: str) -> MailReport | None:
        """No more letters to this address; None where there is none of this id at the site."""
        found = self._find(sa.and_(table.c.site == site, table.c.id == report))
        with self._state.begin() as connection:
            for one in found:
                delete(connection, one.id)
        return found[0] if found else None

    def stop_link(self, report: str) -> str:
        return f"{self._base_url}/letters/stop/{self._links.dumps(report)}"

    def confirm_link(self, report: str) -> str:
        return f"{self._base_url}/letters/confirm/{self._confirmations.dumps(report)}"

    def of_link(self, token: str) -> MailReport | None:
        """Whose letters a link stops; None where it is forged or they were stopped."""
        return self._named(self._links, token)

    def to_confirm(self, token: str) -> MailReport | None:
        """Whose letters a link confirms; None where it is forged or they were stopped."""
        return self._named(self._confirmations, token)

    def confirm(self, report: str) -> None:
        """The address wants these letters."""
        now = self._clock.timestamp()
        with self._state.begin() as connection:
            self._state.insert_or_ignore(connection, confirmations, report=report, confirmed=now)

    def _named(self, links: URLSafeSerializer, token: str) -> MailReport | None:
        try:
            report = str(links.loads(token[:500]))
        except BadData:
            return None
        found = self._find(table.c.id == report)
        return found[0] if found else None

    def letter(self, served: ServedSite, kind: Kind, language: str) -> Letter | None:
        """The letter about the last period that is over, for a look; None before there is one. Raises as Reports.run does."""
        spans = self._overviews.spans(served.id, kind)
        return self._write(served, self._overviews.of(served.id, spans[0]), language, "") if spans else None

    def send(self) -> int:
        """Send what is due; the number of letters sent.

        Raises WarehouseUnavailable where a site's figures cannot be had: nothing is claimed then, and the other sites' are sent.
        """
        sent, trouble = 0, None
        for served in self._catalog if self._mailer.configured else ():
            try:
                sent += sum(self._send(served, one) for one in self.of_site(served.id))
            except WarehouseUnavailable as error:
                trouble = error
        if trouble is not None:
            raise trouble
        return sent

    def _send(self, served: ServedSite, one: MailReport) -> bool:
        if one.ended:
            return False
        stop = self.stop_link(one.id)
        if one.confirmed is None:
            if one.state and one.period != ASKING:
                one = self._as_if_added(one)
            if (one.state and not self._again(one)) or not self._claim(one, ASKING):
                return False
            asking = self._ask(served, one.kind, one.language, self.confirm_link(one.id), stop)
            return self._post(one, ASKING, asking, stop)
        spans = self._overviews.spans(served.id, one.kind)
        if not spans or not self._is_due(served, one, spans[0]):
            return False
        overview = self._overviews.of(served.id, spans[0])
        period = spans[0].first.isoformat()
        if not self._claim(one, period):
            return False
        return self._post(one, period, self._write(served, overview, one.language, stop), stop)

    def _as_if_added(self, one: MailReport) -> MailReport:
        """As if it were added now: it had letters before anybody was asked whether they are wanted."""
        new = replace(one, created=self._clock.timestamp(), period=ASKING, state="", tries=0)
        with self._state.begin() as connection:
            connection.execute(sa.delete(letters).where(letters.c.report == one.id, letters.c.period != ASKING))
            connection.execute(sa.update(table).where(table.c.id == one.id).values(created=new.created))
        return new

    def _post(self, one: MailReport, period: str, letter: Letter, stop: str) -> bool:
        """Send what was claimed."""
        # RFC 8058: mail programs offer to stop them with one click.
        headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        sent = self._mailer.send(one.address, letter.subject, letter.text, html=letter.html, headers=headers)
        mine = sa.and_(letters.c.report == one.id, letters.c.period == period)
        with self._state.begin() as connection:
            connection.execute(sa.update(letters).where(mine).values(state="sent" if sent else "failed"))
        return sent

    def _is_due(self, served: ServedSite, one: MailReport, span: Span) -> bool:
        from_ = datetime.combine(span.last + timedelta(days=1), SENT_FROM, served.zone)
        created = datetime.fromtimestamp(one.created, UTC).astimezone(served.zone).date()
        if self._clock.now() < from_ or span.last < created:
            return False
        if one.period != span.first.isoformat():
            return True
        return self._again(one)

    def _again(self, one: MailReport) -> bool:
        return one.state == "failed" and one.tries < TRIES and one.at + _WAIT <= self._clock.timestamp()

    def _claim(self, one: MailReport, period: str) -> bool:
        """Whether the letter is ours to send: one of all workers gets it."""
        now = self._clock.timestamp()
        with self._state.begin() as connection:
            if self._state.insert_or_ignore(
                connection, letters, report=one.id, period=period, state="sending", tries=1, at=now
            ):
                return True
            again = sa.and_(
                letters.c.report == one.id,
                letters.c.period == period,
                letters.c.state == "failed",
                letters.c.tries == one.tries,
            )
            values = {"state": "sending", "tries": one.tries + 1, "at": now}
            return bool(connection.execute(sa.update(letters).where(again).values(values)).rowcount)

    def _find(self, condition: sa.ColumnElement[bool]) -> list[MailReport]:
        newest = (
            sa.select(letters.c.report, sa.func.max(letters.c.period).label("period"))
            .group_by(letters.c.report)
            .subquery()
        )
        last = letters.alias()
        query = (
            sa.select(table, last.c.period, last.c.state, last.c.tries, last.c.at, confirmations.c.confirmed)
            .outerjoin(confirmations, confirmations.c.report == table.c.id)
            .outerjoin(newest, newest.c.report == table.c.id)
            .outerjoin(last, sa.and_(last.c.report == table.c.id, last.c.period == newest.c.period))
            .where(condition)
            .order_by(table.c.address, table.c.kind)
        )
        with self._state.begin() as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        found = [MailReport(**{name: value for name, value in row.items() if value is not None}) for row in rows]
        return [replace(one, ended=not self._may_edit(one.created_by, one.site, one.created)) for one in found]
