"""URLs as they are stored: the fast path equals the general one, and nothing personal is left."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.privacy.urls import _PLAIN, clean, parse, path_of

CASES = [
    ("https://shop.example/", "shop.example", "/"),
    ("https://shop.example", "shop.example", "/"),
    ("http://SHOP.example:8080/A/b?x=1#y", "shop.example", "/A/b"),
    ("https://user:secret@shop.example/x", "shop.example", "/x"),
    ("https://shop.example./x", "shop.example", "/x"),
    ("https://[2001:db8::1]/x", "2001:db8::1", "/x"),
    ("https://shop.example/u/ann@mail.example/x", "shop.example", "/u/(e-mail)/x"),
    ("https://shop.example/u/ann%40mail.example/x", "shop.example", "/u/(e-mail)/x"),
    ("https://shop.example/ip/203.0.113.77", "shop.example", "/ip/203.0.113.0"),
    ("https://shop.example/ip/203%2E0%2E113%2E77", "shop.example", "/ip/203.0.113.0"),
    ("https://shop.example/é", "shop.example", "/é"),
]


@pytest.mark.parametrize(("url", "host", "path"), CASES)
def test_parts(url: str, host: str, path: str) -> None:
    page = parse(url)
    assert page is not None
    assert (page.host, page.path) == (host, path)


@pytest.mark.parametrize(
    "url",
    ["", "about:blank", "javascript:alert(1)", "//shop.example/", "ftp://shop.example/", "https://", "https://[x"],
)
def test_no_page(url: str) -> None:
    assert parse(url) is None


URLS = st.from_regex(
    r"https?://[a-z0-9.-]{1,20}(:[0-9]{1,5})?(/[!-~]{0,20})?(\?[!-~]{0,20})?(#[!-~]{0,20})?", fullmatch=True
)


@given(URLS)
def test_the_fast_path_is_the_general_one(url: str) -> None:
    plain = _PLAIN.fullmatch(url)
    if plain is None:
        return
    parts = urlsplit(url)
    assert plain.groups("") == (parts.hostname or "", parts.path, parts.query, parts.fragment)


@given(st.text(max_size=200))
def test_any_text_is_parsed_without_failing(text: str) -> None:
    parse(text)
    parse(f"https://{text}")
    parse(f"https://shop.example/{text}")
    clean(text)


def test_only_named_parameters_are_kept() -> None:
    page = parse("https://shop.example/p?session=secret&id=7&utm_source=x")
    assert page is not None
    assert path_of(page, ()) == "/p"
    assert path_of(page, ("id",)) == "/p?id=7"
    assert path_of(page, ("id", "none")) == "/p?id=7"
    assert dict(page.query) == dict(parse_qsl("session=secret&id=7&utm_source=x"))


def test_parameters_of_the_fragment_count_and_floods_do_not() -> None:
    page = parse("https://shop.example/#?utm_source=x")
    assert page is not None and page.query == (("utm_source", "x"),)
    flood = parse("https://shop.example/?" + "&".join(f"a{number}=1" for number in range(500)))
    assert flood is not None and flood.query == ()
