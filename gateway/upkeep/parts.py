"""What the commands work on: the parts of the gateway that runs, or some opened for one command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.accounts.accounts import Accounts
from gateway.clock import Clock, SystemClock
from gateway.erasure.erasing import Erasing
from gateway.erasure.looks import Looks
from gateway.erasure.tombstones import Tombstones
from gateway.errors import GatewayError
from gateway.journal.journal import Journal
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from gateway.state.job_runs import JobRuns
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from gateway.warehouse.rollup import Rollup
from gateway.webhooks.outbox import Outbox

if TYPE_CHECKING:
    from gateway.app import Gateway


class Upkeep(NamedTuple):
    """What the commands work on."""

    settings: Settings
    clock: Clock
    warehouse: Warehouse
    rollup: Rollup
    journal: Journal
    outbox: Outbox
    tombstones: Tombstones
    looks: Looks
    erasing: Erasing
    accounts: Accounts
    reload: Callable[[], Any]
    runs: JobRuns
    state: State


def of_gateway(gateway: Gateway) -> Upkeep:
    """The parts of a gateway that runs."""
    return Upkeep(
        gateway.serving.settings,
        gateway.clock,
        gateway.warehouse,
        gateway.rollup,
        gateway.journal,
        gateway.outbox,
        gateway.tombstones,
        gateway.looks,
        gateway.erasing,
        gateway.accounts,
        gateway.reload,
        gateway.runs,
        gateway.state,
    )


@contextlib.contextmanager
def standalone(settings: Settings) -> Iterator[Upkeep]:
    """The parts opened for one command, where no gateway runs on this data directory."""
    clock, metrics = SystemClock(), Metrics()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    warehouse = Warehouse(settings)
    journal = Journal(settings.data_dir / "journal", settings=settings.journal, clock=clock, metrics=metrics)
    state = State(settings.state.url, settings.data_dir)
    try:
        migrate(warehouse, settings)
        catalog = Catalog(settings.sites)
        rollup_ = Rollup(warehouse, catalog, settings, clock, metrics)
        tombstones = Tombstones(state, clock, settings.data_dir)
        looks = Looks(state, clock, settings.data_dir, tombstones)
        erasing = Erasing(state, warehouse, rollup_, looks, catalog, clock, metrics)
        outbox = Outbox(state, clock)
        accounts = Accounts(state, settings, clock)
        runs = JobRuns(state, clock)
        yield Upkeep(
            settings,
            clock,
            warehouse,
            rollup_,
            journal,
            outbox,
            tombstones,
            looks,
            erasing,
            accounts,
            _nothing_runs,
            runs,
            state,
        )
    finally:
        state.close()
        warehouse.close()


def _nothing_runs() -> None:
    raise GatewayError("No gateway runs on this data directory; it reads its configuration when it starts.")
