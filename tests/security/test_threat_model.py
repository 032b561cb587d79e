"""Every test that docs/threat-model.md names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/threat-model.md").read_text()


def defined_in(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_the_tests_that_it_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    assert [f"{file}::{test}" for file, test in named if test not in defined_in(ROOT / file)] == []


def test_every_promise_names_one() -> None:
    promises = PAGE.partition("## Promises")[2].partition("\n## ")[0]
    lines = [line for line in promises.splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 15 and all("::test_" in line for line in lines)
