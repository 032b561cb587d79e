"""Searches of the site's own, as its result pages' addresses show them."""

from __future__ import annotations

from msgspec import structs

from gateway.hits import HitType, RawHit
from gateway.privacy.urls import Page
from gateway.sites.catalog import ServedSite

LONGEST = 500
_COUNT = "search_count"


def as_search(raw: RawHit, page: Page, site: ServedSite) -> RawHit:
    """A page view whose query has one of the site's search parameters, as the search that it is; else `raw` itself."""
    if raw.type is not HitType.PAGEVIEW or not page.query:
        return raw
    values = {name.lower(): value for name, value in page.query}
    for name in site.search_parameters:
        keyword = values.get(name, "").strip()
        if keyword:
            count = values.get(_COUNT, "")
            results = int(count) if count.isascii() and count.isdigit() and len(count) < 10 else -1
            return structs.replace(raw, type=HitType.SEARCH, name=keyword[:LONGEST], count=results)
    return raw
