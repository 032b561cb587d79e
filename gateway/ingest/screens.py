"""Screen sizes as clients report them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"0*([1-9]\d{0,4}) ?[xX×] ?0*([1-9]\d{0,4})", re.ASCII)


def screen(text: str) -> str:
    """A size such as 1920x1080, in that spelling; "" for what is none."""
    found = _SIZE.fullmatch(text.strip()) if text else None
    return f"{found[1]}x{found[2]}" if found is not None else ""
