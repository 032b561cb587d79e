"""The documentation says what the code does, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.settings_docs import TARGET, render
from gateway.settings_table import Group, Setting, settings, site_settings

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_settings_page_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: python -m gateway.settings_docs"


def test_every_setting_is_described() -> None:
    for row in (*settings(), *site_settings()):
        assert len(row.description) >= 8, f"{row.key} has no description"
        assert row.description.endswith((".", ")")), f"{row.key}: the description is no sentence"


def test_the_page_names_every_setting_and_variable() -> None:
    page = TARGET.read_text(encoding="utf-8")
    for row in (*settings(), *site_settings()):
        if isinstance(row, Group):
            assert row.key.replace("[]", "") in page
            continue
        assert f"`{row.key.replace('[]', '')}`" in page
        for name in row.names:
            assert f"`{name.replace('{id}', '1')}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{page.name} links to {target}"


def test_variables_named_anywhere_exist() -> None:
    names = {name for row in (*settings(), *site_settings()) if isinstance(row, Setting) for name in row.names}
    names = {name.replace("{id}", "1") for name in names} | {"GATEWAY_CONFIG", "GATEWAY_DEMO_PORT"}
    files = [*PAGES, ROOT / "docker-compose.yml", ROOT / "Dockerfile", ROOT / "gateway.example.toml"]
    for file in files:
        for name in re.findall(r"GATEWAY_[A-Z0-9_]*[A-Z0-9]", file.read_text(encoding="utf-8")):
            assert name.removesuffix("_FILE") in names, f"{file.name} names {name}"


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, f"docs/README.md does not list {page.name}"
