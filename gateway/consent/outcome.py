"""What follows from an answer, whichever way it came: a row for the ledger, and what the browser is given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from gateway.consent.record import ConsentRecord, Method
from gateway.privacy.cookies import Choice, CookieJar
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite


class Outcome(NamedTuple):
    """`purposes` and `services` are what the browser now holds, or what an opt-out took away; `cookies` make it so.

    `choice`, `objected` and `opted_out` say the same to an account; None where it stays as it is.
    """

    record: ConsentRecord
    purposes: dict[str, bool]
    services: dict[str, bool]
    expires: int  # seconds since the epoch
    cookies: list[str]
    choice: Choice | None = None
    objected: bool | None = None
    opted_out: bool | None = None

    @property
    def is_yes(self) -> bool:
        """True where anything was agreed to: only such an answer has a receipt, which is an identifier."""
        return any(self.purposes.values()) or any(self.services.values())

    def repeats(self, jar: CookieJar, cookies: dict[str, str]) -> bool:
        """True for an objection or opt-out that stands in this browser already: its term begins anew, and it needs no row."""
        stands = (self.objected and jar.objected(cookies)) or (self.opted_out and jar.opted_out(cookies))
        return self.choice is None and bool(stands)


def make_record(
    visit: Visit, site: ServedSite, standing: Standing, purposes: Mapping[str, bool], services: Mapping[str, bool], *,
    method: Method, surface: str, country: str, expires: int, notice: str = "", script: str = "", language: str = "",
    follows: str = "",
) -> ConsentRecord:  # fmt: skip
    """The row of one answer. `expires` is in seconds since the epoch."""
    return ConsentRecord(
        id=str(uuid.uuid4()),
        site=site.id,
        ts=int(visit.received * 1000),
        method=method,
        surface=surface,
        purposes=dict(purposes),
        services=dict(services),
        policy=site.fingerprint,
        notice=notice,
        script=script,
        language=language,
        jurisdiction=standing.situation.jurisdiction,
        country=country,
        gpc=visit.gpc,
        expires=expires * 1000,
        follows=follows,
    )
