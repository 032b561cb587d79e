"""What a customer chose on an account, and the rule that brings it together with what a browser says by itself.

RULES.md E13: an account's choice applies to a device only while the customer is logged in there. Then the two count as if all
had been answered in one browser, one after the other: for each purpose the most recent answer, whether a yes or a no, and
of two given at the same second the no. Objections and opt-outs of sale add up: either of the two is enough.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.privacy.cookies import Choice
from gateway.sites.catalog import ServedSite


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The choices of one customer of one site. `choice` is unexpired; `answered` is in seconds since the epoch."""

    choice: Choice | None = None
    answered: float | None = None
    receipt: str = ""  # of the answer, after a yes
    objected: bool = False
    opted_out: bool = False
    sale_allowed: bool = False  # an opt-out was taken back on the account, and none was made there since
    minor: bool = False

    @property
    def is_empty(self) -> bool:
        return self.choice is None and not (self.objected or self.opted_out or self.minor)


def merge(browser: Choice | None, account: Choice | None, site: ServedSite) -> Choice | None:
    """The answers that stand while the customer is logged in."""
    if browser is None or account is None:
        return browser or account
    newer, older = (browser, account) if _when(browser) >= _when(account) else (account, browser)
    if _when(newer) == _when(older):
        return _refusals_first(newer, older, site)
    # A yes of the older answer counts under its own policy alone, and the result has that of the newer one.
    kept = {
        purpose: said
        for purpose, said in older.p.items()
        if purpose not in newer.p and (not said or older.f == newer.f)
    }
    if not kept:
        return newer
    services = {service: said for service, said in older.s.items() if _purpose_of(service, site) in kept}
    return Choice({**kept, **newer.p}, newer.f, newer.d, min(newer.e, older.e), {**services, **newer.s})


def refused(site: ServedSite, day: int, expires: int) -> Choice:
    """A no to everything optional, as it stands for a minor, who is asked nothing (RULES.md C12)."""
    return Choice({purpose.id: 0 for purpose in site.site.optional_purposes}, site.fingerprint, day, expires)


def _refusals_first(one: Choice, other: Choice, site: ServedSite) -> Choice:
    if one.f != other.f:
        # Nobody can tell which policy came last: the refusals stand, and the customer is asked.
        purposes = {name: 0 for choice in (one, other) for name, said in choice.p.items() if not said}
        services = {name: 0 for choice in (one, other) for name, said in choice.s.items() if not said}
        return Choice(purposes, "", one.d, one.e, services)
    purposes = {name: min(one.p.get(name, 1), other.p.get(name, 1)) for name in {**one.p, **other.p}}
    services = {
        name: min(_said(one.s, one.p, name, site), _said(other.s, other.p, name, site)) for name in {**one.s, **other.s}
    }
    return Choice(purposes, one.f, one.d, one.e, services)


def _said(services: Mapping[str, int], purposes: Mapping[str, int], service: str, site: ServedSite) -> int:
    return services.get(service, purposes.get(_purpose_of(service, site), 0))


def _purpose_of(service: str, site: ServedSite) -> str:
    return next((each.id for each in site.site.purposes for own in each.services if own.id == service), "")


def _when(choice: Choice) -> tuple[int, int]:
    """Orders answers: of one day, the later one also lapses later."""
    return choice.d, choice.e
