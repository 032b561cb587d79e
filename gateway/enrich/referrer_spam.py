"""Referrer spam: visits that never were, sent so that a host shows up in the list of referrers. Told by list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from gateway.privacy import urls


class ReferrerSpam:
    """The hosts that are shipped and those given. Raises OSError and UnicodeDecodeError for a file that cannot be read."""

    def __init__(self, hosts: Iterable[str] = (), file: Path | None = None) -> None:
        shipped = Path(__file__).with_name("referrer_spam.txt")
        listed = {*hosts_in(shipped), *map(_host, hosts), *(hosts_in(file) if file is not None else ())}
        self._hosts = frozenset(filter(None, listed))
        self._listed = lru_cache(maxsize=4096)(self._is_listed)

    def sent(self, referrer: str) -> bool:
        """Whether a page view's referrer is one of them, or below one."""
        page = urls.parse(referrer) if referrer else None
        return page is not None and self._listed(page.host)

    def _is_listed(self, host: str) -> bool:
        labels = host.split(".")
        return any(".".join(labels[start:]) in self._hosts for start in range(len(labels)))


def hosts_in(file: Path) -> Iterator[str]:
    """The hosts of a file, one a line; empty lines and comments apart."""
    for line in file.read_text(encoding="utf-8").splitlines():
        yield _host(line.partition("#")[0])


def _host(text: str) -> str:
    return text.strip().lower().removeprefix("*.").removeprefix("www.").rstrip("./")
