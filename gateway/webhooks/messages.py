"""What is told about a row of the ledger: the answer, never an address, a secret or who it was."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec

from gateway.consent.record import ConsentRecord, Method
from gateway.sites.site import Webhook, WebhookEvent

_OF_METHOD: dict[Method, WebhookEvent] = {
    Method.WITHDRAW: "consent.withdrawn",
    Method.DO_NOT_SELL: "sale.opted_out",
    Method.GPC: "sale.opted_out",
    Method.OPT_IN: "sale.opted_in",
    Method.OBJECTION: "analytics.objected",
}


def type_of(record: ConsentRecord) -> WebhookEvent | None:
    """What kind of event a row is; None for one that nobody did (an answer that lapsed)."""
    if record.method is Method.EXPIRE:
        return None
    found = _OF_METHOD.get(record.method)
    if found is not None:
        return found
    return "consent.given" if any(record.purposes.values()) or any(record.services.values()) else "consent.refused"


def is_wanted(webhook: Webhook, record: ConsentRecord) -> bool:
    kind = type_of(record)
    return kind is not None and (not webhook.events or kind in webhook.events)


def message_id(webhook: Webhook, record: ConsentRecord) -> str:
    """The same for the same row and receiver, so that it is written down once whoever looks, and however often."""
    return "msg_" + hashlib.sha256(f"{record.site} {record.id} {webhook.url}".encode()).hexdigest()[:40]


def body(record: ConsentRecord) -> bytes:
    return msgspec.json.encode(
        {
            "type": type_of(record),
            "timestamp": datetime.fromtimestamp(record.ts / 1000, UTC).isoformat(timespec="milliseconds"),
            "data": {
                "site": record.site,
                "record": record.id,
                "follows": record.follows or None,
                "method": record.method,
                "surface": record.surface,
                "purposes": record.purposes,
                "services": record.services,
                "policy": record.policy,
                "notice": record.notice or None,
                "language": record.language,
                "jurisdiction": record.jurisdiction,
                "gpc": record.gpc,
                "expires": datetime.fromtimestamp(record.expires / 1000, UTC).isoformat() if record.expires else None,
            },
        }
    )
