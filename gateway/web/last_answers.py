"""The last good answers, for while the warehouse is away: figures with their age say more than none.

In memory, of one process, few and for a day: what was erased or restricted since is not in an answer for longer than that.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from gateway.clock import Clock

MOST = 500
LONGEST_SECONDS = 86_400.0

Answer = TypeVar("Answer")


class Last(NamedTuple, Generic[Answer]):
    answer: Answer
    at: float  # seconds since the epoch


class LastAnswers(Generic[Answer]):
    """By question. Whoever asks has been let in already: the key says of which sites the answer is."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[Hashable, Last[Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, question: Hashable, answer: Answer) -> None:
        """Remember an answer in place of the one before; the one longest unasked goes where there are too many."""
        with self._lock:
            self._kept[question] = Last(answer, self._clock.timestamp())
            self._kept.move_to_end(question)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def find(self, question: Hashable) -> Last[Answer] | None:
        """The last answer to this question; None where there was none within a day."""
        with self._lock:
            found = self._kept.get(question)
        return None if found is None or self._clock.timestamp() - found.at > LONGEST_SECONDS else found
