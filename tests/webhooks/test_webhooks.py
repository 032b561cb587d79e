"""Sites' own systems are told each answer once they acknowledge it: signed, retried, written down (RULES.md C10, C11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.clock import add_months_to_instant
from gateway.consent.record import ConsentRecord, Method
from gateway.errors import WarehouseUnavailable
from gateway.metrics import Metrics
from gateway.sites.catalog import Catalog
from gateway.sites.site import Site, Webhook
from gateway.state.database import State
from gateway.webhooks.outbox import WAITS, Outbox
from gateway.webhooks.post import Post
from tests.ledger.ledgers import Writer, record
from tests.warehouse.worlds import NOW, World
from tests.webhooks.receiver import SECRET, Receiver, receiver


class Office:
    """The job with its outbox, and the ledger it reads."""

    def __init__(self, here: World, folder: Path, site: Site) -> None:
        self.here = here
        self.state = State("", folder)
        self.outbox = Outbox(self.state, here.clock)
        self.post = Post(here.warehouse, self.outbox, Catalog([site]), here.clock, Metrics())
        self.writer = Writer(here.warehouse)
        self.post.run()  # the first look tells nothing of the past

    def answered(self, *records: ConsentRecord) -> None:
        """Rows stored now, by the test's clock."""
        lines = [msgspec.json.decode(line) for line in self.writer.sealed(list(records))]
        stored = self.here.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        rows = [msgspec.json.encode({**line, "stored": stored}) for line in lines]
        self.here.warehouse.insert("consents", rows, records[0].id)
        self.here.clock.advance(timedelta(seconds=5))


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def office(here: World, tmp_path: Path, hook: Receiver) -> Iterator[Office]:
    site = msgspec.structs.replace(here.settings.sites[0], webhooks=(Webhook(url=hook.url, secret=SECRET),))
    made = Office(here, tmp_path, site)
    yield made
    made.state.close()


def of(method: Method, yes: bool = False, **fields: Any) -> ConsentRecord:
    return msgspec.structs.replace(record(0, method), purposes={"analytics": yes}, services={}, **fields)


def test_every_answer_is_told_once(office: Office, hook: Receiver) -> None:
    yes = of(Method.SAVE, True)
    office.answered(yes, of(Method.REJECT_ALL))
    office.answered(of(Method.WITHDRAW, follows=yes.id), of(Method.DO_NOT_SELL), of(Method.GPC), of(Method.OBJECTION))
    for _ in range(3):
        office.post.run()
    assert sorted(body["type"] for _, body in hook.heard) == sorted(
        [
            "consent.given", "consent.refused", "consent.withdrawn", "sale.opted_out", "sale.opted_out",
            "analytics.objected",
        ]
    )  # fmt: skip
    [withdrawn] = [body for _, body in hook.heard if body["type"] == "consent.withdrawn"]
    assert withdrawn["data"]["follows"] == yes.id and withdrawn["data"]["purposes"] == {"analytics": False}
    assert not any(SECRET.encode() in raw for raw in hook.raw)


def test_a_row_stored_late_by_another_writer_is_told_too(office: Office, hook: Receiver) -> None:
    office.answered(of(Method.SAVE, True))
    office.post.run()
    office.here.clock.advance(timedelta(minutes=-3))  # its clock runs behind, or its insert took long
    office.answered(of(Method.SAVE, True))
    office.here.clock.advance(timedelta(minutes=3))
    office.post.run()
    assert len(hook.heard) == 2


