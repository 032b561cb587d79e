"""Query strings are read as urllib reads them, and of a repeated name the last counts, as in PHP."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.ingest.matomo.parameters import LONGEST_CACHED, parameters

pieces = st.sampled_from(
    ["a", "url", "=", "&", "+", "%", "%2", "%20", "%3D", "%26", "%2B", "%C3%A9", "%E9", "%zz", "é", "_", ";"]
)


@given(st.lists(pieces, max_size=40).map("".join))
@example("a=1&a=2&b=%E9&c=%zz&d=%C3%A9+x&e&=f&&g=")
@example("url=" + "%C3%A9" * LONGEST_CACHED)
def test_as_urllib(query: str) -> None:
    expected = dict(parse_qsl(query, keep_blank_values=True))
    assert parameters(query.encode()) == expected
    assert parameters(query.encode()) == expected  # from memory
