"""A configuration folder that is right, to be spoilt by each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import Problem, SettingsError
from gateway.settings import Settings
from gateway.settings_loader import load

SITE = """
id = 1
name = "Shop"
domains = ["www.example.com"]
hosting_country = "FR"

[controller]
name = "Shop SAS"
address = "1 rue X, Paris"
email = "privacy@example.com"
authority = "CNIL"
"""

Problems = Callable[..., list[Problem]]


class Folder:
    """gateway.toml and sites.d/ in a temporary folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "gateway.toml"
        (path / "sites.d").mkdir()

    def write(self, settings: str = "", **sites: str) -> Folder:
        self.config.write_text(settings, encoding="utf-8")
        for name, text in (sites or {"shop": SITE}).items():
            (self.path / "sites.d" / f"{name}.toml").write_text(text, encoding="utf-8")
        return self

    def load(self, **environ: str) -> Settings:
        return load(self.config, environ)

    def problems(self, **environ: str) -> dict[str, Problem]:
        """What is wrong, by key."""
        try:
            self.load(**environ)
        except SettingsError as error:
            return {problem.key: problem for problem in error.problems}
        return {}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
