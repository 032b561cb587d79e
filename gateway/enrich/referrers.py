"""Where a visit came from: search engine, social network, AI assistant or another website. The lists are referrers.toml."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.privacy import urls


class Referrer(NamedTuple):
    """`type` is direct, search, social, ai or website; `name` the engine, network or host."""

    type: str = "direct"
    name: str = ""
    path: str = ""
    keyword: str = ""


DIRECT = Referrer()

_KEYWORD_PARAMETERS = ("q", "query", "p", "wd", "text", "search")


class Referrers:
    """Recognises referrers by host."""

    def __init__(self) -> None:
        listed = msgspec.toml.decode(
            Path(__file__).with_name("referrers.toml").read_bytes(), type=dict[str, dict[str, list[str]]]
        )
        self._by_domain: dict[str, tuple[str, str]] = {}
        self._by_word: dict[str, tuple[str, str]] = {}
        for kind, names in listed.items():
            for name, hosts in names.items():
                for host in hosts:
                    table = self._by_word if host.endswith(".") else self._by_domain
                    table[host.rstrip(".")] = (kind, name)
        self.of_host = lru_cache(maxsize=8192)(self._of_host)

    def referrer(self, url: str, owns_host: Callable[[str], bool]) -> Referrer:
        """The referrer of a page view. The site's own pages, and what is no http(s) URL, are direct entries."""
        page = urls.parse(url) if url else None
        if page is None or owns_host(page.host):
            return DIRECT
        kind, name = self.of_host(page.host)
        keyword = ""
        if kind == "search":
            values = dict(page.query)
            keyword = next((urls.clean(values[key])[:250] for key in _KEYWORD_PARAMETERS if values.get(key)), "")
        return Referrer(kind, name, page.path if kind == "website" else "", keyword)

    def _of_host(self, host: str) -> tuple[str, str]:
        labels = host.split(".")
        for start in range(len(labels) - 1):
            found = self._by_domain.get(".".join(labels[start:]))
            if found is not None:
                return found
        # A word matches as the registrable label: google.fr, google.co.uk, www.google.de; not google.evil.example.
        for word, rest in zip(labels, (labels[index + 1 :] for index in range(len(labels))), strict=True):
            if word in self._by_word and 1 <= len(rest) <= 2 and all(len(label) <= 3 for label in rest):
                return self._by_word[word]
        return "website", urls.clean(host.removeprefix("www."))
