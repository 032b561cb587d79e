"""By which month a row is sent: read from how rows usually begin, as decoding the whole of it would say."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.months import month_of_day

texts = st.text(max_size=40)
dates = st.dates().map(lambda day: day.isoformat())


@given(site=st.integers(1, 2**32 - 1), day=dates, title=texts, more=st.dictionaries(texts, texts, max_size=3))
def test_rows_of_a_gateway(site: int, day: str, title: str, more: dict[str, str]) -> None:
    row = {"site": site, "day": day, "ts": 1, "title": title, "dimensions": more}
    written = json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()
    assert month_of_day(written) == day[:4] + day[5:7]
    # In another order it is read by decoding.
    assert month_of_day(json.dumps(dict(reversed(row.items()))).encode()) == day[:4] + day[5:7]


@given(day=texts)
def test_what_is_no_date_has_no_month(day: str) -> None:
    row = {"site": 1, "day": f"x{day}", "ts": 1}
    assert month_of_day(json.dumps(row, separators=(",", ":")).encode()) == ""


def test_what_cannot_be_read_has_no_month() -> None:
    for payload in (b"", b"{}", b'{"site":1,"day":"2026-11-22"', b'{"site":1,"day":20261122,"ts":1}', b"\xff"):
        assert month_of_day(payload) == ""
