"""Ledger rows past their limit go, each run of them leaving a signed checkpoint (RULES.md, Evidence)."""

from __future__ import annotations

import uuid
from typing import cast

import msgspec

from gateway.clock import Clock
from gateway.consent import checkpoints, ledger
from gateway.consent.ledger import HERE, Link
from gateway.consent.signing import LedgerKeys
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse


def prune(warehouse: Warehouse, clock: Clock, keys: LedgerKeys) -> int:
    """Delete every ledger row past its limit; how many. Raises WarehouseUnavailable.

    The checkpoints are stored first: after a crash in between they cover rows that are still there, which verification
    then simply checks, and the next run covers them again.
    """
    now = int(clock.timestamp() * 1000)
    parameters = {"now": now}
    due = cast(int, warehouse.query(statements.read(HERE, "due_consents"), parameters)[0]["rows"])
    if not due:  # a deletion that finds nothing still rewrites every part's mask
        return 0
    decode = msgspec.json.Decoder(Link).decode
    links = (decode(line) for line in warehouse.lines(statements.read(HERE, "due_links"), parameters))
    openings = checkpoints.openings(ledger.stored_chains(warehouse), checkpoints.stored(warehouse)).keys()
    signed = (checkpoint.signed(keys) for checkpoint in checkpoints.covering(links, now, openings))
    checkpoints.store(warehouse, signed, f"checkpoints:{uuid.uuid4()}")
    warehouse.command(statements.read(HERE, "delete_consents"), parameters)
    return due
