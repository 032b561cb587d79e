"""Commands about what is owed to visitors and to the sites' own systems: erasures, webhooks, previews."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.consent.preview import Preview, preview_link
from gateway.upkeep.parts import Upkeep


async def list_webhooks(parts: Upkeep, failed: bool = False, limit: int = 100) -> Any:
    return await asyncio.to_thread(parts.outbox.listed, failed, limit)


async def repeat_webhooks(parts: Upkeep, ids: Sequence[str]) -> int:
    return await asyncio.to_thread(parts.outbox.again, ids)


async def list_erasures(parts: Upkeep, pending: bool = False, limit: int = 100) -> Any:
    tombstones = await asyncio.to_thread(parts.erasing.listed, pending, limit)
    journals = await asyncio.to_thread(parts.looks.known)
    return {"tombstones": tombstones, "journals": [journal._asdict() for journal in journals]}


async def replay_erasures(parts: Upkeep) -> Any:
    restored = await asyncio.to_thread(parts.tombstones.restore)
    return {"restored": restored, "replayed": await asyncio.to_thread(parts.erasing.replay)}


async def forget_journal(parts: Upkeep, journal: str) -> bool:
    return await asyncio.to_thread(parts.looks.forget, journal)


async def preview(parts: Upkeep, **wanted: Any) -> str:
    return preview_link(parts.settings, parts.clock, msgspec.convert(wanted, Preview))
