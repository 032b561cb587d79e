"""SIGTERM under load: every request that was taken is answered, and the exit is a success."""

from __future__ import annotations

from tests.faults import processes
from tests.faults.stand import Stand


def terminate(stand: Stand, _number: int) -> None:
    with stand.load() as load:
        load.takes()
        workers = processes.children(stand.pid)
        code = stand.gateway.stop()
        assert code == 0, f"exit code {code}"
        processes.wait_gone(workers)
        left = [path.name for path in (stand.data / "journal").glob("*.segment")]
        assert not left, f"not delivered on the way out: {left}"
        stand.start()
        load.takes(10, 1)
