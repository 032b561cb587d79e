"""A visitor's number lives 13 months from its birth, whatever happens in between and whatever the browser kept (E8)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.clock import add_months_to_instant
from tests.web.visitors import SHOP, START, Browser, served

SECOND = timedelta(seconds=1)
YES = dict.fromkeys(("payment-fraud", "analytics", "adverts", "media"), True)


def look(visitor: Browser) -> dict[str, Any]:
    """Views a page; the row that came of it."""
    path = f"/{len(visitor.gateway.rows('hits'))}"
    answer = visitor.post("/v1/hit", {"site": 1, "type": "pageview", "url": f"https://shop.example{path}"})
    assert answer.json() == {"status": "identified"}, answer.text
    return next(row for row in visitor.gateway.rows("hits") if row["path"] == path)


def set_cookie(visitor: Browser) -> list[str]:
    return [header for header in visitor.set_now if header.startswith("gw_visitor_1=")]


@pytest.mark.parametrize("months", [13, 6])
def test_refused_by_the_server_from_its_last_second_on(tmp_path: Path, months: int) -> None:
    """Thirteen months, or less where the site says so; these browsers keep every cookie for ever."""
    with served(tmp_path, structs.replace(SHOP, max_cookie_months=months), law="GB") as gateway:
        visitors = {away: Browser(gateway) for away in (-SECOND, 0 * SECOND, SECOND)}
        numbers = {}
        for away, visitor in visitors.items():
            numbers[away] = look(visitor)["visitor"]
            (made,) = set_cookie(visitor)
            assert f"Max-Age={int((add_months_to_instant(START, months) - START).total_seconds())};" in made
        for away, visitor in visitors.items():
            gateway.clock.move_to(add_months_to_instant(START, months) + away)
            over = away >= 0 * SECOND
            assert (look(visitor)["visitor"] != numbers[away]) is over
            assert bool(set_cookie(visitor)) is over, "who is too old is born anew, with a new number"


def test_no_visit_and_no_answer_extends_it(tmp_path: Path) -> None:
    with served(tmp_path, law="GB") as gateway:
        visitor = Browser(gateway)
        first = look(visitor)
        kept = visitor.cookies["gw_visitor_1"]
        for months in range(1, 13):
            gateway.clock.move_to(add_months_to_instant(START, months))
            assert look(visitor)["visitor"] == first["visitor"]
            assert set_cookie(visitor) == []
            if months % 4 == 0:
                assert visitor.answer(YES).status_code == 201
                assert set_cookie(visitor) == []
            visitor.notice()
            visitor.get("/privacy/1")
            assert set_cookie(visitor) == []
        assert visitor.cookies["gw_visitor_1"] == kept
        gateway.clock.move_to(add_months_to_instant(START, 13))
        assert look(visitor)["visitor"] != first["visitor"], "thirteen months after birth, not after the last visit"


def test_with_consent_it_ends_with_the_consent(tmp_path: Path) -> None:
    with served(tmp_path, law="FR") as gateway:
        visitor = Browser(gateway)
        visitor.answer(YES)
        (made,) = set_cookie(visitor)
        assert f"Max-Age={int((add_months_to_instant(START, 6) - START).total_seconds())};" in made


def test_an_old_number_is_refused_on_every_way_in(tmp_path: Path) -> None:
    with served(tmp_path, law="GB") as gateway:
        first = Browser(gateway)
        look(first)
        old = first.cookies["gw_visitor_1"]
        gateway.clock.move_to(add_months_to_instant(START, 13))
        first.get("/matomo.php?idsite=1&rec=1&url=https://shop.example/")
        assert first.cookies["gw_visitor_1"] != old
        assert "gw_visitor_1" not in Browser(gateway, cookies={"gw_visitor_1": old}).get("/privacy/1").text


def test_the_number_of_a_client_without_cookies_is_another_one_after_twelve_months(tmp_path: Path) -> None:
    """What a Matomo client sends as `_id` has no trustworthy birth date: the key that hashes it is replaced."""
    with served(tmp_path, law="GB") as gateway:
        numbers: list[int] = []
        for away in (-timedelta(days=1), timedelta(0)):
            for moment in (START, add_months_to_instant(START, 12) + away):
                gateway.clock.move_to(moment)
                path = f"/{len(numbers)}"
                query = f"idsite=1&rec=1&_id=0123456789abcdef&url=https://shop.example{path}"
                assert Browser(gateway).get(f"/matomo.php?{query}").status_code == 200
                numbers.append(next(row["visitor"] for row in gateway.rows("hits") if row["path"] == path))
        first, day_before, again, after = numbers
        assert first == day_before == again
        assert after != first
