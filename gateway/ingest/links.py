"""Addresses that a visitor left for: kept as scheme, host and path, since what stands behind is often somebody's own."""

from __future__ import annotations

from gateway.privacy import urls


def kept(address: str) -> str:
    """`address` as it may be stored; what is no web address (mailto:, tel:) is cleaned as a text is."""
    page = urls.parse(address)
    if page is None:
        return urls.clean(address)
    scheme = "https" if address[:6].lower() == "https:" else "http"
    return f"{scheme}://{page.host}{page.path}"
