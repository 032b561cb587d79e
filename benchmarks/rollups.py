"""What a rollup of one day costs: python -m benchmarks.rollups [--hits 10] [--rounds 10]

The embedded database gets a day of so many hits, which is rolled up again and again. The processor time of each statement,
the least of all rounds in seconds: it tells of a small day what it costs to read the statements, whatever the day. And the
most memory that the process held.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from gateway.clock import SystemClock
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from gateway.warehouse.rollup import Rollup


class Timed(Warehouse):
    """A warehouse that keeps the least processor time of each statement, by its first line."""

    def __init__(self, settings: Settings) -> None:
        self.seconds: dict[str, float] = {}
        super().__init__(settings)

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> list[dict[str, object]]:
        with self._timed(sql):
            return super().query(sql, parameters, settings)

    def command(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> None:
        with self._timed(sql):
            super().command(sql, parameters, settings)

    @contextmanager
    def _timed(self, sql: str) -> Iterator[None]:
        begin = time.process_time()
        yield
        name = sql.splitlines()[0]
        self.seconds[name] = min(self.seconds.get(name, 1e9), time.process_time() - begin)


@click.command()
@click.option("--hits", type=click.IntRange(1), default=10, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=10, show_default=True)
def main(hits: int, rounds: int) -> None:
    """Print what each statement of a rollup costs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        warehouse, clock = Timed(settings), SystemClock()
        migrate(warehouse, settings)
        day = clock.now().date() - timedelta(days=3)
        warehouse.command(statements.read(Path(__file__).parent, "make_hits"), {"day": day, "hits": hits})
        rollup = Rollup(warehouse, Catalog(settings.sites), settings, clock, Metrics())
        warehouse.seconds.clear()
        least = 1e9
        for _ in range(rounds):
            begin = time.process_time()
            rollup.days(1, [day])
            least = min(least, time.process_time() - begin)
        for name, seconds in sorted(warehouse.seconds.items(), key=lambda one: -one[1]):
            click.echo(f"{seconds:8.3f}  {name[:100]}")
        click.echo(f"{least:8.3f}  the rollup")
        click.echo(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")
        warehouse.close()


if __name__ == "__main__":
    main()
