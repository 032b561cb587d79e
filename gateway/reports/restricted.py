"""Visitors whose rows are in no figure (GDPR art. 18)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

# Those of a site.
Restricted = Callable[[int], Collection[int]]
_AT_ONCE = 5_000  # a server takes 128 kB for one parameter, and 1 MB for all: some 40,000


def not_restricted(visitors: Sequence[int]) -> tuple[str, dict[str, object]]:
    """The condition that leaves visitors out, and its parameters; nothing where there are none."""
    parameters: dict[str, object] = {
        f"restricted_{n}": list(visitors[n : n + _AT_ONCE]) for n in range(0, len(visitors), _AT_ONCE)
    }
    parts = [f"AND NOT (identified AND visitor IN {{{name}:Array(UInt64)}})" for name in parameters]
    return " ".join(parts), parameters
