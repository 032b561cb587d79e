"""What the types cannot say about logging in by OpenID Connect."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from gateway.errors import Problem
from gateway.settings import Oidc, Settings
from gateway.sites.domains import is_host, is_local


def check_oidc(settings: Settings) -> Iterator[Problem]:
    oidc = settings.oidc
    if not oidc.issuer:
        if oidc != Oidc():
            yield Problem("oidc.issuer", "is empty while other keys of oidc are set.", "Name it, or drop them.")
        return
    yield from _issuer(oidc.issuer)
    if not oidc.client_id.strip():
        yield Problem("oidc.client_id", "is empty.", "Write the one that the provider gave the gateway.")
    for key, value in (("client_id", oidc.client_id), ("client_secret", oidc.client_secret)):
        if value and not (value.isascii() and value.isprintable()):
            yield Problem(f"oidc.{key}", "has other characters than those of ASCII.", "Copy it from the provider.")
    if "openid" not in oidc.scopes:
        yield Problem("oidc.scopes", "lacks openid.", 'Write ["openid", "email"].')
    if (oidc.link_by_email or oidc.make_users or oidc.email_domains) and "email" not in oidc.scopes:
        yield Problem("oidc.scopes", "lacks email, which the other settings need.", 'Write ["openid", "email"].')
    for index, domain in enumerate(oidc.email_domains):
        if not is_host(domain):
            yield Problem(f"oidc.email_domains[{index}]", f'"{domain}" is no domain.', 'Write it bare: "example.com".')
    yield from _rights(oidc)


def check_oidc_sites(oidc: Oidc, known: Collection[int]) -> Iterator[Problem]:
    """`known` are the sites of the configuration, those of sites.d/ too."""
    for index, site in enumerate(oidc.sites):
        if site not in known:
            yield Problem(f"oidc.sites[{index}]", f"there is no site {site}.", "Describe it in sites.d/, or drop it.")


def _issuer(issuer: str) -> Iterator[Problem]:
    fix = 'Write it as the provider does: "https://login.example.com/realms/staff".'
    try:
        parts = urlsplit(issuer)
        good = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or "@" in parts.netloc or any(sign.isspace() for sign in issuer):
        yield Problem("oidc.issuer", "is no provider's URL.", fix)
    elif parts.scheme == "http" and not _is_inside(parts.hostname or ""):
        yield Problem("oidc.issuer", "is http: whoever listens could log in as anybody.", "Use https.")


def _is_inside(host: str) -> bool:
    """True for this machine and private networks, where no stranger listens."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return is_local(host)


def _rights(oidc: Oidc) -> Iterator[Problem]:
    if not oidc.make_users:
        return
    if oidc.role == "viewer" and not oidc.sites:
        yield Problem("oidc.sites", "is empty, and a viewer is one of named sites.", "Write their numbers.")
    if oidc.role == "dpo" and oidc.sites:
        yield Problem("oidc.sites", "names sites, and a dpo is one of every site.", "Leave it empty.")
