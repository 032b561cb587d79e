"""Links that show a site's overview to whoever holds them: read-only, of one site, until they expire or are revoked.

Only the hash of a link's token is kept, so that it can be shown once, when it is made.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from gateway.accounts.makers import Makers
from gateway.accounts.passwords import LEAST_LENGTH, Passwords
from gateway.accounts.secret_ids import digest, is_id, new_id
from gateway.accounts.throttle import Throttle
from gateway.clock import Clock, add_months_to_instant
from gateway.errors import BadRequest, NotAuthenticated
from gateway.state.database import State
from gateway.state.shares import share_links as table
from gateway.state.shares import share_sessions as sessions

DAY = 86_400.0
DEFAULT_DAYS = 30
MOST_MONTHS = 13
MOST_OF_A_SITE = 200
LONGEST_NAME = 200
SESSION_SECONDS = 12 * 3600
_LISTED_AFTER = 30 * DAY  # expired links are listed this long
LONGEST_FILTER = 2000


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link as it can be listed: everything but its token. Times are seconds since the epoch.

    `kind`: day, week or month; the last one that is over, and where `choice` is given those before it. `filter`: in the
    grammar of reports/filters.py, checked by whoever makes the link.
    """

    id: str
    site: int
    name: str
    kind: str
    choice: bool
    filter: str
    has_password: bool
    created: float
    created_by: str
    expires: float
    ended: bool = False  # whoever made it may make it no more


class ShareLinks:
    """Calls block: from async code run them in a thread."""

    def __init__(self, state: State, clock: Clock, makers: Makers, passwords: Passwords, throttle: Throttle) -> None:
        self._state = state
        self._makers = makers
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle

    def make(
        self,
        site: int,
        name: str,
        *,
        by: str,
        kind: str,
        choice: bool = True,
        filter_: str = "",
        days: int = DEFAULT_DAYS,
        password: str = "",
    ) -> tuple[str, ShareLink]:
        """A new link: its token, which is not kept, and the link. Raises BadRequest."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise BadRequest(f"Say in up to {LONGEST_NAME} characters who the link is for.", "$.name")
        now = self._clock.now()
        expires = now.timestamp() + days * DAY
        if days < 1 or expires > add_months_to_instant(now, MOST_MONTHS).timestamp():
            raise BadRequest(f"A link is valid for a day to {MOST_MONTHS} months.", "$.days")
        if password and len(password) < LEAST_LENGTH:
            raise BadRequest(f"A password has at least {LEAST_LENGTH} characters.", "$.password")
        if len(filter_) > LONGEST_FILTER:
            raise BadRequest(f"A filter has at most {LONGEST_FILTER} characters.", "$.filter")
        token = new_id()
        values: dict[str, Any] = {
            "id": secrets.token_hex(8),
            "site": site,
            "name": name,
            "kind": kind,
            "choice": choice,
            "filter": filter_,
            "created": now.timestamp(),
            "created_by": by,
            "expires": expires,
        }
        password_hash = self._passwords.hash(password) if password else None
        with self._state.begin() as connection:
            count = sa.select(sa.func.count()).where(table.c.site == site)
            if connection.execute(count).scalar_one() >= MOST_OF_A_SITE:
                raise BadRequest(f"A site has at most {MOST_OF_A_SITE} links; revoke one first.", "$.name")
            row = {**values, "token_hash": digest(token), "password_hash": password_hash}
            connection.execute(sa.insert(table).values(row))
        return token, ShareLink(has_password=bool(password), **values)

    def find(self, token: str) -> ShareLink | None:
        """The link of a token; None where there is none, or none any more, or whoever made it may not edit the site any more."""
        row = self._row(token)
        return None if row is None else _link(row)

    def of_site(self, site: int) -> list[ShareLink]:
        """All links of a site, the newest first; expired ones for 30 days more."""
        query = sa.select(table).where(table.c.site == site).order_by(table.c.created.desc(), table.c.id)
        with self._state.begin() as connection:
            rows = connection.execute(query).all()
            return [replace(_link(row), ended=not self._is_kept(connection, row)) for row in rows]

    def revoke(self, site: int, share_id: str) -> ShareLink | None:
        """End a link of a site at once, for those who look at it as well; None where there is none of this id."""
        own = (table.c.site == site, table.c.id == share_id)
        with self._state.begin() as connection:
            row = connection.execute(sa.select(table).where(*own)).one_or_none()
            connection.execute(sa.delete(sessions).where(sessions.c.share == share_id))
            connection.execute(sa.delete(table).where(*own))
        return None if row is None else _link(row)

    def enter(self, token: str, password: str, address: str) -> str:
        """The id of a session for whoever knows the link's password; `address` is theirs, truncated.

        Raises NotAuthenticated, also where there is no such link, and TooManyRequests after repeated failures.
        """
        row = self._row(token)
        # What is guessed at is the link, so that its holders share a count as an account's log-ins do.
        account = f"share {row.id if row is not None else 'none'}"
        self._throttle.enter(account, address)
        if not self._passwords.verify(row.password_hash if row is not None else None, password) or row is None:
            raise NotAuthenticated("Wrong password.")
        self._throttle.succeed(account, address)
        session_id = new_id()
        until = self._clock.timestamp() + SESSION_SECONDS
        with self._state.begin() as connection:
            connection.execute(sa.insert(sessions).values(id_hash=digest(session_id), share=row.id, until=until))
        return session_id

    def is_open(self, link: ShareLink, session_id: str) -> bool:
        """Whether whoever has this session may look: always where the link has no password."""
        if not link.has_password:
            return True
        if not is_id(session_id):
            return False
        mine = sa.select(sessions.c.until).where(sessions.c.id_hash == digest(session_id), sessions.c.share == link.id)
        with self._state.begin() as connection:
            until = connection.execute(mine).scalar_one_or_none()
        return until is not None and until > self._clock.timestamp()

    def purge(self, connection: sa.Connection) -> int:
        """Delete sessions that are over and links that expired 30 days ago; the number of rows."""
        now = self._clock.timestamp()
        gone = connection.execute(sa.delete(sessions).where(sessions.c.until <= now)).rowcount
        old = sa.select(table.c.id).where(table.c.expires <= now - _LISTED_AFTER)
        gone += connection.execute(sa.delete(sessions).where(sessions.c.share.in_(old))).rowcount
        return gone + connection.execute(sa.delete(table).where(table.c.expires <= now - _LISTED_AFTER)).rowcount

    def _row(self, token: str) -> Any:
        if not is_id(token):
            return None
        with self._state.begin() as connection:
            row = connection.execute(sa.select(table).where(table.c.token_hash == digest(token))).one_or_none()
            if row is None or row.expires <= self._clock.timestamp() or not self._is_kept(connection, row):
                return None
        return row

    def _is_kept(self, connection: sa.Connection, row: Any) -> bool:
        return self._makers.edits(connection, row.created_by, row.site, row.created)


def _link(row: Any) -> ShareLink:
    return ShareLink(
        id=row.id,
        site=row.site,
        name=row.name,
        kind=row.kind,
        choice=row.choice,
        filter=row.filter,
        has_password=row.password_hash is not None,
        created=row.created,
        created_by=row.created_by,
        expires=row.expires,
    )
