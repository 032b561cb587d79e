"""The banner's texts: one TOML file a language, all with the same keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from gateway.sites.codes import ALIASES

FALLBACK = "en"


@cache
def load() -> dict[str, dict[str, str]]:
    """Language → key → text, read once and shared by all who ask: for reading only.

    Raises ValueError where a language lacks a key that English has, or has one too many.
    """
    texts = {
        file.stem: msgspec.toml.decode(file.read_bytes(), type=dict[str, str])
        for file in sorted(Path(__file__).parent.glob("*.toml"))
    }
    for language, translated in texts.items():
        if translated.keys() != texts[FALLBACK].keys():
            raise ValueError(
                f"texts/{language}.toml: {sorted(translated.keys() ^ texts[FALLBACK].keys())} do not match English"
            )
    return texts


def alternatives(tag: str) -> tuple[str, ...]:
    """Where to look for the texts of a BCP 47 tag, best first: "nn-NO" → "nn-no", "nn", "nb"."""
    tag = tag.lower()
    base = tag.partition("-")[0]
    return (tag, base, ALIASES.get(base, base))
