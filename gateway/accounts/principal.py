"""Who is asking, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.hits import Basis


class Role(StrEnum):
    """What a user or an API token is for.

    A viewer reads the sites named for them; an editor also changes what visitors of those sites see;
    a dpo reads every site and the evidence; an admin may do everything. `subjects` is for the API token of a website's own
    server: it reads and writes the choices of that site's customers, and sees nothing else. `tracking` is for one that sends
    hits, a website's server or a log importer: it says whose they are and when they were, and reads nothing.
    """

    VIEWER = "viewer"
    EDITOR = "editor"
    DPO = "dpo"
    ADMIN = "admin"
    SUBJECTS = "subjects"
    TRACKING = "tracking"

    @property
    def limited_to_sites(self) -> bool:
        """True for roles that may be given some sites only."""
        return self in (Role.VIEWER, Role.EDITOR, Role.SUBJECTS, Role.TRACKING)

    @property
    def may_send_hits(self) -> bool:
        """True for roles that may say of hits whose they are, from where and of when."""
        return self in (Role.TRACKING, Role.EDITOR, Role.ADMIN)

    @property
    def for_tokens_only(self) -> bool:
        """True for roles of programs, which no user has."""
        return self in (Role.SUBJECTS, Role.TRACKING)


@dataclass(frozen=True, slots=True)
class Principal:
    """A logged-in user or an API token. `sites` is None for every site.

    `basis` is what a token declares of the hits sent with it (DESIGN.md, the decision): consent, exempt or cookieless.
    """

    user: str
    role: Role
    sites: frozenset[int] | None = None
    basis: Basis = Basis.COOKIELESS

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def may_see_evidence(self) -> bool:
        """True for those who see the ledger, the register of requests, retention and the audit log."""
        return self.role in (Role.DPO, Role.ADMIN)

    @property
    def takes_small_figures(self) -> bool:
        """True for those whose exports need not hide small figures: all but viewers (docs/sharing.md)."""
        return self.role is not Role.VIEWER

    def may_read(self, site: int) -> bool:
        """True where this principal may see the figures of `site`."""
        return not self.role.for_tokens_only and self._reaches(site)

    def may_edit(self, site: int) -> bool:
        """True where this principal may change what visitors of `site` are shown."""
        return self.role in (Role.EDITOR, Role.ADMIN) and self.may_read(site)

    def may_keep_subjects(self, site: int) -> bool:
        """True where this principal may read and write the choices of the customers of `site`."""
        return self.role in (Role.SUBJECTS, Role.ADMIN) and self._reaches(site)

    def may_track(self, site: int) -> bool:
        """True where this principal may say of a hit of `site` whose it is, from where and of when."""
        return self.role.may_send_hits and self._reaches(site)

    def covers(self, other: Principal) -> bool:
        """True where whoever has these rights may hand out those of `other`: an API token of their own, say."""
        if self.is_admin:
            return True
        within = self.sites is None or (other.sites is not None and other.sites <= self.sites)
        return (
            within
            and other.role in _COVERED[self.role]
            and (other.basis is Basis.COOKIELESS or self.role.may_send_hits)
        )

    def _reaches(self, site: int) -> bool:
        return self.sites is None or site in self.sites


# What a role may do, named as roles. An admin may do everything.
_COVERED = {
    Role.VIEWER: (Role.VIEWER,),
    Role.EDITOR: (Role.VIEWER, Role.EDITOR, Role.TRACKING),
    Role.DPO: (Role.VIEWER, Role.DPO),
    Role.ADMIN: tuple(Role),
    Role.SUBJECTS: (),
    Role.TRACKING: (),
}
