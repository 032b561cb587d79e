"""Reports give figures: nothing that names a browser can be asked for, filtered by or read off a row (RULES.md, promises)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gateway.reports
from gateway.errors import BadRequest
from gateway.reports import filters
from gateway.reports.dimensions import DIMENSIONS, FIELDS
from gateway.warehouse import statements

NAMES = (
    "visitor",
    "anon",
    "id",
    "visitor_id",
    "fingerprint",
    "address",
    "ip",
    "uid",
    "user",
    "session",
    "started",
    "ts",
)
QUERIES = Path(gateway.reports.__path__[0]) / "queries"


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_browser_is_a_dimension_or_a_filter(name: str) -> None:
    assert name not in DIMENSIONS
    with pytest.raises(BadRequest):
        filters.parse(f"{name}==1")


def test_no_field_is_made_of_an_identifier() -> None:
    for field in FIELDS.values():
        assert not set(re.findall(r"\w+", field.column)) & {*NAMES, "day"}, field


@pytest.mark.parametrize("name", sorted(file.stem for file in QUERIES.glob("*.sql")))
def test_every_query_counts_visitors_and_selects_none(name: str) -> None:
    """In what is answered, a visitor's number stands inside a count and nowhere else."""
    sql = "\n" + re.sub(r"--[^\n]*", "", statements.read(QUERIES.parent, name))
    # The outermost selection begins at the margin; what lies within it is further in.
    answered = sql[sql.rindex("\nSELECT") :].partition("\nFROM")[0]
    counted = re.sub(r"(?:uniqExact|count)(If)?\(([^()]|\(([^()]|\([^()]*\))*\))*\)", "", answered)
    assert not re.search(r"\b(visitor|anon|id|who|identified)\b", counted), name
    counts_alone = re.fullmatch(r"\s*SELECT(\s+AS \w+,?)+\s*", counted)
    assert counts_alone or "GROUP BY" in sql or "SELECT DISTINCT dimension" in sql or "/* figures */" in sql
