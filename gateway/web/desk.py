"""Questions to the warehouse, on threads of their own: slow ones hold up nothing else that needs a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from gateway.errors import Unavailable

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")

_RETRY_SECONDS = 10


class Desk:
    """`at_once` questions are asked, `waiting` more wait for their turn; whoever comes then is sent away."""

    def __init__(self, name: str, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._places = threading.BoundedSemaphore(at_once + waiting)

    async def run(self, question: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        """What `question` answers and raises; Unavailable where too many wait already."""
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many questions are waiting for the warehouse.", retry_after=_RETRY_SECONDS)
        try:
            running = self._threads.submit(partial(question, *args, **kwargs))
        except BaseException:
            self._places.release()
            raise
        # The place is free when the work is over, not when the one who asked went away.
        running.add_done_callback(self._leave)
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Drop what waits; what runs comes to its end within its own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _done: Future[Any]) -> None:
        self._places.release()
