"""Signals a browser sends by itself: Global Privacy Control."""

from __future__ import annotations

from collections.abc import Iterable

GPC_HEADER = b"sec-gpc"


def global_privacy_control(values: Iterable[bytes]) -> bool:
    """True where any value of the Sec-GPC header is exactly `1`; nothing else counts (RULES.md C2; GPC specification § 3.1)."""
    return any(value == b"1" for value in values)
