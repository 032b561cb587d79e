"""How long a ledger of a million rows takes to verify: python -m benchmarks.ledger [--rows 1000000]"""

from __future__ import annotations

import argparse
import tempfile
import time
import uuid
from pathlib import Path

import msgspec

from gateway.consent.ledger import FIRST, seal
from gateway.consent.record import ConsentRecord, Method
from gateway.consent.signing import LedgerKeys
from gateway.consent.verify import verify
from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate

BATCH = 10_000
CHAIN = 100_000  # rows a writer lives for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        warehouse = Warehouse(settings)
        migrate(warehouse, settings)
        head, chain, begun = FIRST, "", 1_760_000_000_000
        for start in range(0, rows, BATCH):
            lines = []
            if start % CHAIN == 0:
                chain = str(uuid.uuid4())
            for number in range(start, min(start + BATCH, rows)):
                row = ConsentRecord(
                    id=str(uuid.uuid4()), site=1, ts=begun + number, method=Method.SAVE, surface="banner",
                    purposes={"payment-fraud": number % 2 == 0, "analytics": True, "media": False}, policy="ab" * 8,
                    notice="cd" * 32, language="fr", jurisdiction="FR", country="FR", expires=begun + 15_552_000_000,
                )  # fmt: skip
                line, head = seal(msgspec.json.encode(row), chain, number % CHAIN + 1, head)
                lines.append(line)
            warehouse.insert("consents", lines, f"batch {start}")
        started = time.perf_counter()
        walking = verify(warehouse, LedgerKeys([bytes(32)]))
        while True:
            try:
                next(walking)
            except StopIteration as ended:
                verdict = ended.value
                break
        seconds = time.perf_counter() - started
        print(f"{verdict.rows:,} rows in {verdict.chains} chains verified in {seconds:.1f} s; whole: {verdict.whole}")
        warehouse.close()


if __name__ == "__main__":
    main()
