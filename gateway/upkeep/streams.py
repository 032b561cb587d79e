"""Commands that answer in many events; each blocks between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gateway import secrets
from gateway.backup import taking
from gateway.consent.export import ExportQuery, count, pages
from gateway.consent.heads import published
from gateway.consent.signing import LedgerKeys
from gateway.consent.verify import verify
from gateway.upkeep.parts import Upkeep


def take_backup(parts: Upkeep, directory: str, with_keys: bool = True) -> Iterator[Any]:
    """Progress while it goes on; then what was written."""
    yield from taking.take(parts.warehouse, parts.settings, parts.clock, directory, with_keys)


def verify_ledger(parts: Upkeep) -> Iterator[Any]:
    """Progress, [done, total], while it goes on; then {"verdict", "key", "heads"}."""
    keys = LedgerKeys(secrets.ledger_seeds(parts.settings))
    heads = published(parts.settings.data_dir, parts.clock, keys)
    verdict = yield from verify(parts.warehouse, keys, heads)
    yield {"verdict": verdict, "key": keys.public, "heads": len(heads)}


def export_ledger(parts: Upkeep, **query: Any) -> Iterator[Any]:
    """The number of rows, then pages of lines."""
    wanted = msgspec.convert(query, ExportQuery)
    yield count(parts.warehouse, wanted)
    yield from pages(parts.warehouse, wanted, parts.settings.base_url)
