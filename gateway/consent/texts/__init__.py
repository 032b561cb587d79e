"""The banner's texts: one TOML file a language, all with the same keys."""

from __future__ import annotations

from pathlib import Path

import msgspec

FALLBACK = "en"


def load() -> dict[str, dict[str, str]]:
    """Language → key → text. Raises ValueError where a language lacks a key that English has, or has one too many."""
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
