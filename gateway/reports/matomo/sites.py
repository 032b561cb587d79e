"""SitesManager: the sites that whoever asks may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import urlsplit

from gateway.reports.matomo.answers import Row, Table
from gateway.reports.matomo.figures import home
from gateway.sites.catalog import ServedSite


def described(served: ServedSite, earliest: date) -> Row:
    """One site. What we do not have is as Matomo has it for a site on which nothing was set.

    Clients take ts_created for the first day that can have figures: it is `earliest`, the oldest that is kept.
    """
    site = served.site
    return {
        "idsite": site.id,
        "name": site.name,
        "main_url": home(site).rstrip("/"),
        "ts_created": f"{earliest} 00:00:00",
        "ecommerce": 0,
        "sitesearch": 1,
        "sitesearch_keyword_parameters": ",".join(site.search_parameters),
        "sitesearch_category_parameters": "",
        "timezone": site.timezone,
        "currency": site.currency,
        "exclude_unknown_urls": 1,
        "excluded_ips": "",
        "excluded_parameters": "",
        "excluded_user_agents": "",
        "excluded_referrers": "",
        "group": "",
        "type": "website",
        "keep_url_fragment": 0,
        "creator_login": "",
        "timezone_name": site.timezone.replace("_", " "),
        "currency_name": site.currency,
    }


def urls(served: ServedSite) -> list[str]:
    """The site's home page, then its other hosts; not those that stand for any number of hosts."""
    first = home(served.site).rstrip("/")
    own = urlsplit(first).netloc
    return [first, *(f"https://{host}" for host in served.site.domains if host != own and not host.startswith("*."))]


def by_url(url: str, sites: Iterable[ServedSite]) -> Table:
    """The sites to whose hosts a URL belongs; with or without scheme and www."""
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return []
    bare = host.removeprefix("www.")
    return [{"idsite": served.id} for served in sites if any(served.owns_host(one) for one in (bare, f"www.{bare}"))]
