"""What is served: the configuration with each site's published banner over it, swapped as a whole.

One swap for two occasions: a banner that any worker published (`refresh`, asked for all the time), and a configuration that
is read again (`reload`). What is served is derived from the configuration and the state database alone, so a worker that is
killed between a publication and its swap comes back with the published version, and no other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from gateway import settings_check
from gateway.clock import Clock
from gateway.errors import NotFound, Problem, SettingsError
from gateway.settings import Settings
from gateway.settings_loader import Loaded, digest
from gateway.sites import check, drafts, served_policies
from gateway.sites.catalog import GRACE, Catalog
from gateway.sites.drafts import Draft, Written
from gateway.sites.site import Site
from gateway.studio.versions import Version, Versions

log = logging.getLogger("gateway.studio")

REFRESH = 0.5  # seconds between looks for what other workers published


class Reloaded(NamedTuple):
    """`restart`: keys that were changed and take effect at the next start only."""

    sites: int
    configuration: str
    restart: tuple[str, ...]


class Serving:
    """`settings` are those in effect, with the sites as they are served; `configured` the same as configured.

    `configuration` is the hash of the latter: the same in every worker that has read the same.
    """

    def __init__(
        self,
        loaded: Loaded,
        versions: Versions,
        clock: Clock,
        prepare: Callable[[Site], None],
    ) -> None:
        """`prepare` makes what a site needs before its first visitor, and may be called for one that has it already."""
        self.configured = loaded.settings
        self.settings = loaded.settings
        self.configuration = digest(self.configured)
        self.catalog = Catalog(())
        self._written = loaded.written
        self._versions = versions
        self._clock = clock
        self._prepare = prepare
        self._numbers: dict[int, int] = {}
        self._banners: dict[int, _Banner] = {}
        self._lock = threading.Lock()
        with self._lock:
            self._serve(loaded.settings, loaded.written)

    def site(self, site_id: int) -> Site:
        """A site as it is configured. Raises NotFound."""
        for site in self.configured.sites:
            if site.id == site_id:
                return site
        raise NotFound("There is no such site.", "site")

    def written(self, site_id: int) -> Written:
        """What the configuration writes itself of what a draft could change."""
        return self._written.get(site_id, {})

    def with_draft(self, site_id: int, draft: Draft) -> Site:
        """The site as it would be served with this draft. Raises NotFound."""
        return drafts.applied(self.site(site_id), draft, self.written(site_id))

    def refresh(self) -> bool:
        """Serve what was published since; True where that was anything. Blocks on the state database."""
        with self._lock:
            if self._versions.numbers() == self._numbers:
                return False
            self._serve(self.configured, self._written)
        return True

    def reload(self, loaded: Loaded) -> Reloaded:
        """Serve the sites of a configuration read again. Raises SettingsError, with nothing changed, where a banner that
        was published does not fit them.
        """
        with self._lock:
            found = _changed(msgspec.to_builtins(self.configured, enc_hook=str), loaded.settings)
            # Those that are not there already fit no configuration, this one as little as the one before.
            problems = [
                problem
                for site in loaded.settings.sites
                if (banner := self._banners.get(site.id)) is not None and banner.fits
                for problem in _unfit(site, loaded.written.get(site.id, {}), banner.version)
            ]
            if problems:
                raise SettingsError(problems)
            self._serve(msgspec.structs.replace(self.configured, sites=loaded.settings.sites), loaded.written)
            self.configuration = digest(self.configured)
        for site in self.settings.sites:
            for note in settings_check.overrides(site):
                log.warning("dark pattern overridden: %s", note)
        if found:
            log.warning("these settings take effect at the next start", extra={"keys": found})
        log.info("configuration reloaded", extra={"configuration": self.configuration})
        return Reloaded(len(self.settings.sites), self.configuration, tuple(found))

    def _serve(self, configured: Settings, written: Mapping[int, Written]) -> None:
        numbers, now = self._versions.numbers(), self._clock.timestamp()
        banners: dict[int, _Banner] = {}
        for site in configured.sites:
            known = self._banners.get(site.id)
            if known is not None and known.configured == site and known.version.number == numbers.get(site.id):
                banners[site.id] = known
            elif site.id in numbers:
                banners[site.id] = self._banner(site, written.get(site.id, {}), now)
        sites = [banners[site.id].site if site.id in banners else site for site in configured.sites]
        for site in sites:
            self._prepare(site)
        if not len(self.catalog):
            # At a start: who was shown what was replaced just before may be answering it still.
            self.catalog.swap(
                [banners[site.id].before if site.id in banners else site for site in configured.sites], now
            )
        self._written, self._numbers, self._banners = written, numbers, banners
        self.configured = configured
        self.settings = msgspec.structs.replace(configured, sites=tuple(sites))
        self.catalog.swap(sites, now)
        try:
            served_policies.keep(
                configured.data_dir, sites, {site: each.version.draft for site, each in banners.items()}
            )
        except OSError as error:
            log.warning("what is served could not be noted for gateway check", extra={"error": error.strerror})

    def _banner(self, site: Site, written: Written, now: float) -> _Banner:
        newest, *older = self._versions.history(site.id, 2)
        problems = _unfit(site, written, newest)
        for problem in problems:
            log.error("a published banner is not served: %s", problem)
        then = drafts.applied(site, newest.draft, written)
        before = then
        if newest.at > now - GRACE:
            before = drafts.applied(site, older[0].draft, written) if older else site
        return _Banner(site, newest, site if problems else then, before, not problems)


class _Banner(NamedTuple):
    """The newest version of a site's banner, with the site as configured, as served, and as it was served before."""

    configured: Site
    version: Version
    site: Site
    before: Site
    fits: bool


def _unfit(site: Site, written: Written, version: Version) -> list[Problem]:
    """What is wrong with a site once its published banner is over it."""
    where = f"site {site.id}, version {version.number} of the banner studio: "
    return list(check.check(drafts.applied(site, version.draft, written), where))


def _changed(before: Any, settings: Settings) -> list[str]:
    """The keys, besides sites, by which settings differ."""
    after = msgspec.to_builtins(settings, enc_hook=str)
    return [
        f"{table}.{name}" if isinstance(value, dict) else table
        for table, value in after.items()
        if table != "sites"
        for name in (value if isinstance(value, dict) else [table])
        if (value[name] != before[table][name] if isinstance(value, dict) else value != before[table])
    ]
