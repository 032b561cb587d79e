"""All faults: name → what happens → how often `scripts/faults` tries it by default → on which stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.faults import clocks, damage, disk, geography, killing, older, outages, poison, states, stopping, visits
from tests.faults.reckoning import Sum
from tests.faults.stand import Stand


class Fault(NamedTuple):
    name: str
    what: str
    # One round, under load; the second argument numbers it from 0. What became of rows on a stand of its own, if it has one.
    act: Callable[[Stand, int], Sum | None]
    rounds: int = 10
    stand: str = "two workers"


TABLE = (
    Fault("kill-worker", "`kill -9` of one of two workers", killing.worker, 50),
    Fault("kill-parent", "`kill -9` of the process that started the workers", killing.parent, 50),
    Fault("kill-all", "`kill -9` of all processes at once", killing.everything, 50),
    Fault("kill-two-of-four", "`kill -9` of two of four workers", killing.two_of_four, stand="four workers"),
    Fault(
        "visits-split",
        "hits of the same visitors go to four workers, in any order, some twice: the figures are those of one process",
        visits.same_as_one,
        stand="four workers",
    ),
    Fault("stop", "SIGTERM", stopping.terminate),
    Fault("clickhouse-refuses", "ClickHouse refuses connections", outages.refuses),
    Fault("clickhouse-hangs", "ClickHouse accepts connections and never answers", outages.hangs),
    Fault("clickhouse-restarts", "`kill -9` of ClickHouse, and a start", outages.restarts),
    Fault(
        "clickhouse-reply-lost", "an insert is committed, the connection cut before the reply", outages.reply_is_lost
    ),
    Fault("clickhouse-insert-cut", "the connection is cut in the middle of an insert", outages.insert_is_cut),
    Fault("clickhouse-absent", "a start while ClickHouse is absent", outages.absent_at_start),
    Fault("poison-rows", "rows that ClickHouse cannot take", poison.rows),
    Fault("disk-full", "the disk is full: hits get 503, consents the room kept for them", disk.full),
    Fault("state-locked", "the state database is locked for six seconds", states.locked),
    Fault("clock-forward", "the clock jumps a day ahead and back", clocks.forward),
    Fault("clock-back", "the clock jumps a day back and ahead", clocks.back),
    Fault("clock-summer-time", "the night in which the site's clocks change", clocks.summer_time),
    Fault("clock-2038", "the second after which 31 bits are too few", clocks.year_2038),
    Fault("geography-missing", "the geography database is deleted", geography.missing),
    Fault("geography-truncated", "the geography database is cut short in place", geography.truncated),
    Fault("geography-swapped", "the geography database is written over by garbage", geography.swapped),
    Fault(
        "upgrade",
        "a start on an older version's schema, figures and journal (from round 2 on, killed at once and started again)",
        older.upgraded,
    ),
    # On a stand of its own: what consents it destroys the ledger misses for good.
    Fault(
        "journal-damaged",
        "`kill -9` of all, and of four journal files one has lost its end, one has a flipped byte, one is halved, one is garbage",
        damage.four_ways,
        stand="two new workers",
    ),
)
