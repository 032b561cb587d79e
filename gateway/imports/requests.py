"""Which logged requests are somebody's looking at a page, and the hit that such a one is."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from gateway.hits import Basis, HitType, RawHit
from gateway.imports.entry import Entry, Left
from gateway.imports.logged import Logged
from gateway.privacy.visit import LONGEST_AGENT, LONGEST_URL, primary_language
from gateway.sites.catalog import ServedSite

# What a page brings along, and nobody looks at by itself.
STATIC = frozenset(
    "avif bmp class css cur eot gif ico jpeg jpg js json jsonld map mjs otf png rss svg svgz swf ttf txt wasm webmanifest "
    "webp woff woff2 xml".split()
)
# What is fetched to be kept: the endings that the embedded script counts as downloads, but for those above.
DOWNLOADS = frozenset(
    "7z bz2 gz iso jar rar tar tgz xz zip csv doc docx epub key mobi numbers odp ods odt pages pdf ppt pptx rtf xls xlsx mp3 "
    "ogg wav wma mov mp4 mpg webm wmv apk dmg exe msi pkg rpm".split()
)
WINDOW = 1000  # lines in which one that is like another is counted as the second of its kind


class Wanted(NamedTuple):
    """What the operator asked for."""

    basis: Basis = Basis.COOKIELESS
    static: bool = False
    errors: bool = False


class Requests:
    """Logged requests of one site as entries."""

    def __init__(self, site: ServedSite, wanted: Wanted, received: float) -> None:
        self._site = site
        self._wanted = wanted
        self._received = received
        home = urlsplit(site.site.main_url or f"https://{site.site.domains[0].removeprefix('*.')}/")
        self._scheme, self._host = home.scheme, home.netloc

    def entry(self, logged: Logged, number: int) -> Entry | Left:
        """The hit that a request is. `number`: which of those that are alike (Twins)."""
        if logged.method != "GET":
            return Left.METHOD
        if (
            300 <= logged.status < 400 and logged.status != 304
        ):  # 304: the page is in the browser still, and is looked at
            return Left.REDIRECT
        if (logged.status >= 400 or logged.status < 200) and not self._wanted.errors:
            return Left.ERROR
        ending = _ending(logged.target)
        if ending in STATIC and not self._wanted.static:
            return Left.STATIC
        url = self._url(logged)
        is_download = ending in DOWNLOADS and logged.status < 400
        return Entry(
            id=_id(self._site.id, logged, number),
            excluded=logged.address.excluded,
            gpc=logged.gpc,
            prefetch=logged.prefetch,
            raw=RawHit(
                site=self._site.id,
                type=HitType.DOWNLOAD if is_download else HitType.PAGEVIEW,
                received=self._received,
                at=logged.at,
                address=logged.address.truncated,
                user_agent=logged.user_agent[:LONGEST_AGENT],
                url=url,
                referrer=logged.referrer[:LONGEST_URL],
                language=primary_language(logged.language),
                name=url if is_download else "",
                status=logged.status,
                declared=self._wanted.basis,
            ),
        )

    def _url(self, logged: Logged) -> str:
        target = logged.target
        if not target.startswith("/"):
            return target[:LONGEST_URL]
        return f"{self._scheme}://{logged.host.lower() or self._host}{target}"[:LONGEST_URL]


class Twins:
    """Tells requests that are alike in everything apart, by counting them among the last WINDOW of their file.

    So the same line of the same file is the same hit whenever it is read, and two alike are two.
    """

    def __init__(self) -> None:
        self._last: deque[int] = deque()
        self._counts: dict[int, int] = {}

    def number(self, logged: Logged) -> int:
        key = hash(logged)
        number = self._counts.get(key, 0)
        self._counts[key] = number + 1
        self._last.append(key)
        if len(self._last) > WINDOW:
            old = self._last.popleft()
            if self._counts[old] == 1:
                del self._counts[old]
            else:
                self._counts[old] -= 1
        return number


def _ending(target: str) -> str:
    """The ending of a target's last segment, in lower case; "" where it has none."""
    for mark in "?#;":
        target = target.partition(mark)[0]
    name = target.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _id(site: int, logged: Logged, number: int) -> int:
    """Made of what the line says with its address truncated: of the whole address nothing is left to be guessed."""
    said = (
        f"import {site}\0{logged.address.truncated}\0{logged.at}\0{logged.method}\0{logged.target}\0{logged.status}\0"
        f"{logged.host}\0{logged.referrer}\0{logged.user_agent}\0{number}"
    )
    return int.from_bytes(blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).digest())
