"""Signed values that say when they were signed, by the gateway's clock and under its signing keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from gateway.clock import Clock


def timed_serializer(keys: Sequence[bytes], salt: str, clock: Clock) -> URLSafeTimedSerializer:
    """`keys` are the signing keys, newest first. What is signed under one `salt` is worth nothing under another."""
    return URLSafeTimedSerializer(list(reversed(keys)), salt=salt, signer=_ClockSigner, signer_kwargs={"clock": clock})


class _ClockSigner(TimestampSigner):
    """Takes the time from the gateway's clock."""

    def __init__(self, *arguments: Any, clock: Clock, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock.timestamp())
