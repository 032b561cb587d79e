"""The stands on which faults are tried, by name; each is there for as many faults as follow each other on it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

from tests.clickhouse_server import ClickHouseServer
from tests.faults.stand import Stand, small_disk

_numbers = itertools.count(1)


class Stands:
    """One ClickHouse server for all, and one stand at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server: ClickHouseServer | None = None
        self._name = ""
        self._current: Stand | None = None
        self._open = contextlib.ExitStack()

    def get(self, name: str) -> Stand:
        """The stand of that name, started unless it is the one that was there last."""
        if self._current is None or name != self._name:
            self.drop()
            self._current, self._name = self._open.enter_context(self._made(name)), name
        return self._current

    def drop(self) -> None:
        """Ends the one that is there: after a failure, nothing of it is left for the next fault."""
        self._current = None
        self._open.close()

    def close(self) -> None:
        self.drop()
        if self._server is not None:
            self._server.stop()

    @contextlib.contextmanager
    def _made(self, name: str) -> Iterator[Stand]:
        if self._server is None:
            self._server = ClickHouseServer(self._directory / "clickhouse")
            self._server.start(120.0)
        directory = self._directory / f"stand-{next(_numbers)}"
        with small_disk(directory.with_suffix(".disk")) as disk:
            stand = Stand(
                self._server,
                directory,
                workers={"two workers": 2, "two new workers": 2, "four workers": 4, "one worker": 1}[name],
                data=disk / "data" if disk else None,
            )
            try:
                stand.open()
                yield stand
            finally:
                stand.close()
