"""What an API token lets a request say of somebody else's visit: whose address, which place, what time, on which basis.

A log importer or a website's server sends hits of its visitors. Without a token a request speaks of its own sender alone.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.accounts.principal import Principal
from gateway.enrich.geo import Place, place_in
from gateway.errors import BadRequest
from gateway.hits import Basis, RawHit
from gateway.privacy.addresses import Networks, Truncation
from gateway.privacy.decision import Decision
from gateway.privacy.visit import LONGEST_AGENT, Visit
from gateway.settings import Settings
from gateway.sites.jurisdictions import Regime


class Authority(NamedTuple):
    """A token that covers the site of a hit. `basis` is what it declares: consent, exempt or cookieless."""

    basis: Basis


def authority(principal: Principal | None, site: int) -> Authority | None:
    """What `principal` may say of the hits of `site`; None where it may not."""
    return Authority(principal.basis) if principal is not None and principal.may_track(site) else None


class Senders:
    """Whose visit a request tells of."""

    def __init__(self, settings: Settings) -> None:
        self._truncate = Truncation(settings.privacy.ipv4_prefix, settings.privacy.ipv6_prefix)
        self._excluded = Networks(settings.privacy.excluded)

    def visit(self, visit: Visit, address: str, user_agent: str, authority: Authority | None) -> Visit:
        """`visit` as that of the client with this address (in full: cut here) and user agent; "" where it names none.

        Raises BadRequest for an address without a token, and for what is no address.
        """
        if user_agent:
            # The headers' hints are those of the sender.
            visit = msgspec.structs.replace(visit, user_agent=user_agent[:LONGEST_AGENT], hints=())
        if not address:
            return visit
        if authority is None:
            raise BadRequest("cip needs a valid token_auth", "cip")
        truncated = self._truncate(address)
        if not truncated:
            raise BadRequest("cip must be an IP address", "cip")
        excluded = bool(self._excluded) and address in self._excluded
        return msgspec.structs.replace(visit, address=truncated, excluded=excluded, country_hint="")


def declared(basis: Basis, regime: Regime) -> Decision:
    """The decision where the visitor left none and a token declares one.

    The exemption holds in the countries that know it and that the site relies on; elsewhere, Germany always among them,
    such a hit is counted cookieless.
    """
    if basis is Basis.EXEMPT and regime is Regime.CONSENT:
        return Decision(Basis.COOKIELESS)
    return Decision(basis)


def placed(raw: RawHit, found: Place) -> Place:
    """The place of a hit: what its server said of it, for the rest what its address says."""
    if not (raw.country or raw.region or raw.city):
        return found
    if raw.country and raw.country != found.country:
        return place_in(raw.country, raw.region, raw.city)
    if not (raw.region or raw.city):
        return found
    named = place_in(found.country, raw.region, raw.city)
    return found._replace(region=named.region or found.region, city=named.city or found.city)
