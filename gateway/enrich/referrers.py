"""Where a visit came from: search engine, social network, AI assistant, app or another website. The lists are referrers.toml."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.privacy import urls
from gateway.sites.domains import is_public_suffix

LONGEST_KEYWORD = 250


class Referrer(NamedTuple):
    """`type` is direct, search, social, ai or website; `name` the engine, network, host or app."""

    type: str = "direct"
    name: str = ""
    path: str = ""
    keyword: str = ""


DIRECT = Referrer()


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hosts: tuple[str, ...]
    keywords: tuple[str, ...] = ("q",)
    apps: tuple[str, ...] = ()


class _Source(NamedTuple):
    type: str
    name: str
    keywords: tuple[str, ...] = ()


# What an advertiser's or network's link adds to the page's address. The parameter names a source where nothing else does; its
# value names one click, and is not looked at.
_CLICKS = {
    "gclid": ("search", "Google"),
    "gbraid": ("search", "Google"),
    "wbraid": ("search", "Google"),
    "srsltid": ("search", "Google"),
    "msclkid": ("search", "Bing"),
    "yclid": ("search", "Yandex"),
    "ysclid": ("search", "Yandex"),
    "fbclid": ("social", "Facebook"),
    "igshid": ("social", "Instagram"),
    "igsh": ("social", "Instagram"),
    "twclid": ("social", "X"),
    "ttclid": ("social", "TikTok"),
    "li_fat_id": ("social", "LinkedIn"),
    "epik": ("social", "Pinterest"),
    "sccid": ("social", "Snapchat"),
    "rdt_cid": ("social", "Reddit"),
}

_APP = re.compile(r"(?:android|ios)-app://([A-Za-z0-9._-]{1,150})(?:/.*)?", re.ASCII | re.DOTALL)


class Referrers:
    """Recognises referrers by host or app."""

    def __init__(self) -> None:
        lists = msgspec.toml.decode(
            Path(__file__).with_name("referrers.toml").read_bytes(), type=dict[str, dict[str, _Listed]]
        )
        self._by_domain: dict[str, _Source] = {}
        self._below_any_suffix: dict[str, _Source] = {}  # "google" for google.*
        self._by_app: dict[str, _Source] = {}
        for kind, names in lists.items():
            for name, listed in names.items():
                source = _Source(kind, name, listed.keywords if kind == "search" else ())
                self._by_app.update(dict.fromkeys(listed.apps, source))
                for host in listed.hosts:
                    if host.endswith(".*"):
                        self._below_any_suffix[host[:-2]] = source
                    else:
                        self._by_domain[host] = source
        self._of_host = lru_cache(maxsize=8192)(self._source)
        self._described = lru_cache(maxsize=8192)(self._describe)

    def referrer(self, url: str, owns_host: Callable[[str], bool]) -> Referrer:
        """The referrer of a page view. The site's own pages, and what is no address of a page or app, are direct entries."""
        if not url:
            return DIRECT
        host, referrer = self._described(url) if len(url) <= urls.LONGEST_CACHED else self._describe(url)
        return DIRECT if host and owns_host(host) else referrer

    def _describe(self, url: str) -> tuple[str, Referrer]:
        """The host, "" of an app, and who that is to somebody else's site."""
        page = urls.parse(url)
        if page is None:
            app = _APP.fullmatch(url)
            return "", self._app(app[1]) if app is not None else DIRECT
        if not page.host:
            return "", DIRECT
        source = self._of_host(page.host)
        if source.keywords and page.query:
            return page.host, Referrer(source.type, source.name, "", _keyword(source.keywords, page.query))
        return page.host, Referrer(source.type, source.name, page.path if source.type == "website" else "")

    def of_click(self, query: Sequence[tuple[str, str]]) -> Referrer:
        """Who put a click's id into a page's address; DIRECT where nobody did."""
        for name, _ in query:
            found = _CLICKS.get(name.lower())
            if found is not None:
                return Referrer(*found)
        return DIRECT

    def assistant(self, source: str) -> Referrer | None:
        """The AI assistant that names its own host as the source of a campaign (utm_source=chatgpt.com), if it is one."""
        if "." not in source or len(source) > urls.LONGEST_HOST:
            return None
        found = self._of_host(source.lower())
        return Referrer(found.type, found.name) if found.type == "ai" else None

    def _app(self, name: str) -> Referrer:
        found = self._by_app.get(name)
        return Referrer(found.type, found.name) if found is not None else Referrer("website", urls.clean_part(name))

    def _source(self, host: str) -> _Source:
        labels = host.split(".")
        for start in range(len(labels) - 1):
            found = self._by_domain.get(".".join(labels[start:]))
            if found is not None:
                return found
        bare = labels[1:] if labels[0] in ("www", "m") else labels
        for end in range(1, len(bare)):
            found = self._below_any_suffix.get(".".join(bare[:end]))
            if found is not None and is_public_suffix(".".join(bare[end:])):
                return found
        return _Source("website", urls.clean(host.removeprefix("www.")))


def _keyword(names: tuple[str, ...], query: Sequence[tuple[str, str]]) -> str:
    """In lower case, as in Matomo: engines do not tell the two apart."""
    values = dict(query)
    found = next((values[name] for name in names if values.get(name, "").strip()), "")
    return urls.clean_part(found.strip().lower())[:LONGEST_KEYWORD]
