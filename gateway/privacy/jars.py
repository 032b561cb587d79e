"""The cookie jars of all sites, by site id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.privacy.cookies import CookieJar
from gateway.sites.site import Site


class Jars(Mapping[int, CookieJar]):
    """A site keeps its jar when it is served no longer: somebody may be in the middle of an answer."""

    def __init__(self, keys: Sequence[bytes], *, secure: bool) -> None:
        """`keys` are the signing keys, newest first; `secure` is False only where the gateway is reached by http."""
        self._keys = keys
        self._secure = secure
        self._jars: dict[int, CookieJar] = {}
        self._domains: dict[int, str] = {}

    def add(self, site: Site) -> None:
        """Make the jar of a site, or another one where its cookies' domain is another."""
        if self._domains.get(site.id) != site.cookie_domain:
            self._jars[site.id] = CookieJar(
                site.id, self._keys, path="/", domain=site.cookie_domain, secure=self._secure
            )
            self._domains[site.id] = site.cookie_domain

    def __getitem__(self, site: int) -> CookieJar:
        return self._jars[site]

    def __iter__(self) -> Iterator[int]:
        return iter(self._jars)

    def __len__(self) -> int:
        return len(self._jars)
