"""How fast the overview answers over 13 months of one site: python -m benchmarks.reports [--pageviews 12000000]

Visits are made by the database itself, four page views each, six in ten by visitors with an id, and their audience from them:
prev_day is drawn rather than looked up, which changes who is counted and not how much is read. Every panel is asked through
gateway.reports.run, once for each round after the caches were dropped (marks, blocks, and the files' pages in memory).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import msgspec

from gateway.clock import SystemClock
from gateway.reports.periods import Period
from gateway.reports.run import Reports, StatsQuery
from gateway.settings import ClickHouse, Settings
from gateway.sites.catalog import Catalog
from gateway.sites.site import Controller, Site
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate

_HERE = Path(__file__).parent
VIEWS = 4  # of a visit
DAYS = 395
PANELS = ("", "page", "entry_page", "referrer_type", "referrer", "campaign", "country", "device", "browser", "os")
FILTERS = ("country==FR", "country==FR;device==phone", "page=@/p/1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pageviews", type=int, default=12_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, help="a directory that keeps what was made, for the next run")
    options = parser.parse_args()
    with contextlib.nullcontext(options.data) if options.data else tempfile.TemporaryDirectory() as folder:
        controller = Controller(name="Example SA", address="1 rue X", email="dpo@example.com", authority="CNIL")
        site = Site(id=1, name="Example", domains=("www.example.com",), controller=controller, hosting_country="FR")
        # A machine that others use as well may take longer than a report is allowed to.
        settings = Settings(data_dir=Path(folder), sites=(site,), clickhouse=ClickHouse(report_seconds=120))
        warehouse = Warehouse(settings)
        migrate(warehouse, settings)
        last = date.today()
        if not warehouse.query(statements.read(_HERE, "sizes")):
            fill(warehouse, last, options.pageviews)
            hits = min(options.pageviews, 1_000_000)
            warehouse.command(statements.read(_HERE, "make_hits"), {"day": last, "hits": hits})
        print_sizes(warehouse)
        reports = Reports(warehouse, Catalog(settings.sites), settings, SystemClock())
        print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
        for filter_ in ("", *FILTERS):
            measure(
                reports, warehouse, settings, StatsQuery(site=1, first=last, last=last, filter=filter_), options.rounds
            )
        warehouse.close()


def fill(warehouse: Warehouse, last: date, pageviews: int) -> None:
    """Visits and audience, month by month, so that memory stays bounded."""
    per_day = pageviews // VIEWS // DAYS
    for first in range(0, DAYS, 30):
        days = min(30, DAYS - first)
        begin = last - timedelta(days=DAYS - 1 - first)
        common = {
            "first": begin,
            "days": days,
            "visits": per_day * days,
            "visitors": pageviews // VIEWS // 3,
            "round": first,
        }
        warehouse.command(statements.read(_HERE, "make_visits"), common)
        warehouse.command(
            statements.read(_HERE, "make_audience"),
            {"first": begin, "last": begin + timedelta(days=days - 1), "panels": list(PANELS)},
        )
    rows = [
        msgspec.json.encode(
            {
                "site": 1, "day": str(last - timedelta(days=number)), "generation": 1, "facts_generation": 1, "raw_rows": 1,
                "max_stored": "2026-01-01 00:00:00.000", "visits": per_day, "has_audience": True,
            }
        )
        for number in range(DAYS)
    ]  # fmt: skip
    warehouse.insert("rollups", rows, "benchmark")


def print_sizes(warehouse: Warehouse) -> None:
    for row in warehouse.query(statements.read(_HERE, "sizes")):
        print(f"{row['table']}: {row['rows']:,} rows, {row['mb']} MB, {row['bytes']} bytes a row")


def measure(reports: Reports, warehouse: Warehouse, settings: Settings, query: StatsQuery, rounds: int) -> None:
    wall, spent = [], []
    for _ in range(rounds):
        for panel in PANELS:
            asked = msgspec.structs.replace(
                query,
                first=query.last - timedelta(days=DAYS - 1),
                dimension=panel,
                period=Period.RANGE if panel else Period.DAY,
                limit=10,
            )
            forget(warehouse, settings)
            began, busy = time.perf_counter(), time.process_time()
            reports.run(asked)
            wall.append(time.perf_counter() - began)
            spent.append(time.process_time() - busy)
    p95 = statistics.quantiles(wall, n=20)[-1] * 1000
    p95_spent = statistics.quantiles(spent, n=20)[-1] * 1000
    print(
        f"{query.filter or 'no filter':28} p50 {statistics.median(wall) * 1000:5.0f} ms  p95 {p95:5.0f} ms"
        f"  processor time p50 {statistics.median(spent) * 1000:5.0f} ms  p95 {p95_spent:5.0f} ms",
        flush=True,
    )


def forget(warehouse: Warehouse, settings: Settings) -> None:
    """Drop what the database and the system keep of its files in memory."""
    for cache in (
        "MARK CACHE",
        "UNCOMPRESSED CACHE",
        "INDEX MARK CACHE",
        "INDEX UNCOMPRESSED CACHE",
        "QUERY CONDITION CACHE",
    ):
        warehouse.command(f"SYSTEM DROP {cache}")
    for folder, _, names in os.walk(settings.data_dir / "clickhouse"):  # parts come and go meanwhile
        for name in names:
            with contextlib.suppress(OSError), open(Path(folder) / name, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
