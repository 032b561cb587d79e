"""Appends to a journal until killed; prints each id once it was acknowledged. Arguments: directory, round."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import uvloop

from tests.journal.journals import make_journal, seal


async def main() -> None:
    directory, number = Path(sys.argv[1]), sys.argv[2]
    journal = make_journal(directory, segment_bytes=200_000, seals={"consents": seal})
    journal.open()

    async def caller(who: int) -> None:
        n = 0
        while True:
            n += 1
            id_ = f"{number}-{who}-{n}"
            await journal.append("consents" if n % 5 == 0 else "hits", [id_.encode() + b" " + b"x" * (n % 700)])
            os.write(1, id_.encode() + b"\n")

    await asyncio.gather(*[caller(who) for who in range(16)])


uvloop.run(main())
