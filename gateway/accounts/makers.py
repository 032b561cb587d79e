"""Whether whoever made something for a site may still make it: what their right began ends with it, asked at every use."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.accounts.users import Users
from gateway.state.database import State


class Makers:
    """Calls block: from async code run them in a thread."""

    def __init__(self, state: State, users: Users) -> None:
        self._state = state
        self._users = users

    def may_edit(self, user: str, site: int, made: float) -> bool:
        """True where the user of this name may log in and edit the site, and is who had the name when it was `made`.

        Somebody who was given the name of a user who is gone made nothing of theirs. `made` is in seconds since the epoch.
        """
        with self._state.begin() as connection:
            return self.edits(connection, user, site, made)

    def edits(self, connection: sa.Connection, user: str, site: int, made: float) -> bool:
        """The same inside the caller's transaction."""
        found = self._users.named(connection, user)
        return found is not None and not found.disabled and found.created <= made and found.principal.may_edit(site)
