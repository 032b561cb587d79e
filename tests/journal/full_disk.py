"""Appends before, while and after no file may grow; prints what each caller was told. Argument: directory."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
from pathlib import Path

from gateway.errors import Unavailable
from tests.journal.journals import make_journal, seal


async def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal = make_journal(Path(sys.argv[1]), seals={"consents": seal})
    journal.open()
    retry_after: list[int | None] = []

    async def tell(id_: str) -> str:
        try:
            await journal.append("consents", [id_.encode() + b" " + b"x" * 3000])
        except Unavailable as error:
            retry_after.append(error.retry_after)
            return type(error).__name__
        return "ok"

    async def all_of(when: str) -> list[str]:
        return [await tell(f"{when}-{n}") for n in range(5)] + list(
            await asyncio.gather(*[tell(f"{when}-{n}") for n in range(5, 10)])
        )

    before = await all_of("before")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, most))
    during = await all_of("during")
    writable = [journal.is_writable()]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await asyncio.sleep(1.2)
    writable.append(journal.is_writable())
    after = await all_of("after")
    journal.close()
    print(
        json.dumps(
            {"before": before, "during": during, "after": after, "retry_after": retry_after[0], "writable": writable}
        )
    )


asyncio.run(main())
