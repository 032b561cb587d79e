"""The job: looks at what is new in the ledger, writes down whom to tell, and tells.

The ledger is the source, so nothing on the path of an answer can fail or wait for a receiver, and nothing that was
answered can be forgotten: rows are looked at again over an overlap, and a message is written down once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from gateway.clock import Clock
from gateway.consent.record import ConsentRecord
from gateway.metrics import Metrics
from gateway.sites.catalog import Catalog
from gateway.sites.site import Site, Webhook
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.webhooks import messages, signing
from gateway.webhooks.outbox import Message, Outbox

log = logging.getLogger("gateway.webhooks")

# Seconds: several writers' clocks differ, and a slow insert is stored with the time at which it began.
OVERLAP = 600.0
MOST_ROWS = 10_000  # read from the ledger at once
MOST_PAGES = 20  # in one run
MOST_SENT = 200  # in one run
TIMEOUT = urllib3.Timeout(connect=5, read=10)

_decode = msgspec.json.Decoder(ConsentRecord).decode


class _Place(msgspec.Struct):
    """Where a page of the ledger ended."""

    stored_ms: int
    id: str


_place = msgspec.json.Decoder(_Place)


class Post:
    def __init__(self, warehouse: Warehouse, outbox: Outbox, catalog: Catalog, clock: Clock, metrics: Metrics) -> None:
        self._warehouse = warehouse
        self._outbox = outbox
        self._catalog = catalog
        self._clock = clock
        self._metrics = metrics
        # Receivers are named by the operator; following a redirect would tell somebody who is not.
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT, headers={"user-agent": "consent-gateway"})

    def run(self) -> None:
        """Blocks. Raises WarehouseUnavailable where the ledger cannot be read; what is due is told all the same."""
        try:
            if any(self._with_hooks()):
                self.collect()
        finally:
            self.tell()

    def collect(self) -> int:
        """Write down what is to be told about new rows; how many messages. A first run begins with the last minutes."""
        now = self._clock.timestamp()
        since = self._outbox.looked_until()
        if since is None:
            return self._outbox.write([], now - OVERLAP)
        written, page = 0, _Place(int(since * 1000), "")
        hooks = {site.id: site.webhooks for site in self._with_hooks()}  # the same ones for every page
        for _ in range(MOST_PAGES):
            parameters = {"sites": list(hooks), "since": page.stored_ms, "after": page.id, "most": MOST_ROWS}
            lines = self._warehouse.lines(_sql("stored_since"), parameters)
            whole = len(lines) < MOST_ROWS
            if lines:
                page = _place.decode(lines[-1])
            # What is behind is looked at in the next run; at the end the last minutes are looked at once more.
            until = max(since, now - OVERLAP) if whole else page.stored_ms / 1000
            written += self._outbox.write(_messages([_decode(line) for line in lines], hooks, now), until)
            if whole:
                break
        return written

    def tell(self) -> None:
        """Send what is due; a receiver that failed is left alone for the rest of this run."""
        down: set[str] = set()
        for message in self._outbox.due(MOST_SENT):
            if message.url in down:
                continue
            outcome, heard = self._send(message)
            if heard:
                self._outbox.told(message, outcome)
            else:
                down.add(message.url)
                again = self._outbox.failed(message, outcome)
                extra = {"site": message.site, "webhook": message.id, "outcome": outcome, "tries": message.tries + 1}
                log.log(logging.WARNING if again else logging.ERROR, "a webhook was not heard", extra=extra)
            self._metrics.webhooks.labels(str(message.site), "told" if heard else "failed").inc()

    def _send(self, message: Message) -> tuple[str, bool]:
        """What became of one try, and whether the receiver acknowledged it."""
        secret = next((hook.secret for hook in self._hooks(message.site) if hook.url == message.url), None)
        if secret is None:
            return "this receiver is no longer configured", False
        signed = signing.headers(secret, message.id, int(self._clock.timestamp()), message.body)
        try:
            answer = self._http.request(
                "POST",
                message.url,
                body=message.body,
                headers={**signed, "content-type": "application/json"},
                redirect=False,
            )
        except HTTPError as error:
            return type(error).__name__, False
        answer.close()  # what it says besides the status is not read: it may never end
        return f"HTTP {answer.status}", 200 <= answer.status < 300

    def _hooks(self, site: int) -> Sequence[Webhook]:
        found = self._catalog.get(site)
        return found.site.webhooks if found else ()

    def _with_hooks(self) -> Iterator[Site]:
        return (served.site for served in self._catalog if served.site.webhooks)


def _messages(rows: Sequence[ConsentRecord], hooks: Mapping[int, Sequence[Webhook]], now: float) -> list[Message]:
    return [
        Message(messages.message_id(webhook, row), row.site, webhook.url, str(messages.type_of(row)), body, now, 0)
        for row in rows
        for body in [messages.body(row)]
        for webhook in hooks[row.site]
        if messages.is_wanted(webhook, row)
    ]


def _sql(name: str) -> str:
    return statements.read(Path(__file__).parent, name)
