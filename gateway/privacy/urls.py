"""URLs as they may be stored: host and path, without what identifies a person.

Query strings are dropped but for the parameters a site names; e-mail addresses and complete IP addresses are removed
from what stays (GDPR art. 5(1)(c)).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from gateway.privacy.addresses import redact

LONGEST = 2048
MOST_PARAMETERS = 200
LONGEST_HOST = 253  # RFC 1035 § 2.3.4, in text
LONGEST_CACHED = 300  # so that the cache stays small whatever visitors send

# What nearly all URLs look like, for which the general parser takes ten times as long; a test holds the two together.
_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?::\d{1,5})?(/[!-\"$->@-~]*)?(?:\?([!-\"$-~]*))?(?:#([!-~]*))?", re.ASCII)

# Bounded, so that no text makes it try long runs again and again.
_EMAIL = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.ASCII | re.IGNORECASE)


class Page(NamedTuple):
    """A page's address in parts. `query` is for this request's enrichment only and is never stored."""

    host: str  # lower case, without port
    path: str
    query: tuple[tuple[str, str], ...]


def parse(url: str) -> Page | None:
    """The parts of an http(s) URL, None where it is none. Parameters in the fragment count as query, as Matomo has it."""
    return _cached(url) if len(url) <= LONGEST_CACHED else _parse(url)


def _parse(url: str) -> Page | None:
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        host, path, query, fragment = plain.groups("")
    else:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not host:
            return None
        path, query, fragment = parts.path, parts.query, parts.fragment
    if len(host) > LONGEST_HOST:
        return None
    parameters = _parameters(query) if query else ()
    if "=" in fragment:
        parameters += _parameters(fragment.lstrip("?"))
    return Page(host.rstrip("."), clean(path or "/"), parameters)


_cached = lru_cache(maxsize=16_384)(_parse)


def path_of(page: Page, kept: tuple[str, ...]) -> str:
    """The path as stored: with the parameters that tell this site's pages apart, in the site's order."""
    if not kept or not page.query:
        return page.path
    values = dict(page.query)
    query = urlencode([(name, clean(values[name])) for name in kept if name in values])
    return f"{page.path}?{query}" if query else page.path


def clean(text: str) -> str:
    """`text` without e-mail addresses and complete IP addresses, bounded to LONGEST characters."""
    text = text[:LONGEST]
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("(e-mail)", text)
    if "%" in text and text != (decoded := unquote(text)) and redact(decoded) != decoded:
        text = decoded
    return redact(text)


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    """Names and values; none at all where there are more than MOST_PARAMETERS, which no page of a person has."""
    return tuple(parse_qsl(query)) if query.count("&") < MOST_PARAMETERS else ()
