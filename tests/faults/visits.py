"""Hits of the same visitors taken by several workers, in any order and some of them twice: the figures are those of one process.

What that one process makes of them, in their order and each once, is the measure: a gateway in this one, and a world of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from gateway.accounts.accounts import Accounts
from gateway.accounts.principal import Principal, Role
from gateway.clock import SystemClock
from gateway.hits import Basis
from gateway.journal.locks import note_in
from gateway.reports.periods import Period, Span
from gateway.reports.run import MAX_LIMIT, StatsQuery
from gateway.settings import Settings
from gateway.state.database import State
from tests.faults.proxy import Mode
from tests.faults.stand import SECOND_HOST, SECOND_SITE, Stand
from tests.running.gateways import AGENT
from tests.running.load import TLS
from tests.warehouse.worlds import Engine, world
from tests.web.visitors import SHOP, served

PERSONS = 100
DAYS = 4  # that a round's hits lie on
AT_ONCE = 16  # connections
TWICE = 0.1  # of the requests
AGENTS = (
    AGENT,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
)
# Seconds between two hits of a visitor: a visit ends after 1,800.
GAPS = (0.25, 1, 20, 90, 600, 1799.75, 1800, 1800.25, 2400, 9000, 40_000)
DIMENSIONS = ("", "page", "title", "entry_page", "exit_page", "campaign", "hour", "device", "country", "visitor_type")

Row = dict[str, Any]
Hit = dict[str, Any]  # parameters of the Matomo Tracking API


def same_as_one(stand: Stand, number: int) -> None:
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=(DAYS + 2) * (number + 1)
    )
    hits = audience(random.Random(number), first)
    with contextlib.closing(State("", stand.data)) as state:
        token = _token(Accounts(state, Settings(data_dir=stand.data), SystemClock()))
    with stand.load() as load:
        load.takes()
        stand.proxy.turn(Mode.REFUSE)  # so that all of them are in the journals together
        asyncio.run(_send(stand, hits, token, random.Random(number)))
        writers = _writers(stand.data / "journal")
        assert len(writers) > 1, f"taken by {writers}"
        stand.proxy.turn(Mode.PASS)
        load.takes(10, 1)
    span = Span(first.date(), first.date() + timedelta(days=DAYS))
    engine = Engine(stand.directory, stand.server.url)
    expected = _in_one_process(engine, stand.directory / f"one-{number}", hits, span)
    assert sum(row["visits"] for row in expected[""]) > PERSONS
    for dimension, rows in expected.items():
        stand.waits(lambda one=dimension, rows=rows: _told(stand, one, span) == rows, f"by {dimension!r}: {rows[:3]}")  # type: ignore[misc]


def _told(stand: Stand, dimension: str, span: Span) -> list[Row]:
    query = {
        "from": span.first, "to": span.last, "dimension": dimension, "period": _period(dimension).value, "limit": MAX_LIMIT,
    }  # fmt: skip
    return _ordered(stand.gateway.get(f"/v1/stats/{SECOND_SITE}?{urlencode(query)}")["rows"])


def audience(chance: random.Random, first: datetime) -> list[Hit]:
    """In the order of their times."""
    hits = [hit for person in range(PERSONS) for hit in _sequence(chance, person, first)]
    return sorted(hits, key=lambda hit: float(hit["cdt"]))


def _sequence(chance: random.Random, person: int, first: datetime) -> Iterator[Hit]:
    ids = [f"{chance.getrandbits(64):016x}" for _ in range(2)]
    known = chance.choice((0.0, 0.0, 0.4, 1.0))  # how often the browser names itself
    about = {
        "cip": f"10.{person // 250}.{person % 250}.7",
        "ua": chance.choice(AGENTS),
        "country": chance.choice(("FR", "DE")),
    }
    at = first.timestamp() + chance.randrange(DAYS * 86_400)
    for _ in range(chance.randint(1, 10)):
        hit: Hit = {**about, "idsite": SECOND_SITE, "rec": 1, "cdt": f"{at:.2f}", "rand": chance.getrandbits(40)}
        hit["url"] = f"https://{SECOND_HOST}/{chance.choice('abcde')}"
        if chance.random() < 0.2:
            hit["url"] += f"?utm_campaign={chance.choice('xy')}"
        if chance.random() < known:
            hit["_id"] = ids[chance.random() < 0.1]
        if chance.random() < 0.05:
            hit["new_visit"] = 1
        yield hit | chance.choice((
            {"action_name": "A"}, {"action_name": "B"}, {"action_name": "C"}, {"e_c": "video", "e_a": "play"}, {"ping": 1},
            {"search": "mug"},
        ))  # fmt: skip
        at += chance.choice(GAPS)
        if at > first.timestamp() + DAYS * 86_400:
            return


def _token(accounts: Accounts) -> str:
    """One that says whose hits they are, and that these agreed."""
    name = f"visits {datetime.now(UTC).timestamp()}"
    return accounts.create_token(
        Principal(name, Role.TRACKING, frozenset({SECOND_SITE}), Basis.CONSENT), by="scripts/faults"
    )


async def _send(stand: Stand, hits: Sequence[Hit], token: str, chance: random.Random) -> None:
    """In parts, each over a connection of its own."""
    mixed = chance.sample(hits, len(hits))
    parts = []
    while mixed:
        size = chance.randint(1, 12)
        parts.append(mixed[:size])
        mixed = mixed[size:]
    parts += chance.sample(parts, int(len(parts) * TWICE))
    free = asyncio.Semaphore(AT_ONCE)

    async def send(part: list[Hit]) -> None:
        body = json.dumps({"requests": part, "token_auth": token})
        async with free, httpx.AsyncClient(timeout=60, verify=TLS) as client:
            answer = await client.post(f"{stand.gateway.url}/matomo.php", content=body)
        assert answer.json() == {"status": "success", "tracked": len(part), "invalid": 0, "invalid_indices": []}, (
            answer.text
        )

    await asyncio.gather(*map(send, parts))


def _writers(journal: Path) -> set[str]:
    """The processes in whose segments hits of the second site wait."""
    found = set()
    for segment in journal.glob("*.segment"):
        with (
            contextlib.suppress(sqlite3.OperationalError),  # an empty one goes with its writer
            contextlib.closing(sqlite3.connect(f"file:{segment}?mode=ro", uri=True)) as database,
        ):
            rows = database.execute("SELECT payload FROM records WHERE stream = 'hits'").fetchall()
            if any(json.loads(row)["site"] == SECOND_SITE for (row,) in rows):
                found.add(note_in(segment.with_suffix(".lock")))
    return found


def _in_one_process(engine: Engine, folder: Path, hits: Sequence[Hit], span: Span) -> dict[str, list[Row]]:
    """Dimension → rows."""
    site = msgspec.structs.replace(SHOP, id=SECOND_SITE, domains=(SECOND_HOST,), timezone="Europe/Paris")
    with served(folder, site) as one:
        one.clock.move_to(datetime.now(UTC))
        body = {"requests": hits, "token_auth": _token(one.gateway.accounts)}
        answer = one.request("POST", "/matomo.php", {}, json.dumps(body).encode())
        assert answer.json()["tracked"] == len(hits), answer.text
        rows = [json.dumps(row).encode() for row in one.rows("hits")]
    with world(engine) as alone:
        alone.clock.move_to(datetime.now(UTC))
        alone.warehouse.insert("hits", rows, str(folder))
        alone.rollup.run()
        found = {}
        for dimension in DIMENSIONS:
            query = StatsQuery(
                site=SECOND_SITE, first=span.first, last=span.last, dimension=dimension, period=_period(dimension),
                limit=MAX_LIMIT,
            )  # fmt: skip
            found[dimension] = _ordered(msgspec.to_builtins(alone.reports.run(query).rows))
        return found


def _period(dimension: str) -> Period:
    return Period.RANGE if dimension else Period.DAY


def _ordered(rows: Sequence[Row]) -> list[Row]:
    return sorted((dict(row) for row in rows), key=lambda row: json.dumps(row, sort_keys=True, default=str))
