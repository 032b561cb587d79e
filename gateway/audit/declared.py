"""What a site declares to its visitors, looked up by what a browser meets."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from gateway.audit import lives
from gateway.audit.found import Kept, Sent, State, StoredKind, Walk
from gateway.privacy.cookies import OBJECTION_MONTHS
from gateway.sites.jurisdictions import Regime
from gateway.sites.policy import rule
from gateway.sites.site import ANALYTICS, Site

# What a visitor reads as "kept in the browser" (`kind = "local_storage"`): all of it stays until it is removed.
_LASTING: frozenset[StoredKind] = frozenset({"local_storage", "indexed_db", "cache", "service_worker"})


class Line(NamedTuple):
    """One declared cookie or storage key. `longest` in seconds; None where no term can be read from its words."""

    kind: str
    name: str  # may end in *
    purpose: str  # "" for what needs no answer
    life: str
    longest: float | None


class Declared:
    """The declarations of one site, the gateway's own cookies among them."""

    def __init__(self, site: Site, gateway_url: str) -> None:
        self.site = site
        self._gateway = urlsplit(gateway_url).netloc
        self._lines = [*_own(site)]
        self._required = {purpose.id for purpose in site.purposes if purpose.required}
        for purpose in site.purposes:
            owner = "" if purpose.required else purpose.id
            for cookie in purpose.cookies:
                longest = lives.seconds(cookie.life, site.language)
                self._lines.append(Line(cookie.kind, cookie.name, owner, cookie.life, longest))

    def unread(self) -> list[str]:
        """Cookies whose life is told in words without a term, so that none can be held against them."""
        return [f"{line.name}: “{line.life}”" for line in self._lines if line.kind == "cookie" and line.longest is None]

    def lines(self, kept: Kept) -> list[Line]:
        """The declarations of something on the device, by kind and name; nothing where there is none."""
        kind = "local_storage" if kept.kind in _LASTING else kept.kind
        return [line for line in self._lines if line.kind == kind and _named(kept.name, line.name)]

    def is_own(self, sent: Sent) -> bool:
        """Whether a request stays with the site or its gateway."""
        url = urlsplit(sent.url)
        page = urlsplit(sent.page)
        hosts = (*self.site.domains, *self.site.test_domains)
        own = url.netloc in (self._gateway, page.netloc)
        return own or any(matches(url.hostname or "", host) for host in hosts)

    def hosts(self, sent: Sent) -> list[str]:
        """The purposes that declare the host of a request; "" among them for one that needs no answer."""
        host = urlsplit(sent.url).hostname or ""
        return [
            "" if purpose.required else purpose.id
            for purpose in self.site.purposes
            if any(matches(host, declared) for declared in purpose.hosts)
        ]

    def allowed(self, walk: Walk) -> frozenset[str]:
        """The purposes that may run in this state, "" included; by the law of the place where the browser was."""
        optional = self.site.optional_purposes
        if walk.state is State.ACCEPT:
            return frozenset({"", *self._required, *(purpose.id for purpose in optional)})
        running = {"", *self._required}
        if walk.state in (State.NO_CHOICE, State.GPC):
            for purpose in optional:
                if purpose.id == ANALYTICS:
                    runs = walk.measure
                else:
                    runs = rule(self.site, purpose, walk.jurisdiction).regime is not Regime.CONSENT
                if runs and not (purpose.sale and walk.state is State.GPC):
                    running.add(purpose.id)
        return frozenset(running)


def _own(site: Site) -> list[Line]:
    def months(number: int) -> tuple[str, float]:
        return f"{number} months", number * 31 * lives.DAY

    return [
        Line("cookie", f"gw_choice_{site.id}", "", *months(site.choice_months)),
        Line("cookie", f"gw_receipt_{site.id}", "", *months(site.choice_months)),
        Line("cookie", f"gw_visitor_{site.id}", ANALYTICS, *months(site.max_cookie_months)),
        Line("cookie", f"gw_objection_{site.id}", "", *months(OBJECTION_MONTHS)),
        Line("cookie", f"gw_optout_{site.id}", "", *months(OBJECTION_MONTHS)),
    ]


def matches(host: str, declared: str) -> bool:
    """Whether a host is the one declared, or below it where that starts with "*."."""
    return host == declared or (declared.startswith("*.") and host.endswith(declared[1:]))


def _named(name: str, declared: str) -> bool:
    return name.startswith(declared[:-1]) if declared.endswith("*") else name == declared
