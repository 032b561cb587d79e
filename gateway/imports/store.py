"""What an import asks of the warehouse: where it stands, to store rows, to make the figures of days.

Each is one command, done by the gateway that runs or by the importing process itself, and may be repeated.
Days past the raw hits' limit get their figures in one go; then their raw hits die, and nothing can be added to them.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import cast

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest
from gateway.settings import Settings
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.rollup import Rollup

_HERE = Path(__file__).parent
MOST_ROWS = 10_000  # of one insert, which is of one day and so of one partition
MOST_TEXT = 900_000  # characters of packed rows: a command is one line of the socket, of a million at most


def pack(lines: Sequence[bytes]) -> str:
    """Rows as they go through the socket."""
    return base64.b64encode(zlib.compress(b"\n".join(lines), 1)).decode()


def last_old_day(settings: Settings, clock: Clock) -> date:
    """The last day that retention, or the tables' own TTL, may already have taken hits from (warehouse/rollup.py)."""
    return add_months(clock.now().date(), -settings.retention.raw_months)


def begin(warehouse: Warehouse, settings: Settings, clock: Clock, site: int) -> list[date]:
    """The days past the raw hits' limit that have figures. Raw hits that an interrupted import left there go."""
    span = {"site": site, "last": last_old_day(settings, clock)}
    left = [cast(date, row["day"]) for row in warehouse.query(statements.read(_HERE, "raw_left"), span)]
    if left:
        warehouse.change(statements.read(_HERE, "delete_raw"), {**span, "days": left})
    return [cast(date, row["day"]) for row in warehouse.query(statements.read(_HERE, "published"), span)]


def store(warehouse: Warehouse, rows: str, token: str) -> int:
    """Store packed rows of one day, on disk on return; how many. Under a token that was there before nothing is stored."""
    try:
        lines = zlib.decompress(base64.b64decode(rows, validate=True)).split(b"\n")
    except (binascii.Error, zlib.error):
        raise BadRequest("Rows come packed.", "$.rows") from None
    if len(lines) > MOST_ROWS:
        raise BadRequest(f"At most {MOST_ROWS} rows at a time.", "$.rows")
    warehouse.insert("hits", lines, f"import:{token}")
    return len(lines)


def finish(
    warehouse: Warehouse, rollup: Rollup, settings: Settings, clock: Clock, site: int, days: Sequence[date]
) -> int:
    """Make the figures of these days now; how many days. Then raw hits past their limit go."""
    last = last_old_day(settings, clock)
    if days:
        rollup.days(site, days)
    old = [day for day in days if day <= last]
    if old:
        warehouse.change(statements.read(_HERE, "delete_raw"), {"site": site, "days": old, "last": last})
    return len(days)
