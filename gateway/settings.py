"""Every setting, as frozen types. `settings_loader.py` reads them from gateway.toml, sites.d/ and the environment.

The description of each field is its documentation: docs/settings.md is generated from here and a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gateway.sites.site import Site

MAX_RAW_MONTHS = 13
MAX_DATA_MONTHS = 25

# Marks a value that is never shown and that GATEWAY_…_FILE may name a file for.
SECRET = {"secret": True}


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Proxy(_Settings, frozen=True):
    """What stands in front of the gateway."""

    trusted: Annotated[
        tuple[str, ...],
        Meta(description="CIDR ranges of the proxies whose X-Forwarded-For is believed, walked right to left."),
    ] = ()
    country_header: Annotated[
        str, Meta(description="Header in which a trusted proxy or CDN gives the visitor's country; empty: none.")
    ] = ""


class Privacy(_Settings, frozen=True):
    """What the edge keeps of an address."""

    ipv4_prefix: Annotated[Literal[24, 16, 8], Meta(description="Bits kept of an IPv4 address.")] = 24
    ipv6_prefix: Annotated[Literal[48, 32], Meta(description="Bits kept of an IPv6 address.")] = 48
    excluded: Annotated[
        tuple[str, ...],
        Meta(description="CIDR ranges whose hits are not counted (staff). Compared at the edge, then forgotten."),
    ] = ()
    local_jurisdiction: Annotated[
        str,
        Meta(
            description="Jurisdiction given to private and loopback addresses (FR, US-CA, …); empty: unknown, the strictest."
        ),
    ] = ""


class ClickHouse(_Settings, frozen=True):
    """Where the figures are kept."""

    url: Annotated[
        str,
        Meta(description="chdb:// for the embedded database in the data directory; http(s)://host:port for a server."),
    ] = "chdb://"
    database: Annotated[str, Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,62}$", description="Database name.")] = "gateway"
    user: Annotated[str, Meta(description="User on a server.")] = "default"
    password: Annotated[str, Meta(description="Password on a server.", extra=SECRET)] = ""
    connect_timeout: Annotated[float, Meta(gt=0, description="Seconds to wait for a connection.")] = 5.0
    insert_timeout: Annotated[float, Meta(gt=0, description="Seconds to wait for an insert's answer.")] = 60.0
    cluster: Annotated[
        str,
        Meta(
            pattern="^([A-Za-z_][A-Za-z0-9_]{0,62})?$",
            description="Name of a cluster in the servers' remote_servers, over which the tables are spread (docs/cluster.md);"
            " empty: one server.",
        ),
    ] = ""
    nodes: Annotated[
        tuple[str, ...],
        Meta(description="Of a cluster: http(s)://host:port of every server, with the same user and password on each."),
    ] = ()
    replicated: Annotated[
        bool, Meta(description="Of a cluster: tables are ReplicatedMergeTree, by the servers' own macros and Keeper.")
    ] = False
    max_memory_bytes: Annotated[
        int, Meta(ge=0, description="Memory limit of the embedded database; 0: a quarter of RAM.")
    ] = 0
    report_memory_bytes: Annotated[int, Meta(ge=1, description="Memory limit of one report.")] = 1_000_000_000
    report_seconds: Annotated[float, Meta(gt=0, description="Time limit of one report.")] = 10.0
    reports_at_once: Annotated[int, Meta(ge=1, description="Reports that run at the same time; others wait.")] = 2


class State(_Settings, frozen=True):
    """Where the few mutable things are kept: users, sessions, salts, tokens."""

    url: Annotated[
        str,
        Meta(
            description="SQLAlchemy URL; empty: SQLite in the data directory. postgresql+psycopg://… for several hosts.",
            extra=SECRET,
        ),
    ] = ""


class Journal(_Settings, frozen=True):
    """The durable queue on local disk."""

    max_bytes: Annotated[int, Meta(ge=1_000_000, description="Size at which hits are answered 503.")] = 2_000_000_000
    reserve_bytes: Annotated[int, Meta(ge=0, description="Room beyond that kept for consents.")] = 100_000_000
    spare_bytes: Annotated[
        int,
        Meta(
            ge=0, description="Disk that each worker occupies beforehand, for consents once the disk is full; 0: none."
        ),
    ] = 16_000_000
    segment_bytes: Annotated[int, Meta(ge=100_000, description="Size at which a new segment is begun.")] = 64_000_000
    segment_seconds: Annotated[float, Meta(gt=0, description="Age at which a non-empty segment is finished.")] = 900.0


class Delivery(_Settings, frozen=True):
    """From the journal to the warehouse."""

    batch_rows: Annotated[int, Meta(ge=1, le=50_000, description="Rows in one insert, at most.")] = 10_000
    interval: Annotated[float, Meta(gt=0, description="Seconds between looks at the journal.")] = 1.0
    backoff_max: Annotated[float, Meta(gt=0, description="Longest wait in seconds between tries of a batch.")] = 60.0


class Retention(_Settings, frozen=True):
    """How long things are kept. Longer than the law's limits is refused."""

    raw_months: Annotated[int, Meta(ge=1, description="Raw hits; at most 13.")] = MAX_RAW_MONTHS
    data_months: Annotated[int, Meta(ge=1, description="Visits and figures; at most 25.")] = MAX_DATA_MONTHS


