"""Is it a crawler: by the maintained list of crawler user agents, and by having none at all."""

from __future__ import annotations

from functools import lru_cache

import crawleruseragents


@lru_cache(maxsize=16_384)
def is_bot(user_agent: str) -> bool:
    """True for a known crawler, and for an empty user agent, which no browser sends."""
    return not user_agent.strip() or bool(crawleruseragents.is_crawler(user_agent))
