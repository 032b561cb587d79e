"""What tests of warehouse and reports share: a database of their own, on chDB or on a server, and hits to put into it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

import gateway.warehouse
from gateway.clock import FrozenClock
from gateway.hits import Basis, Hit, HitType
from gateway.metrics import Metrics
from gateway.reports.run import Reports
from gateway.settings import ClickHouse, Settings
from gateway.sites.catalog import Catalog
from gateway.sites.goals import CustomDimension, Goal
from gateway.sites.site import Controller, Site
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from gateway.warehouse.rollup import Rollup

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
_numbers = itertools.count(1)
# The visits of days out of their raw hits, as a rollup writes them.
SESSIONS = statements.read(Path(gateway.warehouse.__file__).parent, "write_visits").partition("\n)\n")[2]


class Engine:
    """A ClickHouse that databases can be made in: the embedded one (`url` empty) or a server."""

    def __init__(self, directory: Path, url: str = "") -> None:
        self.directory = directory
        self.url = url

    def settings(self, **more: Any) -> Settings:
        clickhouse = ClickHouse(url=self.url or "chdb://", database=f"test_{next(_numbers)}", **more)
        return Settings(
            data_dir=self.directory, clickhouse=clickhouse, sites=(make_site(1), make_site(2, "Europe/Paris"))
        )


class World:
    """A migrated database with what works on it, at a time that stands still."""

    def __init__(self, settings: Settings, warehouse: Warehouse) -> None:
        self.settings = settings
        self.warehouse = warehouse
        self.clock = FrozenClock(NOW)
        self.catalog = Catalog(settings.sites)
        self.rollup = self.make_rollup()
        self.reports = Reports(warehouse, self.catalog, settings, self.clock)

    def make_rollup(self, warehouse: Warehouse | None = None) -> Rollup:
        """A rollup as a process just started has it."""
        return Rollup(warehouse or self.warehouse, self.catalog, self.settings, self.clock, Metrics())

    def store(self, hits: Iterable[Hit], token: str = "") -> None:
        self.warehouse.insert("hits", [msgspec.json.encode(hit) for hit in hits], token or f"token:{next(_numbers)}")

    def sessions(self, site: int, first: date, last: date | None = None) -> list[dict[str, Any]]:
        days = [first + timedelta(days=number) for number in range(((last or first) - first).days + 1)]
        return self.warehouse.query(
            f"SELECT * FROM ({SESSIONS}) ORDER BY day, started, visitor, test",
            sessions_of([(site, day) for day in days], repeating=[2], of_actions=[2]),
        )


def sessions_of(days: Sequence[tuple[object, object]], **counting: list[int]) -> dict[str, object]:
    """The parameters of SESSIONS for days of sites, each (site, day)."""
    columns = {"sites": [site for site, _ in days], "days": [day for _, day in days]}
    return {
        **{
            "repeating": [],
            "of_actions": [],
            "generations": [0] * len(days),
            "fresh": [],
            "but_sites": [],
            "but_days": [],
        },
        **columns,
        **counting,
    }


@contextmanager
def world(engine: Engine, **clickhouse: Any) -> Iterator[World]:
    settings = engine.settings(**clickhouse)
    warehouse = Warehouse(settings)
    try:
        migrate(warehouse, settings)
        yield World(settings, warehouse)
    finally:
        warehouse.command("DROP DATABASE IF EXISTS {name:Identifier}", {"name": settings.clickhouse.database})
        warehouse.close()


def make_site(number: int, timezone: str = "UTC") -> Site:
    return Site(
        id=number,
        name=f"Site {number}",
        domains=("www.example.com",),
        timezone=timezone,
        controller=Controller(name="Example SA", address="1 rue X", email="dpo@example.com", authority="CNIL"),
        hosting_country="FR",
        goals=(Goal(id=1, name="Once a visit"), Goal(id=2, name="Each time", once=False)),
        dimensions=(CustomDimension(id=1, name="Of visits", scope="visit"), CustomDimension(id=2, name="Of actions")),
    )


def make_hit(at: datetime, *, zone: str = "UTC", number: int | None = None, **fields: Any) -> Hit:
    """A page view of visitor-less fingerprint 7 at `at`, unless told otherwise; day and hour as ingest computes them."""
    local = at.astimezone(ZoneInfo(zone))
    values: dict[str, Any] = {
        "site": 1,
        "day": local.date().isoformat(),
        "ts": round(at.timestamp() * 1000),
        "local_hour": local.hour,
        "anon": 7,
        "visitor": 0,
        "id": next(_numbers) if number is None else number,
        "type": HitType.PAGEVIEW,
        "basis": Basis.CONSENT if fields.get("visitor") else Basis.COOKIELESS,
    }
    return Hit(**{**values, **fields})


def days_before(count: int) -> date:
    return TODAY - timedelta(days=count)


def at(day: date, clock: str, zone: str = "UTC") -> datetime:
    """`HH:MM[:SS[.mmm]]` of a day in a zone, in UTC."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