class Rollup(_Settings, frozen=True):
    """From raw hits to figures."""

    interval: Annotated[float, Meta(gt=0, description="Seconds between rollups of days with new hits.")] = 3.0


class Geography(_Settings, frozen=True):
    """Where a truncated address lies."""

    database: Annotated[str, Meta(description="Path of a .mmdb file; empty: the country database that is shipped.")] = (
        ""
    )


class Unwanted(_Settings, frozen=True):
    """What is not counted, apart from known bots. Each is counted by its reason in the metric gateway_hits."""

    hits_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            description="Hits a minute from one truncated address and user agent, or of one identified visitor, in one process,"
            " past which they are a bot's (bot_rate); addresses of local networks are not counted. 0: no limit.",
        ),
    ] = 1200
    referrers: Annotated[
        tuple[str, ...],
        Meta(description="Hosts, with all below them, whose visits are referrer spam, besides those that are shipped."),
    ] = ()
    referrers_file: Annotated[
        str,
        Meta(
            description="Path of a file with more of them, one a line, as Matomo's referrer-spam-list; read at start."
        ),
    ] = ""


class Dashboard(_Settings, frozen=True):
    """The marketing side."""

    admin_password: Annotated[
        str,
        Meta(
            description="Password of the first user, admin, at least 10 characters, or what `gateway hash-password` makes of"
            " it; empty: one is generated and printed once.",
            extra={**SECRET, "env": "GATEWAY_ADMIN_PASSWORD"},
        ),
    ] = ""
    api_token: Annotated[
        str,
        Meta(
            description="An admin API token (Bearer, or token_auth of Matomo clients); empty: none. At least 32 characters.",
            extra={**SECRET, "env": "GATEWAY_API_TOKEN"},
        ),
    ] = ""
    session_hours: Annotated[int, Meta(ge=1, le=720, description="Idle time after which a log-in ends.")] = 12


