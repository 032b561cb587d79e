"""Bulk requests: what is taken, what is counted, and that nothing is half done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from gateway.accounts.principal import Role
from gateway.errors import Unavailable
from gateway.hits import Dropped, RawHit
from gateway.ingest.pipeline import Accepted
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.matomo_bulk import AT_A_STRETCH
from tests.matomo.trackers import FORM, ORIGIN, PAGE, Tracker
from tests.web.visitors import AGENT

GOOD = "?" + urlencode(PAGE)
AS_OBJECT = {"idsite": 1, "rec": 1, "url": "https://shop.example/object"}


BOOTS = {"sku": "S", "name": "Boots", "category": "Shoes", "price": 3.0, "quantity": 1}


def paths(tracker: Tracker) -> list[str]:
    return [row["path"] for row in tracker.rows()]


@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain;charset=UTF-8", ""])
def test_recognised_by_its_body_whatever_its_label(tracker: Tracker, content_type: str) -> None:
    answer = tracker.bulk(GOOD, AS_OBJECT, content_type=content_type, send_image=0)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"status": "success", "tracked": 2, "invalid": 0}
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert paths(tracker) == ["/a", "/object"]


def test_the_forms_of_an_element(tracker: Tracker) -> None:
    """A query with or without its mark, a whole address; objects are not percent-decoded and may hold numbers and lists."""
    answer = tracker.bulk(
        GOOD.removeprefix("?"),
        "https://stats.example/matomo.php" + GOOD,
        {**AS_OBJECT, "url": "https://shop.example/%41", "e_c": "Bar", "e_a": "100%25", "e_v": 2.5},
        {
            **AS_OBJECT,
            "idgoal": 0,
            "ec_id": 17,
            "revenue": 3,
            "ec_items": [["S", "Boots", ["Shoes"], 3.0, 1]],
            "uid": None,
        },
        {**AS_OBJECT, "new_visit": True},
    )
    assert answer.json() == {"status": "success", "tracked": 5, "invalid": 0}
    query, address, event, order, visit = tracker.rows()
    assert query["path"] == address["path"] == "/a"
    assert (event["action"], event["value"]) == ("100%25", 2.5)
    assert (order["type"], order["revenue"], order["items"]) == ("order", 3.0, [BOOTS])
    assert visit["new_visit"] is True


BAD: list[Any] = [
    None,
    17,
    [],
    "",
    "?",
    {},
    {**AS_OBJECT, "idsite": 99},
    {**AS_OBJECT, "idsite": -1},
    {**AS_OBJECT, "idgoal": 99},
    {**AS_OBJECT, "cid": "short"},
    {**AS_OBJECT, "cdt": "2020-01-01 00:00:00"},
    "?idsite=1&rec=1&cip=192.0.2.7",
    "&".join(f"p{number}=1" for number in range(600)),
]


def test_bad_elements_are_left_out_and_counted(tracker: Tracker) -> None:
    answer = tracker.bulk(GOOD, *BAD, AS_OBJECT)
    assert answer.status_code == 200
    assert answer.json() == {"status": "success", "tracked": 2, "invalid": len(BAD)}
    assert paths(tracker) == ["/a", "/object"]


def test_a_valid_token_is_told_which(tracker: Tracker) -> None:
    token = tracker.token()
    old = "?idsite=1&rec=1&url=https://shop.example/old&cip=192.0.2.7&cdt=2026-11-01+10:00:00"
    answer = tracker.bulk(None, GOOD, {**AS_OBJECT, "idsite": 2}, "?idsite=7", old, token_auth=token)
    assert answer.json() == {"status": "success", "tracked": 3, "invalid": 2, "invalid_indices": [0, 3]}
    assert paths(tracker) == ["/a", "/old"]  # the other site's page is not of its host
    assert "invalid_indices" not in tracker.bulk(GOOD, token_auth="wrong").json()
    assert "invalid_indices" not in tracker.bulk(GOOD, token_auth=tracker.token(Role.VIEWER)).json()


def test_a_token_may_come_with_its_element_the_query_or_a_header(tracker: Tracker) -> None:
    token = tracker.token()
    old = {**AS_OBJECT, "cdt": "2026-11-01 10:00:00"}
    assert tracker.bulk({**old, "token_auth": token}, old).json() == {
        "status": "success",
        "tracked": 1,
        "invalid": 1,
        "invalid_indices": [1],
    }
    body = json.dumps({"requests": [old]}).encode()
    assert tracker.browser.send("POST", f"/matomo.php?token_auth={token}", body).json()["tracked"] == 1
    assert tracker.browser.send("POST", "/matomo.php", body, authorization=f"Bearer {token}").json()["tracked"] == 1
    assert len(tracker.rows()) == 3


def test_a_batch_asks_for_few_tokens(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """And for none that is not of a token's form; elements with more of them are invalid."""
    state, begin, asked = tracker.gateway.gateway.state, tracker.gateway.gateway.state.begin, []
    good = tracker.token()

    def counting() -> Any:
        asked.append(1)
        return begin()

    monkeypatch.setattr(state, "begin", counting)
    guesses = [{**AS_OBJECT, "token_auth": f"{number:043}"} for number in range(12)]
    assert tracker.bulk({**AS_OBJECT, "token_auth": good}, *guesses, AS_OBJECT, *guesses[:3]).json() == {
        "status": "success",
        "tracked": 1 + 7 + 1 + 3,
        "invalid": 5,
        "invalid_indices": [8, 9, 10, 11, 12],
    }
    assert len(asked) == 8
    odd = ["x", "0" * 32, "0" * 42 + "\0", "ü" * 43, f"{0:044}"]
    assert tracker.bulk(*({**AS_OBJECT, "token_auth": one} for one in odd)).json()["tracked"] == 5
    assert len(asked) == 8


