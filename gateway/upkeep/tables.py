"""Commands that rewrite tables, and none of them while a backup is taken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from gateway.delivery import dead_letters
from gateway.errors import GatewayError
from gateway.journal.hold import Hold
from gateway.reports import kept_by_people
from gateway.upkeep.parts import Upkeep
from gateway.warehouse import retention

Result = TypeVar("Result")

ALL = 1_000_000


async def moving(parts: Upkeep, work: Callable[..., Result], *given: object) -> Result:
    """Do what rewrites tables, in a thread."""
    with passing(parts):
        return await asyncio.to_thread(work, *given)


@contextlib.contextmanager
def passing(parts: Upkeep) -> Iterator[None]:
    """No backup begins in the block. Raises GatewayError where one is being taken: its tables would not fit together."""
    with Hold(parts.settings.data_dir / "journal").passing() as free:
        if not free:
            raise GatewayError("A backup is being taken; try again when it is done.")
        yield


async def roll_up(parts: Upkeep, full: bool = False) -> int:
    return await moving(parts, parts.rollup.run, full)


async def show_retention(parts: Upkeep) -> Any:
    lines = await asyncio.to_thread(retention.report, parts.warehouse, parts.settings, parts.clock)
    kept = await asyncio.to_thread(kept_by_people.report, parts.state, parts.settings.retention.data_months)
    return [*lines, *kept]


async def enforce_retention(parts: Upkeep) -> Any:
    return await asyncio.to_thread(retention.enforce, parts.warehouse, parts.settings, parts.clock)


async def list_dead_letters(parts: Upkeep, table: str = "", limit: int = 100) -> Any:
    return await asyncio.to_thread(dead_letters.list_, parts.warehouse, table=table, limit=limit)


async def replay_dead_letters(parts: Upkeep, ids: Sequence[str]) -> int:
    with passing(parts):
        return await dead_letters.replay(parts.warehouse, parts.journal, await _ids(parts, ids))


async def discard_dead_letters(parts: Upkeep, ids: Sequence[str]) -> int:
    return await moving(parts, dead_letters.discard, parts.warehouse, await _ids(parts, ids))


async def _ids(parts: Upkeep, ids: Sequence[str]) -> list[str]:
    """The ids given, or those of all dead letters for `all`."""
    if list(ids) != ["all"]:
        return list(ids)
    letters = await asyncio.to_thread(dead_letters.list_, parts.warehouse, limit=ALL)
    return [letter.id for letter in letters]
