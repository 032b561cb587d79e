"""Commands about the gateway itself."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.upkeep.parts import Upkeep


async def reload(parts: Upkeep) -> Any:
    return (await asyncio.to_thread(parts.reload))._asdict()


async def list_jobs(parts: Upkeep) -> Any:
    return [job._asdict() for job in await asyncio.to_thread(parts.runs.listed)]


async def declared(parts: Upkeep) -> Any:
    """The sites as the gateway serves them, and where it is."""
    return {"gateway": parts.settings.base_url, "sites": parts.settings.sites}
