"""The sites that one configuration serves, with what is derived from each once, when it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.sites import policy
from gateway.sites.jurisdictions import Regime, Rule
from gateway.sites.site import ANALYTICS, Site

GRACE = 1800.0  # seconds; as long as a visit


class Asked(NamedTuple):
    """What a visitor of a site can answer to, by id."""

    purposes: frozenset[str]
    services: frozenset[str]
    required_purposes: tuple[str, ...]
    required_services: tuple[str, ...]
    optional_purposes: tuple[str, ...]

    @classmethod
    def of(cls, site: Site) -> Asked:
        required = [purpose for purpose in site.purposes if purpose.required]
        return cls(
            frozenset(purpose.id for purpose in site.purposes),
            frozenset(service.id for purpose in site.purposes for service in purpose.services),
            tuple(purpose.id for purpose in required),
            tuple(service.id for purpose in required for service in purpose.services),
            tuple(purpose.id for purpose in site.optional_purposes),
        )


class ServedSite:
    """A site plus its policy fingerprint, time zone and regimes per jurisdiction (memoised)."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.id = site.id
        self.fingerprint = policy.fingerprint(site)
        self.zone = ZoneInfo(site.timezone)
        self.asked = Asked.of(site)
        self.analytics = site.purpose(ANALYTICS) if site.analytics_enabled else None
        # What is sold or shared in California's sense: a service on its own account, or with its purpose.
        self.sold_purposes = tuple(purpose.id for purpose in site.purposes if purpose.sale)
        self.sold_services = tuple(
            service.id for purpose in site.purposes for service in purpose.services if purpose.sale or service.sale
        )
        self.sells = bool(self.sold_purposes or self.sold_services)
        self.goal_ids = frozenset(goal.id for goal in site.goals)
        self.dimension_ids = tuple(dimension.id for dimension in site.dimensions)
        self.search_parameters = tuple(name.lower() for name in site.search_parameters)
        self._rules: dict[tuple[str, str], Rule] = {}
        self._hosts = frozenset(domain for domain in site.domains if not domain.startswith("*."))
        self._suffixes = tuple(domain[1:] for domain in site.domains if domain.startswith("*."))
        self._test_hosts = frozenset(site.test_domains)

    def rule(self, purpose_id: str, jurisdiction: str) -> Rule:
        """The rule of one purpose for a visitor from `jurisdiction`. Raises KeyError for an unknown purpose."""
        key = (purpose_id, jurisdiction)
        found = self._rules.get(key)
        if found is None:
            purpose = self.site.purpose(purpose_id)
            if purpose is None:
                raise KeyError(purpose_id)
            found = self._rules[key] = policy.rule(self.site, purpose, jurisdiction)
        return found

    def analytics_regime(self, jurisdiction: str) -> Regime:
        return self.rule(ANALYTICS, jurisdiction).regime

    def owns_host(self, host: str) -> bool:
        """True for a host (lower case, no port) among the site's domains or test domains."""
        return host in self._hosts or host in self._test_hosts or host.endswith(self._suffixes or ("\0",))

    def is_test_host(self, host: str) -> bool:
        return host in self._test_hosts


class Catalog:
    """All served sites by id. `swap` replaces them at once: whoever holds a ServedSite goes on with that one."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._sites = {site.id: ServedSite(site) for site in sites}
        self._earlier: dict[tuple[int, str], tuple[ServedSite, float]] = {}

    def get(self, site_id: int) -> ServedSite | None:
        return self._sites.get(site_id)

    def swap(self, sites: Iterable[Site], now: float) -> None:
        """Serve these sites from now on. A site that did not change stays the one it was, with what was derived from it."""
        served: dict[int, ServedSite] = {}
        for site in sites:
            old = self._sites.get(site.id)
            served[site.id] = old if old is not None and old.site == site else ServedSite(site)
        earlier = {key: entry for key, entry in self._earlier.items() if entry[1] > now}
        for old in self._sites.values():
            if (new := served.get(old.id)) is not None and new.fingerprint != old.fingerprint:
                earlier[old.id, old.fingerprint] = (old, now + GRACE)
        self._earlier = earlier
        self._sites = served

    def earlier(self, site: ServedSite, fingerprint: str, now: float) -> ServedSite | None:
        """The site as it was under a policy that was replaced less than GRACE ago: visitors may be answering it still."""
        old, until = self._earlier.get((site.id, fingerprint), (None, 0.0))
        return old if now < until and fingerprint != site.fingerprint else None

    def __iter__(self) -> Iterator[ServedSite]:
        return iter(self._sites.values())

    def __len__(self) -> int:
        return len(self._sites)
