"""SQL lives in files: one statement each, in `queries/` beside the module that runs it.

What several of them ask for is a file too, which stands in their FROM as `@name`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_INCLUDED = re.compile(r"(?<=\bFROM )@(\w+)")


@cache
def read(directory: Path, name: str) -> str:
    """The statement in `directory`/queries/`name`.sql. Raises FileNotFoundError."""
    text = (directory / "queries" / f"{name}.sql").read_text(encoding="utf-8").strip().rstrip(";")
    return _INCLUDED.sub(lambda included: f"(\n{read(directory, included[1])}\n)", text)
