"""How fast the page of all sites has its figures: python -m benchmarks.every_site [--sites 1000]

Each site has 400 days, each with forty rows of returning visitors. Every round asks once, after the caches were dropped.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.reports import forget
from gateway.clock import SystemClock
from gateway.reports.every_site import EverySite
from gateway.reports.run import Reports
from gateway.settings import ClickHouse, Settings
from gateway.sites.catalog import Catalog
from gateway.sites.site import Controller, Site
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate

_HERE = Path(__file__).parent
DAYS = 400
DAYS_AT_ONCE = 100  # a statement's partitions and memory are bounded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    controller = Controller(name="Example SA", address="1 rue X", email="dpo@example.com", authority="CNIL")
    sites = tuple(
        Site(
            id=number,
            name=f"Site {number}",
            domains=(f"s{number}.example",),
            controller=controller,
            hosting_country="FR",
        )
        for number in range(1, options.sites + 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), sites=sites, clickhouse=ClickHouse(report_seconds=120))
        warehouse = Warehouse(settings)
        migrate(warehouse, settings)
        last = datetime.now(UTC).date()
        for back in range(0, DAYS, DAYS_AT_ONCE):
            some = {"sites": options.sites, "days": DAYS_AT_ONCE, "last": last - timedelta(days=back)}
            for statement in ("make_sites", "publish_sites"):
                warehouse.command(statements.read(_HERE, statement), some)
        clock, catalog = SystemClock(), Catalog(sites)
        reports = Reports(warehouse, catalog, settings, clock)
        every = EverySite(warehouse, reports, settings, clock, lambda _site: frozenset())
        wall, spent = [], []
        for _ in range(options.rounds):
            forget(warehouse, settings)
            began, busy = time.perf_counter(), time.process_time()
            body = msgspec.json.encode(every.figures(list(catalog)))
            wall.append(time.perf_counter() - began)
            spent.append(time.process_time() - busy)
        print(
            f"{options.sites} sites: p50 {statistics.median(wall) * 1000:.0f} ms, worst {max(wall) * 1000:.0f} ms, "
            f"processor time p50 {statistics.median(spent) * 1000:.0f} ms, "
            f"{len(body) / 1000:.0f} kB of JSON; load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors"
        )
        warehouse.close()


if __name__ == "__main__":
    main()
