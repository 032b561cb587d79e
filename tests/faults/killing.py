"""kill -9 under load: of one worker, of the process that started them, of all."""

from __future__ import annotations

from tests.faults import processes
from tests.faults.stand import Stand


def worker(stand: Stand, number: int) -> None:
    """The others go on, another one follows, and what it had written down is adopted."""
    started = stand.said("gateway started")
    with stand.load() as load:
        load.takes()
        processes.kill(processes.children(stand.pid)[number % stand.workers])
        load.takes()
        stand.waits(lambda: stand.said("gateway started") > started, "another worker follows")
        load.takes(10, 1)


def two_of_four(stand: Stand, _number: int) -> None:
    started = stand.said("gateway started")
    with stand.load(browsers=12) as load:
        load.takes()
        for pid in processes.children(stand.pid)[:2]:
            processes.kill(pid)
        load.takes()
        stand.waits(lambda: stand.said("gateway started") >= started + 2, "two more workers follow")
        load.takes(10, 1)


def parent(stand: Stand, _number: int) -> None:
    """The workers drain by themselves and leave the port."""
    with stand.load() as load:
        load.takes()
        workers = processes.children(stand.pid)
        stand.gateway.kill()
        processes.wait_gone(workers)
        stand.start()
        load.takes(10, 1)


def everything(stand: Stand, _number: int) -> None:
    with stand.load() as load:
        load.takes()
        stand.kill_all()
        stand.start()
        load.takes(10, 1)
