"""What became of what was read: counts by reason, and the first few lines that could not be."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

SHOWN = 10


class Bad(NamedTuple):
    """Where something unreadable stands, and why it is: never what it says."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


class Tally:
    def __init__(self) -> None:
        self.read = 0  # lines, or actions of an export
        self.taken = 0
        self.left: Counter[str] = Counter()
        self.bad: list[Bad] = []
        self.first_day = self.last_day = ""

    def take(self, day: str) -> None:
        self.taken += 1
        if not self.first_day or day < self.first_day:
            self.first_day = day
        self.last_day = max(self.last_day, day)

    def unreadable(self, file: str, line: int, why: str) -> None:
        self.left["malformed"] += 1
        if len(self.bad) < SHOWN:
            self.bad.append(Bad(file, line, why))
