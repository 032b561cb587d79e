"""How fast a log is imported: `python -m benchmarks.imports` writes one of 100,000 lines, imports it alone, counts it again.

The figures of the import are compared with those of tests/imports/logs.py, which knows nothing but the lines' text.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from gateway.wiring import GEOGRAPHY
from tests.imports.importing import Importer
from tests.imports.logs import ZONE, access_log, counted, write
from tests.warehouse.worlds import Engine, world


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=100_000)
    arguments.add_argument("--days", type=int, default=20)
    wanted = arguments.parse_args()
    first = date(2026, 10, 20)
    lines = access_log(wanted.lines, datetime(first.year, first.month, first.day, tzinfo=ZONE), wanted.days)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        anchor = Warehouse(Settings(data_dir=folder))
        with world(Engine(folder)) as here:
            importer = Importer(here, folder)
            file = write(folder / "access.log", lines)
            began, cpu = time.monotonic(), time.process_time()
            tally = importer.run(file)
            seconds, cpu = time.monotonic() - began, time.process_time() - cpu
            same = importer.figures(first, first + timedelta(days=wanted.days + 1)) == counted(lines, GEOGRAPHY)
            importer.close()
        anchor.close()
    print(f"{tally.read:,} lines, {tally.taken:,} taken: {seconds:.1f} s, {cpu:.1f} s of processor time")
    print(f"{tally.read / seconds:,.0f} lines/s, {tally.read / cpu:,.0f} a second of processor time")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    print("the figures are those of the recount" if same else "THE FIGURES DIFFER FROM THE RECOUNT")
    raise SystemExit(0 if same else 1)


if __name__ == "__main__":
    main()
