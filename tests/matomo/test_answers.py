"""The answer table of the contract, row by row, over every transport."""

from __future__ import annotations

import json

import pytest

from tests.matomo.trackers import FORM, ORIGIN, PAGE, TRANSPORTS, Tracker, Transport, beacon, image
from tests.web.visitors import AGENT

over = pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda transport: transport.__name__)


@over
@pytest.mark.parametrize(
    ("parameters", "recorded"),
    [
        ({}, 1),
        ({"ua": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, 0),
        ({"url": "https://elsewhere.example/"}, 0),
        ({"rec": "0"}, 0),
        ({"ca": "1"}, 0),  # a plugin's own action, of a plugin that is not here
    ],
    ids=["recorded", "bot", "foreign host", "rec=0", "custom action"],
)
def test_recorded_or_left_out_is_success(
    tracker: Tracker, transport: Transport, parameters: dict[str, str], recorded: int
) -> None:
    answer = transport(tracker, {**PAGE, **parameters})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/gif"
    assert len(answer.content) == 43 and answer.content.startswith(b"GIF89a")
    assert len(tracker.rows()) == recorded
    if answer.request.method == "GET":
        assert answer.headers["cache-control"] == "no-store"
    else:
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-credentials"] == "true"


@over
def test_no_image_is_204(tracker: Tracker, transport: Transport) -> None:
    answer = transport(tracker, {**PAGE, "send_image": "0"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(tracker.rows()) == 1


@over
@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"idsite": "99"}, "idsite"),
        ({"idsite": "0"}, "idsite"),
        ({"idsite": "-1"}, "idsite"),
        ({"idsite": "shop"}, "idsite"),
        ({"idsite": ""}, "idsite"),
        ({"idgoal": "99"}, "idgoal"),
        ({"idgoal": "-2"}, "idgoal"),
        ({"idgoal": "one"}, "idgoal"),
        ({"cid": "0123456789abcde"}, "cid"),
        ({"cid": "0123456789abcdef0"}, "cid"),
        ({"cip": "192.0.2.1"}, "cip"),
        ({"cip": "192.0.2.1", "token_auth": "wrong"}, "cip"),
        ({"cdt": "1700000000"}, "cdt"),
        ({"cdt": "2026-11-21 11:59:59"}, "cdt"),  # a second more than a day ago
        ({"cdt": "yesterday or so"}, "cdt"),
        ({"cdo": "86400"}, "cdo"),
    ],
    ids=str,
)
def test_wrong_is_400_and_says_where(
    tracker: Tracker, transport: Transport, parameters: dict[str, str], where: str
) -> None:
    answer = transport(tracker, {**PAGE, **parameters})
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == where
    assert tracker.rows() == []


@pytest.mark.parametrize(
    "path", ["/matomo.php", "/piwik.php", "/js/", "/js/index.php", "/js/tracker.php", "/js/piwik.php"]
)
def test_every_address(tracker: Tracker, path: str) -> None:
    hello = tracker.browser.get(path)
    assert hello.status_code == 200
    assert hello.headers["content-type"].startswith("text/html")
    pixel = tracker.browser.get(f"{path}?idsite=1&rec=1&url=https://shop.example/{path.count('/')}")
    assert pixel.headers["content-type"] == "image/gif"
    assert len(tracker.rows()) == 1


def test_preflight(tracker: Tracker) -> None:
    answer = tracker.browser.send("OPTIONS", "/matomo.php", origin=ORIGIN, access_control_request_method="POST")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"


def test_a_foreign_origin_is_not_echoed(tracker: Tracker) -> None:
    answer = tracker.browser.send("POST", "/matomo.php?idsite=1&rec=1", origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in answer.headers


def test_over_limits(tracker: Tracker) -> None:
    title = b"action_name=" + b"x" * 9_000
    answer = tracker.browser.send(
        "POST", "/matomo.php?idsite=1&rec=1&url=https://shop.example/", title, content_type=FORM
    )
    assert answer.status_code == 413
    assert "8192 bytes" in answer.json()["error"]["what"]
    many = "&".join(f"p{number}=1" for number in range(600))
    assert tracker.browser.get(f"/matomo.php?{many}").status_code == 400
    assert tracker.rows() == []


def test_the_no_script_pixel_takes_the_page_from_the_referer(tracker: Tracker) -> None:
    tracker.browser.get("/matomo.php?idsite=1&rec=1", referer="https://shop.example/from-referer")
    assert [row["path"] for row in tracker.rows()] == ["/from-referer"]
    tracker.browser.get("/matomo.php?idsite=1&rec=1&urlref=https://search.example/", referer="https://shop.example/b")
    assert tracker.rows() == []


def test_the_same_request_again_is_the_same_hit(tracker: Tracker) -> None:
    for transport in (image, beacon):
        transport(tracker, {**PAGE, "rand": "418"})
    image(tracker, {**PAGE, "rand": "419"})
    first, again, other = tracker.rows()
    assert first["id"] == again["id"] != other["id"]


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"%ZZ=%&&&=;", b'{"a": [', b"a" * 8_000, "ä=ö&idsite=1&rec=1".encode()]
)
def test_no_body_makes_a_server_error(tracker: Tracker, body: bytes) -> None:
    for content_type in (FORM, "application/json", ""):
        answer = tracker.browser.send("POST", "/matomo.php", body, content_type=content_type)
        assert answer.status_code in (200, 400)
    wide = tracker.browser.send("GET", "/matomo.php?idsite=1&rec=1&url=https://shop.example/%ff%fe&e_c=%f0&e_a=a")
    assert wide.status_code == 200


def test_an_error_is_json(tracker: Tracker) -> None:
    answer = tracker.browser.send("PUT", "/matomo.php", user_agent=AGENT)
    assert answer.status_code == 400
    assert json.loads(answer.content) == {"error": {"where": "method", "what": "GET and POST are answered here"}}


def test_the_same_values_under_other_names_are_another_hit(tracker: Tracker) -> None:
    tracker.send(rand="418", e_c="Menu", e_a="open", e_n="2", e_v="")
    tracker.send(rand="418", e_c="Menu", e_a="open", e_v="2", e_n="")
    tracker.send(rand="418", action_name="x")
    tracker.send(rand="418", pv_id="x")
    assert len({row["id"] for row in tracker.rows()}) == 4
