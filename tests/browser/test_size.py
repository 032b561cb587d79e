"""The whole script stays small (DESIGN.md: at most 12 kB in all)."""

from __future__ import annotations

import gzip
from pathlib import Path

BUNDLE = Path(__file__).parents[2] / "gateway/assets/consent-banner.js"
# gzip is about a tenth larger than brotli here; 12 kB of brotli are 13.5 kB of gzip.
MOST = 13_500


def test_the_bundle_is_small() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), 9)) <= MOST