def test_more_than_one_page(office: Office, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.webhooks.post.MOST_ROWS", 3)
    for _ in range(4):
        office.answered(of(Method.SAVE, True), of(Method.REJECT_ALL))
    for _ in range(10):
        office.post.run()
    assert len(hook.heard) == 8


def test_a_page_of_rows_that_were_stored_together(
    office: Office, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.webhooks.post.MOST_ROWS", 3)
    office.answered(*(of(Method.DO_NOT_SELL) for _ in range(7)))
    office.post.run()
    assert len(hook.heard) == 7


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_acknowledged_is_told_again(office: Office, hook: Receiver, status: int) -> None:
    hook.status = status
    office.answered(of(Method.DO_NOT_SELL), of(Method.GPC))
    office.post.run()
    assert len(hook.raw) == 1, "a receiver that failed is left alone for the rest of the run"
    hook.status = 200
    office.here.clock.advance(timedelta(seconds=WAITS[0] - 1))
    office.post.run()
    assert len(hook.heard) == 1, "the other one"
    office.here.clock.advance(timedelta(seconds=2))
    office.post.run()
    assert len({message for message, _ in hook.heard}) == 2
    listed = {row["outcome"] for row in office.outbox.listed(False, 10)}
    assert listed == {"HTTP 200"}


def test_a_receiver_that_stays_away_is_given_up_in_time_and_can_be_told_again(office: Office, hook: Receiver) -> None:
    assert sum(WAITS) < timedelta(days=21).total_seconds(), "15 business days (C10)"
    hook.status = 503
    office.answered(of(Method.DO_NOT_SELL))
    for wait in (0.0, *WAITS):
        office.here.clock.advance(timedelta(seconds=wait))
        office.post.run()
    [row] = office.outbox.listed(True, 10)
    assert (row["tries"], row["next_try"], row["outcome"]) == (len(WAITS) + 1, None, "HTTP 503")
    hook.status = 204
    office.post.run()
    assert hook.heard == []
    assert office.outbox.again(["all"]) == 1
    office.post.run()
    assert [body["type"] for _, body in hook.heard] == ["sale.opted_out"]


def test_only_the_events_asked_for(here: World, tmp_path: Path, hook: Receiver) -> None:
    chosen = Webhook(url=hook.url, secret=SECRET, events=("sale.opted_out",))
    office = Office(here, tmp_path, msgspec.structs.replace(here.settings.sites[0], webhooks=(chosen,)))
    office.answered(of(Method.SAVE, True), of(Method.DO_NOT_SELL), of(Method.EXPIRE))
    office.post.run()
    assert [body["type"] for _, body in hook.heard] == ["sale.opted_out"]
    office.state.close()


def test_other_sites_answers_stay_theirs(office: Office, hook: Receiver) -> None:
    office.answered(of(Method.SAVE, True, site=2))
    office.post.run()
    assert hook.heard == [] and office.outbox.listed(False, 10) == []


def test_the_past_before_the_first_look_is_not_told(here: World, tmp_path: Path, hook: Receiver) -> None:
    Writer(here.warehouse).write([of(Method.SAVE, True)])
    here.clock.move_to(NOW + timedelta(days=3650))
    office = Office(
        here,
        tmp_path,
        msgspec.structs.replace(here.settings.sites[0], webhooks=(Webhook(url=hook.url, secret=SECRET),)),
    )
    office.post.run()
    assert hook.heard == []
    office.state.close()


def test_while_the_warehouse_is_away_what_is_due_is_told(
    office: Office, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.answered(of(Method.SAVE, True))
    office.post.collect()

    def away(*_: object) -> list[bytes]:
        raise WarehouseUnavailable("away")

    monkeypatch.setattr(office.here.warehouse, "lines", away)
    with pytest.raises(WarehouseUnavailable):
        office.post.run()
    assert len(hook.heard) == 1


def test_opt_outs_are_kept_24_months_the_rest_30_days(office: Office) -> None:
    office.answered(of(Method.SAVE, True), of(Method.DO_NOT_SELL))
    office.post.run()
    made = office.here.clock.now()

    def left(moment: Any) -> list[str]:
        office.here.clock.move_to(moment)
        office.outbox.purge()
        return sorted(row["type"] for row in office.outbox.listed(False, 10))

    second = timedelta(seconds=1)
    assert left(made + timedelta(days=30) - second) == ["consent.given", "sale.opted_out"]
    assert left(made + timedelta(days=30) + second) == ["sale.opted_out"]
    assert left(add_months_to_instant(made, 24) - second) == ["sale.opted_out"]
    assert left(add_months_to_instant(made, 24) + second) == []
