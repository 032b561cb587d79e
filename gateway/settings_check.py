"""What the types cannot say about the settings: each rule with the problem that breaking it is.

`check` finds what stops the start, `advice` what an operator should hear about and may have reasons for.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gateway.errors import Problem
from gateway.secrets import MIN_KEY, MIN_PASSWORD, MIN_TOKEN, weakness
from gateway.settings import MAX_DATA_MONTHS, MAX_RAW_MONTHS, Settings, Smtp, Unwanted
from gateway.settings_oidc import check_oidc, check_oidc_sites
from gateway.sites import lint
from gateway.sites.codes import is_jurisdiction
from gateway.sites.domains import is_host, is_local, is_public_suffix, registrable
from gateway.sites.site import Site

_MMDB_MARKER = b"\xab\xcd\xefMaxMind.com"
_HASH = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{10,}\$[A-Za-z0-9+/]{10,}")
_GENERATE = 'Generate one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


def check(settings: Settings) -> Iterator[Problem]:
    """Everything wrong with the settings that are not a site's."""
    yield from _public_url(settings)
    yield from _networks(settings)
    yield from _databases(settings)
    yield from _retention(settings)
    yield from _journal(settings)
    yield from _secrets(settings)
    yield from _smtp(settings)
    yield from check_oidc(settings)
    yield from _data_dir(settings.data_dir)
    yield from _unwanted(settings.unwanted)
    if settings.geo.database:
        yield from _geography(Path(settings.geo.database))


def _unwanted(unwanted: Unwanted) -> Iterator[Problem]:
    for host in unwanted.referrers:
        if not is_host(host.removeprefix("*.")):
            yield Problem(
                "unwanted.referrers", f'"{host}" is no host.', 'Write it without scheme and path: "spam.example".'
            )
    if unwanted.referrers_file:
        try:
            Path(unwanted.referrers_file).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
            yield Problem(
                "unwanted.referrers_file",
                f"cannot be read: {reason}.".lower(),
                "Name a text file with one host a line.",
            )


def _data_dir(path: Path) -> Iterator[Problem]:
    fix = "Name a folder, or one that may be created."
    try:
        nearest = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    except (OSError, ValueError) as error:
        yield Problem("data_dir", f"cannot be a folder: {getattr(error, 'strerror', None) or error}.".lower(), fix)
        return
    if not nearest.is_dir():
        yield Problem("data_dir", f"{nearest} is a file.", fix)
    elif not os.access(nearest, os.W_OK | os.X_OK):
        yield Problem("data_dir", f"{nearest} may not be written to.", fix)


def check_together(
    sites: Sequence[tuple[str, Site]], settings: Settings, *, public_url_known: bool = True
) -> Iterator[Problem]:
    """What sites get wrong among each other and about the gateway. Each comes with what stands before its keys."""
    ids: dict[int, str] = {}
    owners: dict[str, str] = {}
    for where, site in sites:
        name = where.rstrip(".: ")
        if site.id in ids:
            yield Problem(f"{where}id", f"{ids[site.id]} has the id {site.id} too.", "Give each site its own number.")
        else:
            ids[site.id] = name
        for domain in dict.fromkeys((*site.domains, *site.test_domains)):
            if domain in owners:
                yield Problem(
                    f"{where}domains", f'"{domain}" belongs to {owners[domain]} too.', "Keep it with one site."
                )
            else:
                owners[domain] = name
        if site.cookie_domain and public_url_known:
            yield from _cookie_domain(site.cookie_domain, f"{where}cookie_domain", settings)
    yield from check_oidc_sites(settings.oidc, ids)


def advice(settings: Settings) -> list[Problem]:
    """What works, but probably not as meant: cookies that no browser would send, a public URL without TLS."""
    gateway = urlsplit(settings.base_url)
    host = gateway.hostname or ""
    found = []
    if gateway.scheme == "http" and not is_local(host):
        found.append(
            Problem(
                "public_url", "is http: cookies and answers travel in the clear.", "Put a proxy with TLS before it."
            )
        )
    for site in settings.sites:
        for domain in site.domains:
            plain = domain.removeprefix("*.")
            if registrable(plain) != registrable(host):
                found.append(
                    Problem(
                        f"site {site.id}: domains",
                        f"{plain} and the gateway's {host} are different sites to a browser: it sends no cookies between them, "
                        "so no answer is remembered.",
                        f"Serve the gateway below {plain}, by reverse proxy or as a subdomain.",
                    )
                )
        if site.main_url and urlsplit(site.main_url).scheme != gateway.scheme and not is_local(host):
            found.append(
                Problem(
                    f"site {site.id}: main_url",
                    "differs from public_url in its scheme, so no cookies flow.",
                    "Use https for both.",
                )
            )
        found += overrides(site)
    return found


