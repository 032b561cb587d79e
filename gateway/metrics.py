"""What an operator can count. One registry per application, passed in; nothing here holds personal data."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The gateway's metrics; `render()` is the Prometheus text format."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.hits = Counter(
            "gateway_hits",
            "Hits answered, by outcome and reason",
            ["site", "outcome", "reason"],
            registry=self.registry,
        )
        self.consents = Counter(
            "gateway_consents", "Consent answers recorded", ["site", "method"], registry=self.registry
        )
        self.consents_unwritten = Counter(
            "gateway_consents_unwritten",
            "Refusals and opt-outs that hold without a row, because their network had filled its share",
            ["site", "method"],
            registry=self.registry,
        )
        self.requests = Counter("gateway_requests", "HTTP requests", ["route", "status"], registry=self.registry)
        self.refused = Counter(
            "gateway_refused",
            "Connections and requests turned away for what they cost, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "gateway_request_seconds",
            "Time to answer",
            ["route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self.journal_bytes = Gauge("gateway_journal_bytes", "Bytes in journal segments", registry=self.registry)
        self.journal_records = Gauge("gateway_journal_records", "Records not yet stored", registry=self.registry)
        self.journal_oldest_seconds = Gauge(
            "gateway_journal_oldest_seconds", "Age of the oldest record not yet stored", registry=self.registry
        )
        self.journal_commits = Counter("gateway_journal_commits", "Group commits", registry=self.registry)
        self.journal_refused = Counter(
            "gateway_journal_refused", "Appends refused, journal full", registry=self.registry
        )
        self.journal_damaged = Counter("gateway_journal_damaged", "Damaged segments set aside", registry=self.registry)
        self.delivered_rows = Counter("gateway_delivered_rows", "Rows stored", ["table"], registry=self.registry)
        self.delivery_failures = Counter(
            "gateway_delivery_failures", "Tries that failed", ["table", "kind"], registry=self.registry
        )
        self.dead_letters = Counter("gateway_dead_letters", "Rows set aside", ["table"], registry=self.registry)
        self.rollup_seconds = Histogram("gateway_rollup_seconds", "Time of one rollup", registry=self.registry)
        self.rollup_days = Counter("gateway_rollup_days", "Days rolled up", registry=self.registry)
        self.warehouse_up = Gauge("gateway_warehouse_up", "1 while the warehouse answers", registry=self.registry)
        self.erased_rows = Counter(
            "gateway_erased_rows", "Rows removed for their visitor", ["place"], registry=self.registry
        )
        self.erasures = Counter("gateway_erasures", "Erasures done", registry=self.registry)
        self.erasures_pending = Gauge(
            "gateway_erasures_pending", "Erasures asked for and not yet done", registry=self.registry
        )
        self.erasures_oldest_seconds = Gauge(
            "gateway_erasures_oldest_seconds", "Age of the oldest erasure not yet done", registry=self.registry
        )
        self.mails = Counter("gateway_mails", "Letters by SMTP", ["outcome"], registry=self.registry)
        self.webhooks = Counter("gateway_webhooks", "Webhook tries", ["site", "outcome"], registry=self.registry)
        self.geography_up = Gauge(
            "gateway_geography_up",
            "1 while countries are known, 0 while the database is unusable",
            registry=self.registry,
        )
        self.jobs = Counter("gateway_jobs", "Background jobs run", ["job", "outcome"], registry=self.registry)

    def render(self) -> bytes:
        return generate_latest(self.registry)
