"""The register of requests: each right exercised, until when it must be answered, and how it was (RULES.md E16, C11).

Whoever asks is not in it: a request has a random id, and a reference only where the data protection officer chose one.
24 months after the answer it is deleted; until then it is used for nothing else.
"""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.consent import deadlines
from gateway.consent.rights import Kind, Result, RightsRequest, Stage, Way
from gateway.errors import BadRequest, Conflict, NotFound
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from gateway.state.tables import rights_requests as table

LONGEST_REFERENCE = 64
LONGEST_TEXT = 2000
PAGE_LIMIT = 500


class Register:
    """Calls block: from async code run them in a thread."""

    def __init__(self, state: State, clock: Clock, catalog: Catalog) -> None:
        self._state = state
        self._clock = clock
        self._catalog = catalog

    def register(
        self,
        kind: Kind,
        site: int,
        *,
        came: Way,
        by: str,
        received: date | None = None,
        reference: str = "",
        note: str = "",
    ) -> RightsRequest:
        """Enter a request that has to be answered, received on that day, by default now.

        Raises BadRequest for an unknown site, a day to come or text that is too long.
        """
        now = self._clock.timestamp()
        zone = self._zone(site)
        at = now if received is None else self._begun(received, zone)
        entry = RightsRequest(
            id=secrets.token_hex(8), site=site, kind=kind, came=came, reference=_short(reference, LONGEST_REFERENCE, "reference"),
            note=_short(note, LONGEST_TEXT, "note"), received=at, due=_due(kind, at, zone), extended=None, extension_reason="",
            answered=None, result=None, answered_by=None, reason="", created_by=by,
        )  # fmt: skip
        self._insert(entry, None)
        return entry

    def granted_at_once(self, kind: Kind, site: int, came: Way) -> RightsRequest:
        """Enter a right that a page or the API granted in the same request; nothing about the browser is kept.

        Raises BadRequest for an unknown site.
        """
        now = self._clock.timestamp()
        entry = RightsRequest(
            id=secrets.token_hex(8), site=site, kind=kind, came=came, reference="", note="", received=now,
            due=_due(kind, now, self._zone(site)), extended=None, extension_reason="", answered=now, result=Result.GRANTED,
            answered_by=came, reason="", created_by="",
        )  # fmt: skip
        self._insert(entry, now)
        return entry

    def one(self, request_id: str) -> RightsRequest:
        """Raises NotFound."""
        with self._state.begin() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == request_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such request; answered ones are deleted after 24 months.", "$.id")
        return _entry(row)

    def find(
        self, stage: Stage = Stage.ALL, site: int | None = None, limit: int = 100, offset: int = 0
    ) -> list[RightsRequest]:
        """Unanswered requests by their due date, answered ones by their answer, the newest first."""
        newest = table.c.answered.desc().nulls_first()
        found = sa.select(table).where(self._narrowed(stage, site)).order_by(newest, table.c.due, table.c.id)
        with self._state.begin() as connection:
            rows = connection.execute(found.limit(min(limit, PAGE_LIMIT)).offset(offset)).all()
        return [_entry(row) for row in rows]

    def count(self, stage: Stage = Stage.ALL, site: int | None = None) -> int:
        with self._state.begin() as connection:
            counted = sa.select(sa.func.count()).select_from(table).where(self._narrowed(stage, site))
            return int(connection.execute(counted).scalar_one())

    def extend(self, request_id: str, reason: str) -> RightsRequest:
        """Two further months, once (GDPR art. 12(3)).

        Raises NotFound, BadRequest without a reason, Conflict where it was answered or extended, its month is over, or the law
        knows no extension.
        """
        entry = self.one(request_id)
        reason = _required(reason, "An extension needs its reason, which whoever asked must be told.", "reason")
        now = self._clock.timestamp()
        if not entry.may_be_extended:
            raise Conflict("This request cannot be extended, or not again.", "$.id")
        if entry.due <= now:
            raise Conflict("The month is over; an extension has to be told within it.", "$.id")
        due = deadlines.after_months(
            entry.received, self._zone(entry.site), deadlines.MONTHS + deadlines.EXTENSION_MONTHS
        )
        self._change(entry, sa.and_(table.c.answered.is_(None), table.c.extended.is_(None)),
                     due=due, extended=now, extension_reason=reason)  # fmt: skip
        return self.one(request_id)

    def answer(
        self, request_id: str, result: Result, by: Way, *, reason: str = "", note: str | None = None
    ) -> RightsRequest:
        """Close a request, now. Anything but a full grant needs its reason.

        Raises NotFound, BadRequest without that reason, Conflict where it was answered already.
        """
        entry = self.one(request_id)
        if result is not Result.GRANTED:
            reason = _required(reason, "What is refused, in part or whole, needs its reason.", "reason")
        values: dict[str, object] = {} if note is None else {"note": _short(note, LONGEST_TEXT, "note")}
        now = self._clock.timestamp()
        self._change(entry, table.c.answered.is_(None), answered=now, result=result.value, answered_by=by.value,
                     reason=_short(reason, LONGEST_TEXT, "reason"), delete_at=_delete_at(now), **values)  # fmt: skip
        return self.one(request_id)

    def annotate(self, request_id: str, note: str) -> RightsRequest:
        """Replace the note, be it to take out what should not stand there. Raises NotFound, BadRequest."""
        self._change(self.one(request_id), sa.true(), note=_short(note, LONGEST_TEXT, "note"))
        return self.one(request_id)

    def purge(self) -> int:
        """Delete what was answered 24 months ago; the number of requests. For a job."""
        with self._state.begin() as connection:
            over = sa.delete(table).where(table.c.delete_at <= self._clock.timestamp())
            return connection.execute(over).rowcount

    def zone(self, site: int) -> ZoneInfo:
        """The zone whose days count for a site; UTC for one that is served no longer."""
        served = self._catalog.get(site)
        return served.zone if served is not None else ZoneInfo("UTC")

    def _zone(self, site: int) -> ZoneInfo:
        if self._catalog.get(site) is None:
            raise BadRequest(f"There is no site {site} here.", "$.site")
        return self.zone(site)

    def _begun(self, day: date, zone: ZoneInfo) -> float:
        begun = deadlines.start_of(day, zone) if day.year > 2000 else None
        if begun is None or begun > self._clock.timestamp():
            raise BadRequest("A request was received today or before.", "$.received")
        return begun

    def _insert(self, entry: RightsRequest, answered: float | None) -> None:
        row = {name: getattr(entry, name) for name in RightsRequest.__dataclass_fields__}
        delete_at = _delete_at(answered) if answered is not None else None
        with self._state.begin() as connection:
            connection.execute(sa.insert(table).values(**row, delete_at=delete_at))

    def _change(self, entry: RightsRequest, still: sa.ColumnElement[bool], **values: object) -> None:
        with self._state.begin() as connection:
            changed = connection.execute(sa.update(table).where(table.c.id == entry.id, still).values(**values))
        if not changed.rowcount:
            raise Conflict("This request was answered or extended already.", "$.id")

    def _narrowed(self, stage: Stage, site: int | None) -> sa.ColumnElement[bool]:
        now = self._clock.timestamp()
        is_open = table.c.answered.is_(None)
        conditions = {
            Stage.OPEN: is_open,
            Stage.DUE: sa.and_(is_open, table.c.due <= now + deadlines.WARNING.total_seconds()),
            Stage.OVERDUE: sa.and_(is_open, table.c.due <= now),
            Stage.ANSWERED: table.c.answered.is_not(None),
            Stage.ALL: sa.true(),
        }
        return conditions[stage] if site is None else sa.and_(conditions[stage], table.c.site == site)


def _due(kind: Kind, received: float, zone: ZoneInfo) -> float:
    if kind is Kind.OPT_OUT_OF_SALE:
        return deadlines.after_business_days(received, zone, deadlines.OPT_OUT_BUSINESS_DAYS)
    return deadlines.after_months(received, zone, deadlines.MONTHS)


def _delete_at(answered: float) -> float:
    return add_months_to_instant(datetime.fromtimestamp(answered, UTC), deadlines.KEPT_MONTHS).timestamp()


def _required(text: str, what: str, field: str) -> str:
    if not text.strip():
        raise BadRequest(what, f"$.{field}")
    return _short(text, LONGEST_TEXT, field)


def _short(text: str, longest: int, field: str) -> str:
    text = text.strip()
    if len(text) > longest:
        raise BadRequest(f"This text may have {longest:,} characters.", f"$.{field}")
    return text


def _entry(row: sa.Row[tuple[object, ...]]) -> RightsRequest:
    values = {name: getattr(row, name) for name in RightsRequest.__dataclass_fields__}
    values |= {"kind": Kind(row.kind), "came": Way(row.came)}
    values["result"] = Result(row.result) if row.result else None
    values["answered_by"] = Way(row.answered_by) if row.answered_by else None
    return RightsRequest(**values)