class Oidc(_Settings, frozen=True):
    """Logging in by OpenID Connect at a provider of one's own, beside passwords (docs/accounts.md)."""

    issuer: Annotated[
        str,
        Meta(
            max_length=255,
            description="URL of the provider, exactly as it names itself in its discovery document; empty: passwords alone.",
        ),
    ] = ""
    client_id: Annotated[str, Meta(description="What the provider knows the gateway as.")] = ""
    client_secret: Annotated[
        str, Meta(description="Secret that the provider gave the gateway; empty: a public client.", extra=SECRET)
    ] = ""
    label: Annotated[
        str, Meta(max_length=60, description="Name of the provider on the button; empty: the issuer's host.")
    ] = ""
    scopes: Annotated[tuple[str, ...], Meta(description="What the provider is asked for; openid is among it.")] = (
        "openid",
        "email",
    )
    link_by_email: Annotated[
        bool,
        Meta(
            description="Whoever comes for the first time is the user whose name is their e-mail address, if the provider vouches"
            " for it. Only where nobody can have somebody else's address confirmed there."
        ),
    ] = False
    make_users: Annotated[
        bool,
        Meta(
            description="Whoever is no user yet becomes one, named by their confirmed e-mail address; false: refused."
        ),
    ] = False
    role: Annotated[
        Literal["viewer", "editor", "dpo"], Meta(description="Role of users that are made by make_users.")
    ] = "viewer"
    sites: Annotated[
        tuple[int, ...],
        Meta(description="Their sites, by number; a viewer needs some, an editor without has every site."),
    ] = ()
    email_domains: Annotated[
        tuple[str, ...],
        Meta(
            description="Only whoever has a confirmed e-mail address of one of these domains gets in this way; empty: no limit."
        ),
    ] = ()

    @property
    def button(self) -> str:
        """What the button names; empty where there is none."""
        return self.issuer and (self.label or urlsplit(self.issuer).hostname or self.issuer)


class Smtp(_Settings, frozen=True):
    """The server that letters go out by: about requests that must be answered, naming nobody who asked, and with figures."""

    host: Annotated[str, Meta(description="Host of the SMTP server; empty: no letter is sent.")] = ""
    port: Annotated[int, Meta(ge=1, le=65535, description="Port of the SMTP server.")] = 587
    user: Annotated[str, Meta(description="User on it; empty: none is named.")] = ""
    password: Annotated[str, Meta(description="Password on it.", extra=SECRET)] = ""
    sender: Annotated[str, Meta(description="Address that letters come from.")] = ""
    tls: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(
            description="starttls (usually port 587), tls from the first byte (465), or none (a relay on this machine)."
        ),
    ] = "starttls"


class Limits(_Settings, frozen=True):
    """What one request may cost."""

    body_bytes: Annotated[int, Meta(ge=1024, description="Largest body of a hit or consent.")] = 65_536
    bulk_bytes: Annotated[int, Meta(ge=1024, description="Largest body of a Matomo bulk request.")] = 4_000_000
    bulk_requests: Annotated[int, Meta(ge=1, description="Requests in one Matomo bulk request, at most.")] = 2_000
    bulk_at_once: Annotated[
        int,
        Meta(ge=1, description="Matomo bulk requests that a worker takes at the same time; others are answered 429."),
    ] = 32
    answers_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            description="Rows that one truncated address may add to the ledger of a site; addresses of local networks may"
            " always. 0: no limit.",
        ),
    ] = 600
    requests_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            description="Requests that one truncated address may send to a worker, hits included, past which it is answered 429."
            " Choices are always taken, addresses of local networks are not counted. 0: no limit.",
        ),
    ] = 6_000
    site_hits_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            description="Hits of one site that a worker takes from addresses that are not local, without a tracking token;"
            " further ones are answered 429. 0: no limit.",
        ),
    ] = 300_000
    connections: Annotated[
        int, Meta(ge=1, description="Connections to one worker; further ones are answered 503 and closed.")
    ] = 10_000
    header_bytes: Annotated[
        int, Meta(ge=1024, description="Size of a request before its body: its line and headers.")
    ] = 32_768
    header_count: Annotated[int, Meta(ge=20, description="Headers of one request.")] = 100
    header_seconds: Annotated[float, Meta(gt=0, description="Seconds in which the headers of a request must come.")] = (
        10.0
    )
    body_seconds: Annotated[
        float,
        Meta(gt=0, description="Seconds in which a body must come, and one more for each 2,000 bytes of it."),
    ] = 20.0
    reader_seconds: Annotated[
        float, Meta(gt=0, description="Seconds for which a client may take nothing of an answer that waits for it.")
    ] = 30.0
    idle_seconds: Annotated[
        int, Meta(ge=1, description="Seconds for which a connection is kept between two requests.")
    ] = 5