def overrides(site: Site) -> list[Problem]:
    """What a site stands by although the lint of dark patterns finds fault with it, each with the reason on record."""
    return [
        Problem(
            f"site {site.id}: {finding.key}", f"{finding} Overridden: {reason}", "Keep the reason true, or the rule."
        )
        for finding, reason in lint.overridden(site)
    ]


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL, or None where it is none."""
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            return None
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and not re.search(r"[\s\\]", url)
    return parts if good else None


def _public_url(settings: Settings) -> Iterator[Problem]:
    if not settings.host.strip() or re.search(r"[\s/]", settings.host):
        yield Problem("host", "is no address to listen on.", 'Write "127.0.0.1", "0.0.0.0" or a host name.')
    if not settings.public_url:
        return
    parts = _split(settings.public_url)
    if parts is None:
        yield Problem("public_url", "is no http or https URL.", 'Write it in full: "https://www.example.com/privacy".')
    elif (
        parts.query
        or parts.fragment
        or "@" in parts.netloc
        or "//" in parts.path
        or {".", ".."} & {*parts.path.split("/")}
    ):
        yield Problem("public_url", "has more than scheme, host, port and a plain path.", "Leave the rest out.")


def _networks(settings: Settings) -> Iterator[Problem]:
    for name, ranges in (("proxy.trusted", settings.proxy.trusted), ("privacy.excluded", settings.privacy.excluded)):
        for index, text in enumerate(ranges):
            key = f"{name}[{index}]"
            try:
                network = ipaddress.ip_network(text)
            except ValueError:
                yield Problem(key, f'"{text}" is no CIDR range.', _network_fix(text))
                continue
            if network.prefixlen == 0:
                everyone = (
                    "trusts every visitor to name their own address"
                    if name == "proxy.trusted"
                    else "excludes every visitor"
                )
                yield Problem(key, f"{text} {everyone}.", "Name only the ranges meant.")
    header = settings.proxy.country_header
    if header and not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", header):
        yield Problem("proxy.country_header", "is no header name.", 'Write it as in "CF-IPCountry".')
    elif header and not settings.proxy.trusted:
        yield Problem(
            "proxy.country_header", "is believed only from trusted proxies, and there are none.", "Set proxy.trusted."
        )
    if settings.privacy.local_jurisdiction and not is_jurisdiction(settings.privacy.local_jurisdiction):
        yield Problem("privacy.local_jurisdiction", "is no country or US state.", 'Write "FR", "US-CA" or the like.')


def _network_fix(text: str) -> str:
    try:
        return f"Write {ipaddress.ip_network(text, strict=False)}."
    except ValueError:
        return "Write a range such as 10.0.0.0/8 or 2001:db8::/32."


def _databases(settings: Settings) -> Iterator[Problem]:
    url = settings.clickhouse.url
    parts = _split(url)
    if url.startswith("chdb:"):
        if url != "chdb://":
            yield Problem(
                "clickhouse.url", "the embedded database has no place of its own.", 'Write "chdb://" and set data_dir.'
            )
        elif settings.workers > 1:
            yield Problem(
                "workers",
                f"{settings.workers} processes cannot share the embedded database.",
                "Write workers = 1, or set clickhouse.url to a server.",
            )
    elif parts is None:
        yield Problem(
            "clickhouse.url",
            "is neither chdb:// nor a server's URL.",
            'Write "http://host:8123" or "https://host:8443".',
        )
    elif "@" in parts.netloc:
        yield Problem(
            "clickhouse.url", "has credentials in it.", "Move them to clickhouse.user and clickhouse.password."
        )
    elif parts.path.strip("/") or parts.query or parts.fragment:
        yield Problem(
            "clickhouse.url", "has more than scheme, host and port.", "Name the database in clickhouse.database."
        )
    yield from _cluster(settings)
    state = settings.state.url
    if state and not re.match(r"(sqlite|postgresql(\+psycopg)?)://", state):
        yield Problem(
            "state.url", "is neither SQLite nor PostgreSQL.", "Write postgresql+psycopg://user:password@host/name."
        )
    elif state and not _is_database_url(state):
        yield Problem("state.url", "is not a database's URL.", "Write postgresql+psycopg://user:password@host/name.")
    elif state.startswith("postgresql") and importlib.util.find_spec("psycopg") is None:
        yield Problem("state.url", "the PostgreSQL driver is not installed.", 'Install "consent-gateway[postgresql]".')


def _cluster(settings: Settings) -> Iterator[Problem]:
    clickhouse = settings.clickhouse
    if not clickhouse.cluster:
        if clickhouse.nodes or clickhouse.replicated:
            key = "nodes" if clickhouse.nodes else "replicated"
            yield Problem(f"clickhouse.{key}", "is of a cluster, and none is named.", "Name it in clickhouse.cluster.")
        return
    if clickhouse.url.startswith("chdb:"):
        yield Problem(
            "clickhouse.cluster", "the embedded database is in no cluster.", "Set clickhouse.url to one of its servers."
        )
    if not clickhouse.nodes:
        yield Problem("clickhouse.nodes", "is empty.", "List the URL of every server of the cluster.")
    for number, url in enumerate(clickhouse.nodes):
        parts = _split(url)
        if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.path.strip("/"):
            yield Problem(f"clickhouse.nodes[{number}]", "is no server's URL.", 'Write "http://host:8123".')


def _is_database_url(url: str) -> bool:
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        return False
    return True


def _retention(settings: Settings) -> Iterator[Problem]:
    raw, data = settings.retention.raw_months, settings.retention.data_months
    if raw > MAX_RAW_MONTHS:
        yield Problem(
            "retention.raw_months",
            f"{raw} is beyond the limit of {MAX_RAW_MONTHS}.",
            f"Write {MAX_RAW_MONTHS} or less.",
        )
    if data > MAX_DATA_MONTHS:
        yield Problem(
            "retention.data_months",
            f"{data} is beyond the limit of {MAX_DATA_MONTHS}.",
            f"Write {MAX_DATA_MONTHS} or less.",
        )
    if raw > data:
        yield Problem(
            "retention.raw_months",
            f"raw hits ({raw}) would outlive what is made of them ({data}).",
            f"Write {data} or less.",
        )


def _journal(settings: Settings) -> Iterator[Problem]:
    if settings.journal.segment_bytes > settings.journal.max_bytes:
        yield Problem(
            "journal.segment_bytes", "a segment would be larger than the journal.", "Keep it below journal.max_bytes."
        )


def _secrets(settings: Settings) -> Iterator[Problem]:
    dashboard = settings.dashboard
    given = [
        ("dashboard.admin_password", dashboard.admin_password, MIN_PASSWORD),
        ("dashboard.api_token", dashboard.api_token, MIN_TOKEN),
    ]
    given += [(f"signing_keys[{index}]", key, MIN_KEY) for index, key in enumerate(settings.signing_keys)]
    given += [(f"ledger_keys[{index}]", key, MIN_KEY) for index, key in enumerate(settings.ledger_keys)]
    given += [
        (f"sites[{number}].webhooks[{index}].secret", webhook.secret or "-", MIN_KEY)
        for number, site in enumerate(settings.sites)
        for index, webhook in enumerate(site.webhooks)
    ]
    if not settings.embedded:
        given.append(("clickhouse.password", settings.clickhouse.password, 8))
    if dashboard.admin_password.startswith("$argon2id$") and not _HASH.fullmatch(dashboard.admin_password):
        yield Problem(
            "dashboard.admin_password",
            "this looks like a hash, and is none.",
            "Copy the whole line that `gateway hash-password` prints, in single quotes.",
        )
    for key, value, least in given:
        if value and (weak := weakness(value, least)):
            yield Problem(key, weak, _GENERATE)
    if len(set(settings.signing_keys)) < len(settings.signing_keys):
        yield Problem("signing_keys", "the same key is there twice.", "Keep it once.")


def _smtp(settings: Settings) -> Iterator[Problem]:
    smtp = settings.smtp
    if not smtp.host:
        if smtp != Smtp():
            yield Problem("smtp.host", "is empty while other keys of smtp are set.", "Name the server, or drop them.")
        return
    if not is_host(smtp.host):
        yield Problem("smtp.host", f'"{smtp.host}" is no host.', 'Write it bare: "mail.example.com".')
    if not re.fullmatch(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+", smtp.sender):
        yield Problem("smtp.sender", "is no e-mail address.", 'Write it bare: "privacy@example.com".')
    if bool(smtp.user) != bool(smtp.password):
        yield Problem("smtp.user", "and smtp.password go together.", "Set both, or neither.")
    if smtp.tls == "none" and smtp.user and not is_local(smtp.host):
        yield Problem("smtp.tls", "the password would travel in the clear.", 'Write "starttls" or "tls".')


def _geography(path: Path) -> Iterator[Problem]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 128 * 1024))  # where the format puts its metadata
            tail = file.read()
    except OSError as error:
        yield Problem(
            "geo.database", f"{path} cannot be read: {(error.strerror or 'unknown').lower()}.", "Name an .mmdb file."
        )
        return
    if _MMDB_MARKER not in tail:
        yield Problem("geo.database", f"{path} is no MaxMind database.", "Name an .mmdb file, unpacked.")


def _cookie_domain(domain: str, key: str, settings: Settings) -> Iterator[Problem]:
    host = (urlsplit(settings.base_url).hostname or "").rstrip(".")
    if not is_host(domain):
        plain = domain.strip().strip(".").lower()
        fix = f'Write "{plain}".' if is_host(plain) else "Name a domain, or leave it empty."
        yield Problem(key, f'"{domain}" is no domain.', fix)
    elif is_local(host):
        yield Problem(key, f"browsers take no cookie domain from {host}.", "Leave it empty, or set public_url.")
    elif is_local(domain) or is_public_suffix(domain):
        yield Problem(
            key, f"{domain} is a public suffix; browsers ignore such cookies.", f'Write "{registrable(host)}".'
        )
    elif host != domain and not host.endswith(f".{domain}"):
        yield Problem(
            key, f"the gateway's host {host} is not below {domain}.", f'Write "{registrable(host)}", or leave it empty.'
        )
