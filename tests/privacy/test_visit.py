"""Requests parsed at the edge: Global Privacy Control to the letter, cookies, languages, lying headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.privacy.visit import Visit, primary_language, read_visit

GPC = b"sec-gpc"


def read(*headers: tuple[bytes, bytes]) -> Visit:
    return read_visit(headers, 0.0, "203.0.113.0", False, "")


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([], False),
        ([b"1"], True),
        ([b"0"], False),
        ([b"true"], False),
        ([b"1x"], False),
        ([b"1, 1"], False),
        ([b" 1"], False),
        ([b""], False),
        ([b"0", b"1"], True),
        ([b"1", b"0"], True),
        ([b"2", b"true"], False),
    ],
)
def test_only_the_exact_value_is_global_privacy_control(values: list[bytes], counts: bool) -> None:
    """RULES.md C2."""
    assert read(*((GPC, value) for value in values)).gpc is counts


def test_split_cookies_are_joined_and_both_of_a_name_are_kept() -> None:
    visit = read((b"cookie", b"gw_a=1; x=2"), (b"cookie", b"gw_b=3; gw_a=4"))
    assert visit.cookies == {"gw_a": "1\n4", "gw_b": "3"}


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("fr-FR,fr;q=0.9", "fr-fr"),
        ("de", "de"),
        ("zh-Hant-TW,zh", "zh-hant-tw"),
        ("*", ""),
        ("", ""),
        ("203.0.113.7", ""),
    ],
)
def test_languages(value: str, language: str) -> None:
    assert primary_language(value) == language


@pytest.mark.parametrize(("value", "length"), [(b"12", 12), (b"-1", -1), (b"1e9", -1), (b"9" * 30, -1), (b"", -1)])
def test_lengths(value: bytes, length: int) -> None:
    assert read((b"content-length", value)).content_length == length


@given(
    st.lists(
        st.tuples(
            st.sampled_from([GPC, b"cookie", b"user-agent", b"accept-language", b"referer"]), st.binary(max_size=50)
        )
    )
)
def test_no_header_makes_it_fail(headers: list[tuple[bytes, bytes]]) -> None:
    visit = read(*headers)
    assert isinstance(visit.language, str)
