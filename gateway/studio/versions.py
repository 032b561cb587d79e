"""Drafts and published versions in the state database. Calls block: from async code run them in a thread.

A draft has a revision, a site a number of the version that is served (0: as configured). Whoever changes one says which they
saw, so that of two people at the same time the second is told (Conflict) and nobody's work is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from gateway.accounts.audit_log import Action, AuditLog
from gateway.clock import Clock, add_months_to_instant
from gateway.errors import Conflict, NotFound
from gateway.sites.drafts import Draft
from gateway.state.banner_drafts import banner_drafts, banner_versions
from gateway.state.database import State

SHOWN = 100  # versions in a history

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Draft)


class Kept(NamedTuple):
    """A draft as it is kept. `revision` 0: nobody has begun one, and it is what is served."""

    revision: int
    draft: Draft
    at: float | None = None
    by: str = ""


class Version(NamedTuple):
    """A published banner. `again`: the earlier version that it brings back, None where it was a draft."""

    number: int
    draft: Draft
    policy: str
    at: float
    by: str
    again: int | None


class Versions:
    def __init__(self, state: State, clock: Clock, audit: AuditLog) -> None:
        self._state = state
        self._clock = clock
        self._audit = audit

    def draft(self, site: int) -> Kept:
        """The draft of a site; what is served where nobody has begun one."""
        with self._state.begin() as connection:
            row = connection.execute(sa.select(banner_drafts).where(banner_drafts.c.site == site)).first()
        if row is None:
            live = self.live(site)
            return Kept(0, live.draft if live is not None else Draft())
        return Kept(row.revision, _decoder.decode(row.body), row.at, row.by)

    def save(self, site: int, draft: Draft, seen: int, by: str) -> Kept:
        """Keep a draft. Raises Conflict where it is not at the revision `seen` any more."""
        before = self.draft(site)
        if before.revision == seen and before.draft == draft:
            return before
        kept = Kept(seen + 1, draft, self._clock.timestamp(), by)
        row = {"revision": kept.revision, "body": _text(draft), "at": kept.at, "by": by}
        with self._state.begin() as connection:
            if seen == 0:
                done = self._state.insert_or_ignore(connection, banner_drafts, site=site, **row)
            else:
                done = bool(connection.execute(_at(site, seen).values(row)).rowcount)
            # Every few seconds while somebody writes: the log says who began.
            if done and before.by != by:
                self._audit.record(Action.BANNER_DRAFTED, by, site=site, within=connection)
        if not done:
            raise Conflict(f"{before.by or 'Somebody'} has changed this draft meanwhile. Load it again.", "$.revision")
        return kept

    def publish(self, site: int, seen: int, live: int, policy: str, by: str) -> Version:
        """Serve the draft at revision `seen` in place of the version `live`. Raises Conflict where either is not so any more."""
        with self._state.begin() as connection:
            # Changes nothing, but takes the row: nobody changes the draft before this is done.
            if not connection.execute(_at(site, seen).values(revision=seen)).rowcount:
                raise Conflict("This draft was changed meanwhile. Load it again.", "$.revision")
            row = connection.execute(sa.select(banner_drafts.c.body).where(banner_drafts.c.site == site)).one()
            return self._add(connection, site, live, _decoder.decode(row.body), policy, by, None)

    def roll_back(self, site: int, to: int, live: int, policy: str, by: str) -> Version:
        """Serve the earlier version `to` (0: as configured) in place of `live`, as a new version. Raises Conflict, NotFound.

        A draft that is what was served follows; one with changes of its own stays.
        """
        earlier = self.version(site, to)
        served = self.live(site)
        with self._state.begin() as connection:
            made = self._add(connection, site, live, earlier, policy, by, to)
            if served is not None:
                unchanged = sa.and_(banner_drafts.c.site == site, banner_drafts.c.body == _text(served.draft))
                row = {"body": _text(earlier), "revision": banner_drafts.c.revision + 1, "at": made.at, "by": by}
                connection.execute(sa.update(banner_drafts).where(unchanged).values(row))
        return made

    def version(self, site: int, number: int) -> Draft:
        """What a version published; number 0 is the configuration alone. Raises NotFound."""
        if number == 0:
            return Draft()
        wanted = sa.select(banner_versions).where(banner_versions.c.site == site, banner_versions.c.number == number)
        with self._state.begin() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise NotFound(f"There is no version {number} of this banner.", "$.to")
        return _decoder.decode(row.body)

    def live(self, site: int) -> Version | None:
        """The version that is served; None where nothing was ever published."""
        return next(iter(self.history(site, 1)), None)

    def history(self, site: int, most: int = SHOWN) -> list[Version]:
        """The newest versions, newest first."""
        of_site = sa.select(banner_versions).where(banner_versions.c.site == site)
        with self._state.begin() as connection:
            rows = connection.execute(of_site.order_by(banner_versions.c.number.desc()).limit(most)).all()
        return [Version(row.number, _decoder.decode(row.body), row.policy, row.at, row.by, row.again) for row in rows]

    def numbers(self) -> dict[int, int]:
        """Site → the number of the version that is served. Small and quick: every worker asks all the time."""
        newest = sa.select(banner_versions.c.site, sa.func.max(banner_versions.c.number))
        with self._state.begin() as connection:
            return {site: number for site, number in connection.execute(newest.group_by(banner_versions.c.site))}

    def purge(self, months: int, answered_to: Callable[[], Collection[str]]) -> int:
        """Delete versions that were replaced `months` ago and under whose policy no answer is kept; how many.

        `answered_to`: the policies that the ledger's rows are about; asked only where there is something that old.
        """
        before = add_months_to_instant(self._clock.now(), -months).timestamp()
        later = banner_versions.alias()
        replaced = sa.select(sa.func.min(later.c.at)).where(
            later.c.site == banner_versions.c.site, later.c.number > banner_versions.c.number
        )
        old = sa.select(banner_versions).where(replaced.scalar_subquery() < before)
        with self._state.begin() as connection:
            found = connection.execute(old).all()
        if not found:
            return 0
        needed = answered_to()
        with self._state.begin() as connection:
            for row in (gone := [row for row in found if row.policy not in needed]):
                its = sa.and_(banner_versions.c.site == row.site, banner_versions.c.number == row.number)
                connection.execute(sa.delete(banner_versions).where(its))
        return len(gone)

    def _add(
        self, connection: sa.Connection, site: int, live: int, draft: Draft, policy: str, by: str, again: int | None
    ) -> Version:
        at, number = self._clock.timestamp(), live + 1
        newest = sa.select(sa.func.coalesce(sa.func.max(banner_versions.c.number), 0))
        row = {"site": site, "number": number, "body": _text(draft), "policy": policy, "at": at, "by": by}
        if connection.execute(newest.where(banner_versions.c.site == site)).scalar_one() != live or not (
            self._state.insert_or_ignore(connection, banner_versions, **row, again=again)
        ):
            raise Conflict("Another version was published meanwhile. Load the page again.", "$.live")
        action = Action.BANNER_PUBLISHED if again is None else Action.BANNER_ROLLED_BACK
        detail = f"version {number}" if again is None else f"version {number}, which is version {again} again"
        self._audit.record(action, by, site=site, detail=f"{detail}; policy {policy}", within=connection)
        return Version(number, draft, policy, at, by, again)


def _at(site: int, revision: int) -> sa.Update:
    return sa.update(banner_drafts).where(banner_drafts.c.site == site, banner_drafts.c.revision == revision)


def _text(draft: Draft) -> str:
    return _encoder.encode(draft).decode()
