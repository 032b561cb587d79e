"""Where entries come from: each file of a log read forward from where it was left, and many files as one, oldest first."""

from __future__ import annotations

import contextlib
import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from gateway.imports.entry import Entry, Left, Unreadable
from gateway.imports.files import STDIN, Stream
from gateway.imports.logged import Logged, ReadAddress
from gateway.imports.positions import START, Fingerprint, Position, Positions, fingerprint
from gateway.imports.requests import WINDOW, Requests, Twins
from gateway.imports.tally import Tally

ReadLine = Callable[[str, ReadAddress], Logged]


class Read(NamedTuple):
    """An entry, and how far its source is read with it."""

    entry: Entry
    after: Position


class Source(Protocol):
    """One file. `first` is the time of what it begins with, so that it need not be open before its turn."""

    fingerprint: Fingerprint
    first: float
    end: Position  # once `entries` has come to its end

    def entries(self) -> Iterator[Read]: ...

    def done(self) -> int: ...


class LogSource:
    """A file of requests, one a line, in the order in which a server wrote them."""

    def __init__(
        self,
        path: Path,
        stream: Stream,
        read_line: ReadLine,
        address: ReadAddress,
        requests: Requests,
        positions: Positions,
        tally: Tally,
    ) -> None:
        """`stream` is `path` at its beginning. It is closed again, since many files may have to wait for their turn."""
        self._path = path
        self._read_line = read_line
        self._address = address
        self._requests = requests
        self._tally = tally
        self._from = positions.find(stream.head)
        self.fingerprint = fingerprint(stream.head)
        self.first = self._first(stream.head)
        self.end = self._from
        self._stream: Stream | None = stream if path == STDIN else None
        self._size = stream.size
        self._ended = False
        if self._stream is None:
            stream.close()

    def done(self) -> int:
        return self._size if self._ended else self._stream.done() if self._stream is not None else 0

    def entries(self) -> Iterator[Read]:
        stream = self._stream = self._stream or Stream(self._path)
        with contextlib.closing(stream):
            yield from self._read(stream)
        self._ended = True

    def _read(self, stream: Stream) -> Iterator[Read]:
        tally, twins = self._tally, Twins()
        stream.skip(self._from.back)
        starts: deque[int] = deque(maxlen=WINDOW)  # of the last lines, so that a later run knows them too
        number, start = self._from.line, self._from.back
        for line in stream.lines():
            number += 1
            again = start < self._from.position
            found: Entry | Left | Unreadable | None = None
            text = line.decode("utf-8", "replace").strip()
            if text:
                try:
                    logged = self._read_line(text, self._address)
                    found = self._requests.entry(logged, twins.number(logged))
                except Unreadable as error:
                    if not line.endswith(b"\n") and not stream.compressed:
                        break  # the server is still writing it: it is whole the next time
                    found = error
            starts.append(start)
            start = stream.offset
            if again or found is None:
                continue
            tally.read += 1
            self.end = Position(start, starts[0], number - len(starts))
            if isinstance(found, Unreadable):
                tally.unreadable(stream.name, number, str(found))
            elif isinstance(found, Left):
                tally.left[found] += 1
            else:
                yield Read(found, self.end)

    def _first(self, head: bytes) -> float:
        for line in head.splitlines()[:100]:
            try:
                return self._read_line(line.decode("utf-8", "replace").strip(), self._address).at
            except Unreadable:
                continue
        return 0.0


class Merged:
    """Several sources as one, oldest entry first as far as each is in order itself. A source is begun when it is its turn."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._waiting = deque(sorted(sources, key=lambda source: source.first))
        self.positions: dict[Fingerprint, Position] = {}  # how far each is read, without the entry that is looked at

    def __iter__(self) -> Iterator[Entry]:
        heap: list[tuple[float, int, Read, Source, Iterator[Read]]] = []
        count = 0
        while heap or self._waiting:
            while self._waiting and (not heap or self._waiting[0].first <= heap[0][0]):
                count += 1
                self._push(heap, count, self._waiting.popleft())
            if not heap:
                continue
            _, number, read, source, entries = heap[0]
            yield read.entry
            self.positions[source.fingerprint] = read.after
            following = next(entries, None)
            if following is None:
                heapq.heappop(heap)
                self._ended(source)
            else:
                heapq.heapreplace(heap, (following.entry.raw.at, number, following, source, entries))

    def _push(self, heap: list[tuple[float, int, Read, Source, Iterator[Read]]], number: int, source: Source) -> None:
        entries = iter(source.entries())
        read = next(entries, None)
        if read is None:
            self._ended(source)
        else:
            heapq.heappush(heap, (read.entry.raw.at, number, read, source, entries))

    def _ended(self, source: Source) -> None:
        if source.end != START:
            self.positions[source.fingerprint] = source.end
