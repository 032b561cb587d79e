"""docs/legal.md: every rule has its row, every row its tests, and every test that is named exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "legal.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
RULES = [*(f"E{number}" for number in range(1, 17)), *(f"C{number}" for number in range(1, 13)), "U1"]

# Rules that no test shows; the row of each has to say why.
NOT_SHOWN: frozenset[str] = frozenset()


@cache
def named_in(path: str) -> frozenset[str]:
    """The tests that pytest finds in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def rows() -> list[list[str]]:
    """The rows of all tables, without their heads."""
    lines = PAGE.splitlines()
    return [
        cells(line)
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("| ") and not following.startswith("|---")
    ]


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.removeprefix("tests/"))
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file(), path
    assert name in named_in(path), f"{path} has no {name}"


def test_no_file_is_named_without_a_test_in_it() -> None:
    """A whole file or folder shows everything and nothing; the page's own check is the exception."""
    mentioned = set(re.findall(r"`(tests/[^`]*)`", PAGE))
    assert mentioned - {f"{path}::{name}" for path, name in NAMED} == {"tests/test_legal.py"}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_row_with_a_test(rule: str) -> None:
    (row,) = [row for row in rows() if row[0] == rule]
    _, demand, shown, missing = row
    assert len(demand) > 20
    assert ("`tests/" in shown) is (rule not in NOT_SHOWN)
    if rule in NOT_SHOWN:
        assert missing, "why it is not shown"


def test_no_row_leads_nowhere() -> None:
    """Each row of signals, evidence, accessibility and promises names a test, or the rules above that hold it."""
    for row in rows():
        if len(row) >= 3:
            shown = row[-2]
            assert "`tests/" in shown or all(rule in RULES for rule in shown.split(", ")), row[0]
