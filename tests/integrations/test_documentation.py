"""docs/integrations.md shows the recipes' own lines, and names all of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/integrations.md").read_text(encoding="utf-8")
RECIPES = ROOT / "integrations/recipes"


def test_every_snippet_stands_in_the_recipe_named_before_it() -> None:
    blocks = list(re.finditer(r"```\w+\n(.+?)\n```", PAGE, re.DOTALL))
    assert len(blocks) >= 7
    for block in blocks:
        before = PAGE[: block.start()]
        file = ROOT / "docs" / re.findall(r"\]\((\.\./integrations/recipes/[^)]+)\)", before)[-1]
        files = [file] if file.suffix != ".csp" else [file.with_suffix(".html")]
        assert block[1] in files[0].read_text(encoding="utf-8"), f"{files[0].name} does not hold:\n{block[1]}"


def test_every_recipe_has_its_place_on_the_page() -> None:
    for file in sorted(RECIPES.rglob("*.*")):
        if "__pycache__" not in file.parts:
            assert f"](../{file.relative_to(ROOT).as_posix()})" in PAGE, f"docs/integrations.md does not name {file}"