class Log(_Settings, frozen=True):
    """What the gateway says about itself."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least level written.")] = "info"
    format: Annotated[Literal["json", "text"], Meta(description="One JSON object a line, or text for a terminal.")] = (
        "json"
    )


class Settings(_Settings, frozen=True):
    """gateway.toml. Each single value also by environment: GATEWAY_PORT, GATEWAY_CLICKHOUSE_URL, …"""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on.")] = 8000
    workers: Annotated[int, Meta(ge=1, le=256, description="Processes; more than 1 needs a ClickHouse server.")] = 1
    public_url: Annotated[
        str,
        Meta(
            description="URL at which browsers reach the gateway; may carry a path prefix. "
            "Empty: http://localhost and the port."
        ),
    ] = ""
    hsts_seconds: Annotated[
        int,
        Meta(
            ge=0,
            description="Strict-Transport-Security: for how long browsers use https alone for the gateway's whole host."
            " Sent where public_url is https; 0: not sent.",
        ),
    ] = 0
    data_dir: Annotated[Path, Meta(description="Folder for journal, embedded database, state and keys.")] = Path("data")
    signing_keys: Annotated[
        tuple[str, ...],
        Meta(
            description="Keys that sign cookies, newest first, at least 32 characters each; "
            "empty: generated in the data directory.",
            extra=SECRET,
        ),
    ] = ()
    ledger_keys: Annotated[
        tuple[str, ...],
        Meta(
            description="Keys that sign the ledger's heads and checkpoints, newest first, at least 32 characters each; "
            "empty: generated in the data directory. Never remove one: the evidence it signed lives for years.",
            extra=SECRET,
        ),
    ] = ()
    proxy: Annotated[Proxy, Meta(description="What stands in front of the gateway.")] = Proxy()
    privacy: Annotated[Privacy, Meta(description="What the edge keeps of an address.")] = Privacy()
    clickhouse: Annotated[ClickHouse, Meta(description="Where the figures are kept.")] = ClickHouse()
    state: Annotated[State, Meta(description="Where the few mutable things are kept.")] = State()
    journal: Annotated[Journal, Meta(description="The durable queue on local disk.")] = Journal()
    delivery: Annotated[Delivery, Meta(description="From the journal to the warehouse.")] = Delivery()
    retention: Annotated[Retention, Meta(description="How long things are kept.")] = Retention()
    rollup: Annotated[Rollup, Meta(description="From raw hits to figures.")] = Rollup()
    geo: Annotated[Geography, Meta(description="Where a truncated address lies.")] = Geography()
    unwanted: Annotated[Unwanted, Meta(description="What is not counted, apart from known bots.")] = Unwanted()
    dashboard: Annotated[Dashboard, Meta(description="The marketing side.")] = Dashboard()
    oidc: Annotated[Oidc, Meta(description="Logging in by OpenID Connect; by passwords alone by default.")] = Oidc()
    smtp: Annotated[
        Smtp,
        Meta(description="The server that daily letters to the data protection officer go out by; none by default."),
    ] = Smtp()
    limits: Annotated[Limits, Meta(description="What one request may cost.")] = Limits()
    log: Annotated[Log, Meta(description="What the gateway says about itself.")] = Log()
    sites: Annotated[tuple[Site, ...], Meta(description="The websites served; also one file each in sites.d/.")] = ()

    @property
    def base_url(self) -> str:
        """The public URL without trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def embedded(self) -> bool:
        """True where the warehouse is chDB inside this process."""
        return self.clickhouse.url.startswith("chdb://")
