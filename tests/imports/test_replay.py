"""A log's replay gives the figures of an independent count, however often it is interrupted, repeated, cut or compressed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from gateway.clock import add_months
from gateway.hits import Basis
from gateway.imports.requests import Wanted
from gateway.imports.work import Span
from gateway.wiring import GEOGRAPHY
from tests.imports.importing import Importer, Killed
from tests.imports.logs import AGENTS, ZONE, access_log, counted, write
from tests.warehouse.worlds import TODAY

LINES = int(os.environ.get("IMPORT_LINES", "6000"))
FIRST, DAYS = date(2026, 11, 16), 4
START = datetime(2026, 11, 16, tzinfo=ZONE)
LAST = FIRST + timedelta(days=DAYS + 1)  # visits of the last evening go on


def test_a_replayed_log_is_what_plain_python_counts(importer: Importer, tmp_path: Path) -> None:
    lines = access_log(LINES, START, DAYS)
    expected = counted(lines, GEOGRAPHY)
    tally = importer.run(write(tmp_path / "access.log", lines))
    assert tally.read == len(lines)
    assert tally.taken == expected.pageviews
    assert importer.figures(FIRST, LAST) == expected
    cut = sum(line.endswith('"cut off') for line in lines)
    assert tally.left["malformed"] == cut > 0
    assert {"method", "redirect", "error", "static", "bot"} <= tally.left.keys()
    assert tally.taken + tally.left.total() == tally.read

    again = importer.run(write(tmp_path / "renamed.log", lines))
    assert (again.read, again.taken) == (0, 0)
    assert importer.figures(FIRST, LAST) == expected


def test_killed_at_every_step(importer: Importer, tmp_path: Path) -> None:
    """Days that keep their raw hits, and days that do not."""
    old = add_months(TODAY, -20)
    lines = access_log(60, datetime(old.year, old.month, old.day, tzinfo=ZONE), 1)
    lines += access_log(60, START, 1, seed=2)
    file = write(tmp_path / "access.log", lines)
    expected = counted(lines, GEOGRAPHY)
    deaths = 0
    while True:
        try:
            importer.run(file, die_at=deaths, before=deaths % 2 == 0)
            break
        except Killed:
            deaths += 1
    assert deaths > 4
    assert importer.figures(old - timedelta(days=2), LAST) == expected
    assert importer.raw(*(old + timedelta(days=number) for number in range(-1, 4))) == 0


def test_days_past_the_raw_limit_appear_and_leave_no_raw_hits(importer: Importer, tmp_path: Path) -> None:
    first = add_months(TODAY, -25)
    days = [first - timedelta(days=2), first + timedelta(days=1), add_months(TODAY, -14), FIRST]
    files, expected = [], []
    for number, day in enumerate(days):
        lines = access_log(60, datetime(day.year, day.month, day.day, tzinfo=ZONE), 1, seed=number)
        lines = [line for line in lines if day.strftime("%d/%b/%Y") in line]
        files.append(write(tmp_path / f"{number}.log", lines))
        expected.append(counted(lines, GEOGRAPHY))
    random.Random(3).shuffle(files)
    tally = importer.run(*files)
    assert tally.left["too_late"] > 0
    assert tally.first_day == days[1].isoformat()
    for day, figures in zip(days[1:3], expected[1:3], strict=True):
        assert importer.figures(day, day) == figures
    assert importer.raw(*days[:-1]) == 0
    assert importer.raw(FIRST) == expected[-1].pageviews
    # What comes after a day's raw hits are gone cannot be added to its figures.
    late = line_of(days[2])
    assert importer.run(write(tmp_path / "late.log", [late])).left["published"] == 1
    assert importer.report(days[2], days[2]).totals["pageviews"] == expected[2].pageviews


def line_of(day: date) -> str:
    return f'81.2.69.1 - - [{day:%d/%b/%Y}:11:00:00 +0100] "GET /late HTTP/1.1" 200 1 "-" "{AGENTS[0]}"'


def test_a_line_of_a_wrong_clock_ends_no_day(importer: Importer, tmp_path: Path) -> None:
    old = add_months(TODAY, -20)
    lines = access_log(40, datetime(old.year, old.month, old.day, tzinfo=ZONE), 1)
    strange = [line_of(date(2099, 1, 1)), line_of(date(1999, 1, 1)), line_of(FIRST)]
    mixed = [line for number, line in enumerate(lines) for line in (strange[number % 3], line)]
    tally = importer.run(write(tmp_path / "access.log", mixed))
    assert tally.left["in_future"] and tally.left["too_late"] and not tally.left["published"]
    assert importer.figures(old, old + timedelta(days=2)) == counted(lines, GEOGRAPHY)


def test_rotated_and_compressed_files_are_one_log(importer: Importer, tmp_path: Path) -> None:
    lines = access_log(600, START, 2)
    parts = [("".join(f"{line}\n" for line in lines[at : at + 150])).encode() for at in range(0, len(lines), 150)]
    ways: list[Callable[[bytes], bytes]] = [lzma.compress, bz2.compress, gzip.compress, bytes]
    for number, part in enumerate(parts):
        (tmp_path / f"access.log.{number}").write_bytes(ways[min(number, 3)](part))
    files = sorted(tmp_path.glob("access.log.*"), reverse=True)
    importer.run(*files)
    assert importer.figures(FIRST, LAST) == counted(lines, GEOGRAPHY)
    # Compressed since: the same log.
    (tmp_path / "later.gz").write_bytes(gzip.compress(parts[-1]))
    assert importer.run(tmp_path / "later.gz").read == 0
    # All in one, as somebody who keeps logs by the month has them: lines that were there before count once.
    assert importer.run(write(tmp_path / "all.log", lines)).taken > 0
    assert importer.figures(FIRST, LAST) == counted(lines, GEOGRAPHY)


def test_a_log_that_grows_is_read_on(importer: Importer, tmp_path: Path) -> None:
    # Each line twice: two that are alike are two, on either side of where the reading stopped.
    lines = [line for line in access_log(100, START, 1) for _ in range(2)]
    file, total = tmp_path / "access.log", 0
    whole = "".join(f"{line}\n" for line in lines)
    for end in (len(whole) // 2 - 20, len(whole)):
        file.write_text(whole[:end])  # in the middle of a line: it is left for the next time
        total += importer.run(file).read
    assert total == len(lines)
    assert importer.figures(FIRST, LAST) == counted(lines, GEOGRAPHY)


def test_what_is_asked_for(importer: Importer, tmp_path: Path) -> None:
    time = START.strftime("%d/%b/%Y:%H:%M:%S %z")
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    requests = [("/a", 200), ("/b.png", 200), ("/c", 404), ("/d.pdf", 200), ("/e", 304)]
    lines = [f'81.2.69.1 - - [{time}] "GET {target} HTTP/2.0" {status} - "-" "{agent}"' for target, status in requests]
    file = write(tmp_path / "access.log", lines)
    tally = importer.run(file, wanted=Wanted(Basis.CONSENT, static=True, errors=True), span=Span(until="2026-11-16"))
    assert tally.left == {"outside": 5}, "a span leaves out what another run may take"
    copy = write(tmp_path / "copy.log", ["# of another beginning", *lines])
    tally = importer.run(copy, wanted=Wanted(Basis.CONSENT, static=True, errors=True), span=Span("2026-11-16"))
    assert tally.left == {"malformed": 1}
    totals = importer.report(FIRST, FIRST).totals
    assert (totals["pageviews"], totals["downloads"], totals["visits"]) == (4, 1, 1)
    statuses = {row["status"]: row["hits"] for row in importer.report(FIRST, FIRST, "status").rows}
    assert statuses["404"] == 1
    assert [row["basis"] for row in importer.report(FIRST, FIRST, "basis").rows] == ["consent"]


def test_nothing_of_an_address_but_its_network_is_kept(importer: Importer, tmp_path: Path) -> None:
    address = "203.0.113.77"
    lines = [line.replace(line.partition(" ")[0], address) for line in access_log(40, START, 1)]
    tally = importer.run(write(tmp_path / "access.log", [f"{address} malformed", *lines]))
    assert tally.taken
    assert [str(bad) for bad in tally.bad[:1]] == ["access.log:1: not a line of the common or combined log format"]
    importer.close()
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != "access.log"]
    assert any(file.name.startswith("state") for file in kept)
    assert not [file for file in kept if address.encode() in file.read_bytes()]
