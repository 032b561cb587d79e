"""Ledger rows past their limit go, each run of them leaving a signed checkpoint (RULES.md, Evidence)."""

from __future__ import annotations

import logging
import uuid

from gateway.clock import Clock
from gateway.consent import checkpoints, ledger
from gateway.consent.ledger import HERE, Link
from gateway.consent.record import ConsentRecord
from gateway.consent.signing import LedgerKeys
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

log = logging.getLogger("gateway.consent")

PAGE = 20_000
MOST_UNSOUND = 1_000  # in one page; more than that is not damage to work around


def prune(warehouse: Warehouse, clock: Clock, keys: LedgerKeys) -> int:
    """Delete every ledger row past its limit; how many. Raises WarehouseUnavailable.

    A row that is not what its hash says stays, and is logged: a checkpoint of ours must never vouch for what was altered.

    The checkpoints are stored first: after a crash in between they cover rows that are still there, which verification
    then simply checks, and the next run covers them again.
    """
    now = int(clock.timestamp() * 1000)
    openings = checkpoints.openings(ledger.stored_chains(warehouse), checkpoints.stored(warehouse)).keys()
    after, deleted = ("", -1), 0
    while True:
        bounds = {"now": now, "after_chain": after[0], "after_seq": after[1]}
        lines = warehouse.lines(statements.read(HERE, "due_rows"), {**bounds, "page": PAGE})
        if not lines:
            return deleted
        rows = [ledger.decode_row(line) for line in lines]
        after = (rows[-1].chain, rows[-1].seq)
        unsound = {(row.chain, row.seq) for row in rows if row.chain and not ledger.is_sound(row)}
        for chain, seq in sorted(unsound)[:10]:
            log.error("a ledger row past its limit was altered; it is kept", extra={"chain": chain, "seq": seq})
        if len(unsound) > MOST_UNSOUND:
            continue
        sound = [row for row in rows if (row.chain, row.seq) not in unsound]
        covered = checkpoints.covering((_link(row) for row in sound if row.chain), now, openings)
        checkpoints.store(warehouse, (checkpoint.signed(keys) for checkpoint in covered), f"checkpoints:{uuid.uuid4()}")
        kept = sorted(unsound)
        until = {"until_chain": after[0], "until_seq": after[1]}
        stays = {"kept_chains": [chain for chain, _ in kept], "kept_seqs": [seq for _, seq in kept]}
        warehouse.change(statements.read(HERE, "delete_consents"), {**bounds, **until, **stays})
        deleted += len(sound)


def _link(row: ConsentRecord | Link) -> Link:
    return Link(row.chain, row.seq, row.prev, row.hash)
