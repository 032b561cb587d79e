"""SQL lives in files: one statement each, in `queries/` beside the module that runs it."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def read(directory: Path, name: str) -> str:
    """The statement in `directory`/queries/`name`.sql. Raises FileNotFoundError."""
    return (directory / "queries" / f"{name}.sql").read_text(encoding="utf-8").strip().rstrip(";")
