"""What is held about one browser: for its access, copy and portability (GDPR art. 15 and 20).

It shows what is stored and nothing that is not: no address was kept, and the visits say under which number only to the
database. Hits count a few seconds after they came, once their day is rolled up. What is restricted is shown; what is
erased is not.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec

from gateway.clock import add_months
from gateway.settings import Settings
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
MOST_ROWS = 10_000


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Days are of the site's zone. `rows` are JSON-ready, the newest visit first."""

    visits: int
    pageviews: int
    first: date  # of the oldest visit
    last: date
    raw_gone: date | None  # by this day the last single hit is deleted; None: none is held
    gone: date  # by this day the last visit is
    rows: tuple[dict[str, Any], ...] = ()


def held(
    warehouse: Warehouse, settings: Settings, site: int, visitors: Collection[int], *, rows: bool = True
) -> Held | None:
    """What is held of a browser under any of its numbers; None where that is nothing. Blocks.

    Raises WarehouseUnavailable.
    """
    who = {"site": site, "visitors": list(visitors)}
    [summary] = warehouse.query(statements.read(_HERE, "held_summary"), who)
    if not summary["visits"]:
        return None
    raw_months, data_months = settings.retention.raw_months, settings.retention.data_months
    last, last_raw = cast(date, summary["last"]), cast("date | None", summary["last_raw"])
    found: list[dict[str, object]] = []
    if rows:
        found = warehouse.query(statements.read(_HERE, "held_visits"), {**who, "most": MOST_ROWS})
    zone = ZoneInfo(next((one.timezone for one in settings.sites if one.id == site), "UTC"))
    return Held(
        visits=cast(int, summary["visits"]),
        pageviews=cast(int, summary["pageviews"]),
        first=cast(date, summary["first"]),
        last=last,
        raw_gone=_gone(last_raw, raw_months) if last_raw is not None else None,
        gone=_gone(last, data_months),
        rows=tuple(_row(row, zone, data_months) for row in found),
    )


def _gone(day: date, months: int) -> date:
    """The day on which a day's rows are deleted: the first on which they lie more than so many months back."""
    return add_months(day, months) + timedelta(days=1)


def _row(row: dict[str, Any], zone: ZoneInfo, months: int) -> dict[str, Any]:
    started = datetime.fromtimestamp(row["started"] / 1000, UTC).astimezone(zone)
    pages = [{"path": path, "title": title} for path, title in zip(row["pages"], row["titles"], strict=True)]
    named = {name: row[name] for name in row if name not in ("day", "started", "duration", "pages", "titles")}
    return {
        "started": started.isoformat(timespec="seconds"),
        "seconds": row["duration"],
        "pages": pages,
        **named,
        "deleted_by": _gone(row["day"], months).isoformat(),
    }
