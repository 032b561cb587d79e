"""Two gateways as on two hosts: a data directory each, one PostgreSQL, one ClickHouse server.

The tests are one story in their order: both serve, PostgreSQL goes away and comes back, one is killed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from gateway.state.database import State
from gateway.state.tables import leases, salts
from gateway.state.tombstones import tombstones
from gateway.studio.serving import REFRESH
from tests.clickhouse_server import ClickHouseServer
from tests.postgresql import PostgreSQL
from tests.running.gateways import AGENT, PASSWORD, TOKEN, RunningGateway

SHARED = {
    "GATEWAY_SIGNING_KEYS": "seven swans swim beyond the frozen harbour",
    "GATEWAY_LEDGER_KEYS": "twelve quiet lamps burn above old bridges",
    "GATEWAY_SITE_1_BEFORE_CHOICE": "cookieless",
    "GATEWAY_JOURNAL_SEGMENT_SECONDS": "2",  # what a journal holds of an erased visitor goes with the segment
}
LEASED = 30  # seconds, of the jobs that run often


class Hosts(NamedTuple):
    one: RunningGateway
    other: RunningGateway
    postgresql: PostgreSQL
    state: State


@pytest.fixture(scope="module")
def hosts(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("hosts")
    url = postgresql.database("two_hosts")
    with ClickHouseServer(folder / "clickhouse") as server:
        both = []
        for name in ("one", "other"):
            (folder / name).mkdir()
            both.append(RunningGateway(folder / name, clickhouse=server.url, GATEWAY_STATE_URL=url, **SHARED))
        try:
            with ThreadPoolExecutor(2) as threads:  # at the same time, on a database without tables
                list(threads.map(RunningGateway.start, both))
            state = State(url, folder)
            yield Hosts(both[0], both[1], postgresql, state)
            state.close()
        finally:
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(RunningGateway.stop, both))


def browser() -> httpx.Client:
    """One that keeps its cookies, on whichever host it is led to."""
    return httpx.Client(headers={"user-agent": AGENT}, timeout=30)


def see(visitor: httpx.Client, host: RunningGateway, path: str) -> httpx.Response:
    hit = {"site": 1, "type": "pageview", "url": f"https://shop.example{path}", "title": path}
    return visitor.post(host.url + "/v1/hit", content=json.dumps(hit), headers={"content-type": "text/plain"})


def log_in(staff: httpx.Client, host: RunningGateway) -> httpx.Response:
    form = re.search(r'name="csrf" value="([0-9a-f]+)"', staff.get(host.url + "/login").text)
    assert form
    return staff.post(host.url + "/login", data={"name": "admin", "password": PASSWORD, "csrf": form[1]})


def until(true: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + 120
    while not true():
        assert time.monotonic() < give_up, what
        time.sleep(0.1)


def leaders(state: State) -> dict[str, tuple[str, float]]:
    """Lease → who has it, and until when."""
    with state.begin() as connection:
        return {row.name: (row.holder, row.until) for row in connection.execute(sa.select(leases))}


@pytest.fixture(scope="module")
def staff(hosts: Hosts) -> Iterator[httpx.Client]:
    with browser() as client:
        assert log_in(client, hosts.one).status_code == 303
        yield client


def test_a_session_of_one_holds_on_the_other_and_ends_on_both(hosts: Hosts, staff: httpx.Client) -> None:
    with browser() as second:
        assert log_in(second, hosts.one).status_code == 303
        page = second.get(hosts.other.url + "/account")
        assert page.status_code == 200
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
        assert csrf
        gone = second.post(hosts.other.url + "/logout", data={"csrf": csrf[1]})
        assert gone.status_code == 303
        assert second.get(hosts.one.url + "/account").headers["location"].startswith("/login")
    assert staff.get(hosts.other.url + "/account").status_code == 200, "the other session goes on"


def test_an_erasure_on_one_binds_the_other(hosts: Hosts) -> None:
    with browser() as visitor:
        notice = visitor.get(hosts.one.url + "/v1/sites/1/notice").json()
        body = {"site": 1, "purposes": {"analytics": True}, "fingerprint": notice["policy"], "notice": notice["notice"]}
        assert visitor.post(hosts.one.url + "/v1/consent", json=body).status_code == 201
        assert see(visitor, hosts.other, "/secret").json() == {"status": "identified"}
        hosts.other.wait_delivered()
        number = visitor.cookies["gw_visitor_1"]
        visitor.get(hosts.one.url + "/privacy/1")
        erased = visitor.post(hosts.one.url + "/privacy/1/erase", headers={"sec-fetch-site": "same-origin"})
        assert erased.status_code == 303
        visitor.cookies.set("gw_visitor_1", number, domain="127.0.0.1")

        def lost() -> bool:
            answer = see(visitor, hosts.other, "/secret/again")
            return any("gw_visitor_1=" in cookie for cookie in answer.headers.get_list("set-cookie"))

        until(lost, "the other host takes the dead number away")


def test_a_visitor_without_cookies_is_one_on_both(hosts: Hosts) -> None:
    with hosts.state.begin() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(salts)).scalar_one() == 2, "two days of a site"
    for host, path in ((hosts.one, "/"), (hosts.other, "/mugs")):
        with browser() as visitor:
            assert see(visitor, host, path).json() == {"status": "cookieless"}

    def totals() -> tuple[object, object]:
        today = datetime.now(ZoneInfo("Europe/Paris")).date()
        found = hosts.other.get(f"/v1/stats/1?from={today}&to={today}&filter=page!@secret")["totals"]
        return found["pageviews"], found["visits"]

    until(lambda: totals()[0] == 2, "both are counted")
    assert totals() == (2, 1)


def test_a_banner_that_is_published_on_one_is_served_by_the_other(hosts: Hosts) -> None:
    as_staff = {"Authorization": f"Bearer {TOKEN}"}
    draft = {"texts": {"en": {"title": "Published elsewhere"}}}
    with httpx.Client(headers=as_staff, timeout=30) as editor:
        at = hosts.one.url + "/v1/banner/1/"
        saved = editor.put(at + "draft", json={"revision": 0, "draft": draft}).json()
        old = editor.put(hosts.other.url + "/v1/banner/1/draft", json={"revision": 0, "draft": {}})
        assert old.status_code == 409, "the other host has the draft too"
        done = editor.post(at + "publish", json={"revision": saved["revision"], "live": 0})
        assert done.status_code == 200
    notice = hosts.other.url + "/v1/sites/1/notice?language=en"
    until(lambda: httpx.get(notice).json()["texts"]["title"] == "Published elsewhere", f"looked for every {REFRESH} s")


def test_what_the_other_host_stored_of_it_goes(hosts: Hosts) -> None:
    def is_done() -> bool:
        with hosts.state.begin() as connection:
            rows = connection.execute(sa.select(tombstones.c.done, tombstones.c.removed)).all()
        return bool(rows) and all(row.done is not None for row in rows) and any(row.removed for row in rows)

    until(is_done, "removed from the tables, and both journals were looked through")


def test_postgresql_goes_away_and_comes_back(hosts: Hosts, staff: httpx.Client) -> None:
    pages = [host.url + path for host in (hosts.one, hosts.other) for path in ("/account", "/v1/annotations/1")]
    assert [staff.get(page).status_code for page in pages] == [200] * 4
    hosts.postgresql.stop()
    try:
        for page in pages:
            answer = staff.get(page)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), page
        for host in (hosts.one, hosts.other):
            with browser() as visitor:
                assert see(visitor, host, "/").json() == {"status": "cookieless"}, "visitors notice nothing"
    finally:
        hosts.postgresql.start()
    assert [staff.get(page).status_code for page in pages] == [200] * 4, "without a restart"
    held = leaders(hosts.state)["rollup"]
    until(lambda: leaders(hosts.state)["rollup"][1] > held[1], "the jobs go on")


def test_who_leads_is_one_host_and_another_when_it_is_killed(hosts: Hosts) -> None:
    names = {"rollup", "generations", "webhooks"}
    until(lambda: names <= leaders(hosts.state).keys(), "every lease is held by somebody")
    led = leaders(hosts.state)
    first = led["rollup"][0]
    identity = {host: (host.data / "journal.id").read_text().strip() for host in (hosts.one, hosts.other)}
    dead = next(host for host in identity if first.startswith(identity[host]))
    heir = hosts.other if dead is hosts.one else hosts.one
    dead.kill()
    assert leaders(hosts.state)["rollup"][0] == first
    left = leaders(hosts.state)["rollup"][1] - time.time()
    assert left <= LEASED
    # As if it had been killed nearly as long ago as its leases last.
    held_until = time.time() + min(left, 5)
    with hosts.state.begin() as connection:
        connection.execute(sa.update(leases).where(leases.c.holder == first).values(until=held_until))
    until(lambda: leaders(hosts.state)["rollup"][0].startswith(identity[heir]), "passed on")
    assert time.time() >= held_until, "and not before"
