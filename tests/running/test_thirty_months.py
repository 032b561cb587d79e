"""Thirty months of a gateway, in steps, on a clock that stands still in between: every limit holds by itself.

The whole gateway in this process with the embedded database; every job of its table is run at each look. By default
somebody comes every three months, and it is looked at after 15 and 30; WALK_EVERY=1 makes both every month.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from gateway.accounts.audit_log import Action
from gateway.clock import add_months, add_months_to_instant
from gateway.state.notebook import Notebook
from gateway.state.shelf import Kind, Shelf
from gateway.state.tables import metadata
from gateway.warehouse.connection import TABLES
from tests.web.visitors import START, Browser, Served, served

MONTHS = 30
EVERY = int(os.environ.get("WALK_EVERY", "15"))
STEP = min(3, EVERY)
PURPOSES = ("payment-fraud", "analytics", "adverts", "media")

# The oldest day of each table of the warehouse may lie so many months back.
WAREHOUSE = {
    "hits": ("min(day)", 13),
    "visits": ("min(day)", 25),
    "facts": ("min(day)", 25),
    "audience": ("min(day)", 25),
    "rollups": ("min(day)", 25),
    "tallies": ("min(day)", 25),
    "dead_letters": ("toDate(intDiv(minIf(ts, table_name = 'hits'), 1000), 'UTC')", 13),
    # Of the ledger a proof of consent stays for five years (RULES.md, Evidence): tests/rules/test_data_limits.py. What
    # is no proof goes: refusals after 6 months, opt-outs after 24.
    "consents": ("toDate(intDiv(minIf(ts, NOT has(mapValues(purposes), true)), 1000), 'UTC')", 25),
}
# Neither holds anything of a visitor: hashes of what was pruned, banners as they were published, the schema.
NO_VISITORS_THERE = {"checkpoints", "notices", "migrations"}

# The same of the state database: column in seconds since the epoch or a date, and months.
STATE: dict[str, tuple[str, int]] = {
    "rights_requests": ("answered", 24),
    "webhook_messages": ("made", 25),
    "subjects": ("answered", 13),
    "erasure_traces": ("day", 25),
    "salts": ("destroy_at", 0),
    "sessions": ("seen", 1),
    "login_attempts": ("last", 1),
    "audit_log": ("at", 25),
    "tombstones": ("made", 38),  # a hash and that it is erased: kept until nothing can bring it back (docs/erasure.md)
    # What users of the dashboard keep: of users, not of visitors, and it goes all the same (docs/operate.md).
    "saved": ("changed", 13),
    "annotations": ("changed", 25),
    "share_links": ("created", 14),
    "mail_reports": ("created", 13),
    "site_keys": ("born", 26),  # a key, under which numbers of the last 13 months were hashed 13 months after its birth
}
# Of the people who run the gateway, of its configuration, or of its own working; nothing of a visitor.
NO_VISITORS_IN_STATE = set(
    "api_token_bases api_tokens awaited_users banner_drafts banner_versions disabled_users erased_subjects identities "
    "imports invitations job_runs journals leases login_steps mail_report_confirmations mail_report_letters notices "
    "recovery_codes reminders session_browsers share_sessions subject_keys token_owners "
    "totp_secrets users verifications webhook_progress".split()
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, law="GB", clickhouse="chdb://") as one:
        whole = one.gateway
        one.run(whole.prepare_warehouse())
        for table in ("hits", "visits", "facts", "audience", "rollups", "tallies", "dead_letters"):
            # The database's own clock is not this one.
            whole.warehouse.command("SYSTEM STOP TTL MERGES {table:Identifier}", {"table": table})
        one.run(whole.deliverer.start())
        yield one
        one.run(whole.deliverer.stop())
        whole.warehouse.close()


def test_no_cookie_outlives_13_months_and_no_data_25(gateway: Served, tmp_path: Path) -> None:
    lives: list[int] = []
    keeper = Browser(gateway)  # comes every time, and keeps every cookie for ever
    seen: set[str] = set()
    whole = gateway.gateway
    whole.accounts.audit.record(Action.LOGIN, "admin")
    letter = {"id": str(uuid4()), "ts": int(START.timestamp() * 1000), "table_name": "hits", "payload": "{}"}
    whole.warehouse.insert("dead_letters", [json.dumps({**letter, "error": "", "token": ""}).encode()], "letter")
    Shelf(whole.state, whole.clock).add(1, Kind.SEGMENT, "ann", "France", "country==FR", shared=True)
    Notebook(whole.state, whole.clock).write(1, START.date(), "Sale", by="ann")
    whole.accounts.shares.make(1, "Agency", by="admin", kind="week")
    whole.mail_reports.add(1, "week", "ann@shop.example", "en", by="admin")
    with whole.state.begin() as connection:
        for number in (1, 2):
            banner = {
                "site": 1,
                "number": number,
                "body": "{}",
                "policy": f"{number}",
                "at": START.timestamp(),
                "by": "ann",
            }
            connection.execute(metadata.tables["banner_versions"].insert().values(banner))
    damaged = tmp_path / "journal" / f"{uuid4()}.damaged"
    damaged.write_bytes(b"rows")
    os.utime(damaged, (START.timestamp(), START.timestamp()))

    for month in range(0, MONTHS + 1, STEP):
        gateway.clock.move_to(add_months_to_instant(START, month) + timedelta(hours=1))
        for visitor, answer in ((keeper, None), (Browser(gateway), True), (Browser(gateway), False)):
            if answer is not None:
                assert visitor.answer(dict.fromkeys(PURPOSES, answer)).status_code == 201
                lives += ages(visitor)
            visitor.post("/v1/hit", {"site": 1, "type": "pageview", "url": f"https://shop.example/{month}"})
            lives += ages(visitor)
        seen.add(keeper.cookies["gw_visitor_1"])
        if month == 3:
            assert keeper.submit("/privacy/1/erase", {}, sec_fetch_site="same-origin").status_code == 303
        if month % EVERY == 0:
            let_a_day_pass(gateway)
            assert_nothing_is_too_old(gateway)
    assert (
        max(lives)
        <= (add_months_to_instant(START, 13 + 12) - add_months_to_instant(START, 12)).total_seconds() + 86_400
    )
    assert len(seen) >= 3, "the keeper's number was replaced after an erasure, and every 13 months"
    assert not damaged.exists()
    with whole.state.begin() as connection:
        banners = sa.select(metadata.tables["banner_versions"].c.number)
        assert list(connection.scalars(banners)) == [2], "the one that is served; no answer is about the other"
    kept = whole.warehouse.query("SELECT count() AS rows FROM visits")[0]["rows"]
    assert kept, "there was something to look at until the end"


def ages(visitor: Browser) -> list[int]:
    return [int(found[1]) for header in visitor.set_now if (found := re.search(r"Max-Age=(\d+)", header))]


def let_a_day_pass(gateway: Served) -> None:
    """What was journaled is stored, the gateway is started anew, and every job has run."""
    whole = gateway.gateway
    gateway.run(whole.deliverer.flush())
    whole.journal.close()

    async def reopen() -> None:
        whole.journal.open()

    gateway.run(reopen())
    for job in whole.jobs.table:
        job.run()


def assert_nothing_is_too_old(gateway: Served) -> None:
    whole, now = gateway.gateway, gateway.clock.now()
    assert WAREHOUSE.keys() | NO_VISITORS_THERE == TABLES, "a new table needs its limit here"
    for table, (oldest, months) in WAREHOUSE.items():
        (row,) = whole.warehouse.query(f"SELECT {oldest} AS oldest, count() AS rows FROM {table}")
        found = row["oldest"]
        assert isinstance(found, date)
        if row["rows"] and found.year > 1970:  # the epoch: there is none
            assert found >= add_months(now.date(), -months), (table, found)
    assert STATE.keys() | NO_VISITORS_IN_STATE == metadata.tables.keys(), "a new table needs its limit here"
    for table, (column, months) in STATE.items():
        with whole.state.begin() as connection:
            first: Any = connection.scalar(sa.select(sa.func.min(metadata.tables[table].c[column])))
        if first is not None:
            day = date.fromisoformat(first) if isinstance(first, str) else datetime.fromtimestamp(first, UTC).date()
            assert day >= add_months(now.date(), -months), (table, day)
    (visitors,) = whole.warehouse.query(
        "SELECT max(days) AS most FROM"
        " (SELECT dateDiff('day', min(day), max(day)) AS days FROM hits WHERE visitor != 0 GROUP BY visitor)"
    )
    assert visitors["most"] is None or int(str(visitors["most"])) <= 397, "one number over more than 13 months"
    # The journal: nothing waits in it for more than a moment, delivery running.
    deadline = time.monotonic() + 60
    while whole.journal.pending()[0] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert whole.journal.pending()[0] == 0
