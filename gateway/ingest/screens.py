"""Screen sizes as clients report them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\d{1,5}x\d{1,5}", re.ASCII)


def screen(text: str) -> str:
    """`text` where it is a size such as 1920x1080, else "": it is stored as it came."""
    return text if _SIZE.fullmatch(text) else ""
