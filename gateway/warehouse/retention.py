"""What is past its limit is deleted, once a day. Every report filters by the same limits; a TTL stands behind both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from gateway.clock import Clock, add_months, add_months_to_instant
from gateway.settings import Settings
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent


def enforce(warehouse: Warehouse, settings: Settings, clock: Clock) -> dict[str, int]:
    """Delete every row past its limit; table → rows deleted. Raises WarehouseUnavailable.

    The ledger's rows are not among them: they go by `consent.pruning`, which leaves checkpoints.

    A day is deleted once it lies more than the limit's calendar months before the present date in its site's zone.
    """
    now = clock.now()
    deleted: dict[str, int] = {}

    def delete(table: str, what: str, parameters: Mapping[str, object]) -> None:
        due = cast(int, warehouse.query(statements.read(_HERE, f"due_{what}"), parameters)[0]["rows"])
        if due:  # a deletion that finds nothing still rewrites every part's mask
            warehouse.change(statements.read(_HERE, f"delete_{what}"), parameters)
        deleted[table] = due

    for table, months in (
        ("hits", settings.retention.raw_months),
        ("rollups", settings.retention.data_months),
        ("visits", settings.retention.data_months),
        ("facts", settings.retention.data_months),
        ("audience", settings.retention.data_months),
        ("tallies", settings.retention.data_months),
    ):
        parameters = {
            "table": table,
            "sites": [site.id for site in settings.sites],
            "cutoffs": [add_months(now.astimezone(ZoneInfo(site.timezone)).date(), -months) for site in settings.sites],
            "cutoff": add_months(now.date(), -months),
        }
        delete(table, "days", parameters)
    before = add_months_to_instant(now, -settings.retention.raw_months)
    delete("dead_letters", "dead_letters", {"before": int(before.timestamp() * 1000)})
    return deleted


def report(warehouse: Warehouse, settings: Settings, clock: Clock) -> list[dict[str, str | int]]:
    """Per table: its limit, its oldest row's date, when something is deleted next, rows, bytes on disk."""
    raw, data = settings.retention.raw_months, settings.retention.data_months
    limits = {
        "hits": f"{raw} months",
        "visits": f"{data} months",
        "facts": f"{data} months",
        "audience": f"{data} months",
        "rollups": f"{data} months",
        "tallies": f"{data} months",
        "consents": "5 years after a yes lapsed; refusals 6 months; opt-outs 24 months",
        "notices": "none (no personal data)",
        "dead_letters": f"hits {raw} months",
    }
    sizes: Counter[str] = Counter()
    for shard in warehouse.shards:
        sizes.update(
            {str(row["table"]): cast(int, row["bytes"]) for row in shard.query(statements.read(_HERE, "table_bytes"))}
        )
    rows = {
        str(row["table"]): row
        for row in warehouse.query(statements.read(_HERE, "retention_report"), {"raw": raw, "data": data})
    }
    today = clock.now().date().isoformat()
    lines: list[dict[str, str | int]] = []
    for table, limit in limits.items():
        row = rows[table]
        count = cast(int, row["rows"])
        due = str(row["due"]) if count else ""
        lines.append(
            {
                "table": table,
                "limit": limit,
                "oldest": str(row["oldest"]) if count else "",
                "next_deletion": max(due, today) if due else "",  # what is overdue goes with the next daily run
                "rows": count,
                "bytes": sizes[table],
            }
        )
    return lines
