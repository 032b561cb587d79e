"""What a client sent and what was acknowledged, each on disk before the next step, so that not even its own end hides a loss."""

from __future__ import annotations

import os
from collections import defaultdict
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    HIT = "hit"
    CONSENT = "consent"


class Notebook:
    """One line a note: what happened, of which kind, to which id. Ids are hexadecimal and used once."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self.sent: dict[Kind, set[str]] = defaultdict(set)
        self.acknowledged: dict[Kind, set[str]] = defaultdict(set)
        self.refused: dict[Kind, int] = defaultdict(int)  # answers of 503

    def is_sent(self, kind: Kind, id_: str) -> None:
        """Before the request goes out."""
        self._note("sent", kind, id_)
        self.sent[kind].add(id_)

    def is_acknowledged(self, kind: Kind, id_: str) -> None:
        self._note("acknowledged", kind, id_)
        self.acknowledged[kind].add(id_)

    def is_refused(self, kind: Kind, id_: str) -> None:
        self._note("refused", kind, id_)
        self.refused[kind] += 1

    def close(self) -> None:
        os.close(self._descriptor)

    def _note(self, what: str, kind: Kind, id_: str) -> None:
        os.write(self._descriptor, f"{what} {kind} {id_}\n".encode())
        os.fsync(self._descriptor)
