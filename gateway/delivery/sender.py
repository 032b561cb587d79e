"""Sends one frozen batch, and whatever becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from gateway.delivery.backoff import Backoff
from gateway.delivery.batches import Batch, Batches, halves
from gateway.delivery.dead_letters import TABLE as DEAD_LETTERS
from gateway.delivery.dead_letters import as_row, row_token
from gateway.delivery.store import Store
from gateway.errors import RowsRejected, WarehouseUnavailable
from gateway.journal.reader import Record
from gateway.metrics import Metrics

log = logging.getLogger("gateway.delivery")


class Sender:
    """Stores batches, halves rejected ones down to the rows at fault, and sets those aside. Blocks; one thread at a time."""

    def __init__(self, store: Store, backoff: Backoff, metrics: Metrics) -> None:
        self._store = store
        self._backoff = backoff
        self._metrics = metrics

    def send(self, segment: str, batches: Batches, batch: Batch, rows: Sequence[Record]) -> bool:
        """True once every row of the batch is stored or set aside; False where the table has to wait.

        An outcome that is not known leaves the batch as it is, to be sent again under its own token. Only a definite
        rejection changes tokens: the rows were refused when they were read, before any was written, and a batch is
        small enough to be read as one block.
        """
        work = [(batch, list(rows))]
        while work:
            batch, rows = work.pop()
            if rows:
                rejection = self._insert(batch.bounds.table, [row.payload for row in rows], batch.bounds.token(segment))
                if isinstance(rejection, RowsRejected) and len(rows) > 1:
                    parts = halves(batch.bounds, rows)
                    added = batches.replace(batch, parts)
                    work.extend(reversed([(part, parts[part.bounds]) for part in added]))
                    continue
                if isinstance(rejection, RowsRejected):
                    if not self._set_aside(batch.bounds.table, rows[0], batch.bounds.token(segment), rejection):
                        return False
                elif rejection is not None:
                    return False
                else:
                    self._metrics.delivered_rows.labels(batch.bounds.table).inc(len(rows))
            batches.stored(batch)
        return True

    def _insert(self, table: str, lines: Sequence[bytes], token: str) -> Exception | None:
        """None once stored; RowsRejected where nothing was; any other error where that is not known."""
        try:
            self._store.insert(table, lines, token)
        except RowsRejected as error:
            self._metrics.delivery_failures.labels(table, "rejected").inc()
            self._metrics.warehouse_up.set(1)
            self._backoff.succeeded(table)
            log.warning(
                "rows rejected", extra={"table": table, "rows": len(lines), "token": token, "error": error.what}
            )
            return error
        except WarehouseUnavailable as error:
            self._metrics.delivery_failures.labels(table, "unavailable").inc()
            self._metrics.warehouse_up.set(0)
            wait = self._backoff.failed(table)
            log.warning(
                "warehouse unavailable, rows stay in the journal",
                extra={"table": table, "rows": len(lines), "token": token, "error": error.what, "wait": round(wait, 2)},
            )
            return error
        except Exception as error:  # a defect somewhere must not end delivery; nor is it known whether rows were stored
            self._metrics.delivery_failures.labels(table, "unexpected").inc()
            self._backoff.failed(table)
            log.exception("delivery failed unexpectedly", extra={"table": table, "token": token})
            return error
        self._metrics.warehouse_up.set(1)
        self._backoff.succeeded(table)
        return None

    def _set_aside(self, table: str, record: Record, token: str, error: RowsRejected) -> bool:
        row = as_row(table, record, token, error)
        failure = self._insert(DEAD_LETTERS, [row], row_token(token))
        if failure is not None:  # any row fits that table, so what is amiss is the table: the letter waits for it
            self._backoff.failed(table)
            return False
        self._metrics.dead_letters.labels(table).inc()
        log.error("row set aside as a dead letter", extra={"table": table, "token": token, "error": error.what})
        return True
