"""Commands of an import: begin, store, finish (docs/imports.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from gateway.errors import BadRequest
from gateway.imports import store as imports
from gateway.upkeep.parts import Upkeep
from gateway.upkeep.tables import moving


async def begin_import(parts: Upkeep, site: int) -> Any:
    settings = parts.settings
    served = next((one for one in settings.sites if one.id == site), None)
    if served is None:
        raise BadRequest(f"There is no site {site} in this configuration.", "$.site")
    published = await moving(parts, imports.begin, parts.warehouse, settings, parts.clock, site)
    shared = {name: getattr(settings, name) for name in ("privacy", "retention", "unwanted", "geo")}
    return {"site": served, "settings": shared, "published": published}


async def store_import(parts: Upkeep, rows: str, token: str) -> int:
    return await moving(parts, imports.store, parts.warehouse, rows, token)


async def finish_import(parts: Upkeep, site: int, days: Sequence[str]) -> int:
    dates = [date.fromisoformat(day) for day in days]
    return await moving(parts, imports.finish, parts.warehouse, parts.rollup, parts.settings, parts.clock, site, dates)
