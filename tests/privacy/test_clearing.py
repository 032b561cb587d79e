"""Which of a request's cookies a refusal expires."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.privacy.clearing import MOST, to_clear
from gateway.privacy.cookies import CookieJar
from gateway.sites.site import Cookie, Purpose, Service


def purpose(
    name: str, *cookies: str, required: bool = False, services: tuple[str, ...] = (), kind: str = "cookie"
) -> Purpose:
    declared = tuple(Cookie(name=cookie, kind=kind, life="A day", description="D") for cookie in cookies)  # type: ignore[arg-type]
    units = tuple(Service(id=service, name=service) for service in services)
    return Purpose(
        id=name, name=name, description="D", retention="R", required=required, cookies=declared, services=units
    )


NEEDED = purpose("necessary", "cart", "_ad_free", required=True)
ADVERTS = purpose("adverts", "_ad*", "exact", services=("adhouse",))
MEDIA = purpose("media", "player", "exact2", "_shared*")
STORED = purpose("stored", "player_state", kind="local_storage")
ALL = (NEEDED, ADVERTS, MEDIA, STORED)
HEADER = "cart=1; _ad=2; _ad_x=3; _ad_free=4; exact=5; exact2=6; player=7; player_state=8; gw_choice_1=9; other=10"


@pytest.mark.parametrize(
    ("answers", "services", "expected"),
    [
        ({}, {}, []),
        ({"adverts": True, "media": True}, {}, []),
        ({"adverts": False, "media": True}, {}, ["_ad", "_ad_x", "exact"]),
        ({"adverts": True, "media": False}, {}, ["exact2", "player"]),
        ({"adverts": False, "media": False, "stored": False}, {}, ["_ad", "_ad_x", "exact", "exact2", "player"]),
        ({"adverts": False}, {"adhouse": True}, []),  # the service that may run may need them
        ({"adverts": False}, {"adhouse": False}, ["_ad", "_ad_x", "exact"]),
        ({"adverts": True}, {"adhouse": False}, []),
        ({"necessary": False}, {}, []),
    ],
)
def test_table(answers: dict[str, bool], services: dict[str, bool], expected: list[str]) -> None:
    assert to_clear(HEADER, ALL, answers, services) == expected


def test_a_pattern_of_an_allowed_purpose_protects() -> None:
    allowed, refused = purpose("a", "_s*"), purpose("b", "_shared", "*")
    assert to_clear("_shared=1; _sx=2; y=3; gw_visitor_1=4", (allowed, refused), {"a": True, "b": False}, {}) == ["y"]


@pytest.mark.parametrize("header", ["", ";;;", "=", "= x", "a b=1", "é=1", "x\r\nSet-Cookie: y=1", '"q"=1', "a,b=1"])
def test_what_is_no_name_is_never_written_back(header: str) -> None:
    assert to_clear(header, (purpose("b", "*"),), {"b": False}, {}) == []


@given(st.text(max_size=200))
def test_any_header_gives_tokens_that_are_not_ours(header: str) -> None:
    for name in to_clear(header, (purpose("b", "*"),), {"b": False}, {}):
        assert name.isascii()
        assert not set(name) & set('()<>@,;:\\"/[]?={} \t\r\n')
        assert not name.startswith("gw_")


def test_an_answer_stays_bounded() -> None:
    header = "; ".join(f"c{number}=1" for number in range(1000))
    assert len(to_clear(header, (purpose("b", "c*"),), {"b": False}, {})) == MOST


def test_how_they_are_expired() -> None:
    alone = CookieJar(1, [b"k" * 32], path="/", domain="", secure=True)
    assert alone.clear("_ad") == ["_ad=; Max-Age=0; Path=/; SameSite=Lax; Secure"]
    shared = CookieJar(1, [b"k" * 32], path="/", domain="shop.example", secure=False)
    assert shared.clear("_ad") == [
        "_ad=; Max-Age=0; Path=/; SameSite=Lax",
        "_ad=; Max-Age=0; Path=/; Domain=shop.example; SameSite=Lax",
    ]