def test_what_is_left_out_on_purpose_counts_as_tracked(tracker: Tracker) -> None:
    answer = tracker.bulk(
        "?idsite=1&rec=0", {**AS_OBJECT, "ua": "curl/8.0 bot"}, {**AS_OBJECT, "url": "https://else.example/"}
    )
    assert answer.json() == {"status": "success", "tracked": 3, "invalid": 0}
    assert tracker.rows() == []


def test_an_element_that_fails_in_an_unknown_way_is_the_only_one(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And so is a single request; each is counted, and written to the log the first time."""
    run = tracker.gateway.gateway.pipeline.run

    def fail(raw: RawHit, visit: Visit, site: ServedSite) -> Accepted | Dropped:
        accepted = run(raw, visit, site)
        if raw.title == "\ufffd" and isinstance(accepted, Accepted):
            return accepted._replace(hit=msgspec.structs.replace(accepted.hit, title="\ud800"))
        return accepted

    monkeypatch.setattr(tracker.gateway.gateway.pipeline, "run", fail)
    bad = {**AS_OBJECT, "action_name": "\ufffd"}
    before = counted(tracker, "Unreadable")
    assert tracker.bulk(GOOD, bad, AS_OBJECT, bad).json() == {"status": "success", "tracked": 2, "invalid": 2}
    assert paths(tracker) == ["/a", "/object"]
    native = {"type": "pageview", "site": 1, "url": PAGE["url"], "title": "\ufffd"}
    for answer in (tracker.send(action_name="\ufffd"), tracker.browser.post("/v1/hit", native)):
        assert (answer.status_code, answer.json()["error"]["where"]) == (400, "$")
    assert tracker.rows() == []
    assert counted(tracker, "Unreadable") == before + 4
    assert len([record for record in caplog.records if "could not be read" in record.message]) == 3  # lines of code


def test_a_state_database_that_fails_is_no_elements_fault(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("", None, Exception("locked"))

    monkeypatch.setattr(tracker.gateway.gateway.pipeline, "run", fail)
    for answer in (tracker.bulk(GOOD, AS_OBJECT), tracker.send()):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def counted(tracker: Tracker, reason: str) -> float:
    labels = {"site": "1", "outcome": "error", "reason": reason}
    return tracker.gateway.gateway.metrics.registry.get_sample_value("gateway_hits_total", labels) or 0.0


@pytest.mark.parametrize("half", ["\\ud800", "%ud800", "\\ud800 ann@mail.example"])
def test_half_a_character_is_no_error(tracker: Tracker, half: str) -> None:
    assert tracker.bulk(GOOD, {**AS_OBJECT, "action_name": half}).json()["tracked"] == 2
    assert tracker.send(action_name=half, url=f"https://shop.example/{half}/ann@mail.example").status_code == 200
    assert len(tracker.rows()) == 3


def test_an_empty_queue_is_a_success(tracker: Tracker) -> None:
    assert tracker.bulk().json() == {"status": "success", "tracked": 0, "invalid": 0}


@pytest.mark.parametrize(
    "body", [b'{"requests"', b'["requests"]', b'{"requests": {"a": 1}}', b'{"a": "\\"requests\\""}']
)
def test_a_body_that_is_no_bulk_request_is_400(tracker: Tracker, body: bytes) -> None:
    answer = tracker.browser.send("POST", "/matomo.php", body)
    if b'"requests"' in body:
        assert answer.status_code == 400
        assert answer.json()["tracked"] == 0 and answer.json()["message"]
    assert tracker.rows() == []


def test_limits(tracker: Tracker) -> None:
    many = tracker.bulk(*[GOOD] * 61)
    assert many.status_code == 413
    assert many.json()["error"] == {"where": "requests", "what": "A bulk request may have 60 requests, this has 61"}
    big = tracker.bulk({**AS_OBJECT, "action_name": "x" * 100_000})
    assert (big.status_code, "100000 bytes" in big.json()["error"]["what"]) == (413, True)
    assert tracker.rows() == []
    # More than one hit may be, which is no limit of a bulk request.
    assert tracker.bulk({**AS_OBJECT, "action_name": "x" * 9_000}).json()["tracked"] == 1


def test_a_journal_that_fails_takes_nothing_and_says_so(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: object, **_more: object) -> None:
        raise Unavailable("The journal cannot be written at the moment.", retry_after=5)

    monkeypatch.setattr(tracker.gateway.gateway.journal, "append", refuse)
    answer = tracker.bulk(GOOD, AS_OBJECT)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert (answer.json()["status"], answer.json()["tracked"]) == ("error", 0)


def test_one_commit_for_all(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tracker.gateway.gateway.journal
    append, sizes = journal.append, []

    async def counting(stream: str, payloads: list[bytes], **more: Any) -> None:
        sizes.append(len(payloads))
        await append(stream, payloads, **more)

    monkeypatch.setattr(journal, "append", counting)
    tracker.bulk(*[GOOD] * 55)
    assert sizes == [55]
    assert len(tracker.rows()) == 55


def test_a_batch_whose_elements_take_long_lets_others_in_between(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By time and not by number: after each of these elements, whoever else waits has a turn."""
    run, turns, seen = tracker.gateway.gateway.pipeline.run, 0, []

    def slow(raw: RawHit, visit: Visit, site: ServedSite) -> Accepted | Dropped:
        seen.append(turns)
        until = perf_counter() + AT_A_STRETCH
        while perf_counter() < until:
            pass
        return run(raw, visit, site)

    monkeypatch.setattr(tracker.gateway.gateway.pipeline, "run", slow)
    body = json.dumps({"requests": [GOOD] * 8}).encode()

    async def scenario() -> None:
        nonlocal turns
        bulk = asyncio.ensure_future(tracker.gateway.send("POST", "/matomo.php", {"user-agent": AGENT}, body))
        while not bulk.done():
            await asyncio.sleep(0)
            turns += 1

    tracker.gateway.run(scenario())
    assert len(set(seen)) == len(seen) == 8


def test_too_many_at_once_are_429(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """33 queues whose commits do not end: 32 wait, one is told to come again."""
    held = asyncio.Event()

    async def hold(*_args: object, **_more: object) -> None:
        await held.wait()

    monkeypatch.setattr(tracker.gateway.gateway.journal, "append", hold)
    body = json.dumps({"requests": [GOOD]}).encode()

    async def scenario() -> list[httpx.Response]:
        sending = [
            asyncio.ensure_future(tracker.gateway.send("POST", "/matomo.php", {"user-agent": AGENT}, body))
            for _ in range(33)
        ]
        done, _ = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        held.set()
        await asyncio.gather(*sending)
        return [one.result() for one in done]

    (refused,) = tracker.gateway.run(scenario())
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["tracked"] == 0


@pytest.mark.parametrize("announced", [True, False])
def test_bodies_larger_than_a_hit_are_counted_before_they_are_read(tracker: Tracker, announced: bool) -> None:
    """32 that do not end: the next is refused, its body unread; a single hit is not."""
    half = b'{"requests": ["' + b" " * 9_000

    async def scenario() -> tuple[httpx.Response, httpx.Response, int]:
        more, read = asyncio.Event(), 0

        async def slow() -> AsyncIterator[bytes]:
            nonlocal read
            read += 1
            yield half
            await more.wait()
            yield GOOD.encode() + b'"]}'

        headers = {"user-agent": AGENT} | ({"content-length": "20000"} if announced else {})
        sending = [
            asyncio.ensure_future(tracker.gateway.send("POST", "/matomo.php", headers, slow())) for _ in range(32)
        ]
        while read < 32:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        refused = await tracker.gateway.send("POST", "/matomo.php", headers, slow())
        begun = read
        single = await tracker.gateway.send("GET", "/matomo.php" + GOOD, {"user-agent": AGENT})
        more.set()
        assert {answer.status_code for answer in await asyncio.gather(*sending)} == {200}
        after = await tracker.gateway.send("POST", "/matomo.php", headers, slow())
        assert after.json()["tracked"] == 1, "places are given back"
        return refused, single, begun

    refused, single, begun = tracker.gateway.run(scenario())
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert (refused.json()["status"], refused.json()["tracked"]) == ("error", 0)
    assert single.status_code == 200
    assert begun == (32 if announced else 33), "what is announced is not even begun"


def test_a_browsers_queue_is_one_visitor_with_one_cookie(tracker: Tracker) -> None:
    answer = tracker.bulk(GOOD, AS_OBJECT, GOOD)
    assert [header.partition("=")[0] for header in answer.headers.get_list("set-cookie")] == ["gw_visitor_1"]
    visitors = {row["visitor"] for row in tracker.rows()}
    assert len(visitors) == 1
    assert {tracker.hit()["visitor"]} == visitors
