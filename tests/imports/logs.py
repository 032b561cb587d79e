"""Made-up access logs, the same for the same seed, and their figures counted again in plain Python, from the text alone."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import maxminddb

ZONE = ZoneInfo("Europe/Paris")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
)
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PAGES = ("/", "/shoes", "/hats", "/about", "/shoes/red?size=4", "/shoes/blue", "/contact")
REFERRERS = ("-", "https://www.google.com/", "https://blog.example.org/post", "https://www.example.com/shoes")
NETWORKS = ("81.2.69", "5.9.10", "193.51.24", "8.8.4", "133.11.93", "200.144.5")


def access_log(lines: int, first: datetime, days: int, seed: int = 1) -> list[str]:
    """About `lines` lines of the combined format over `days` days, in order of time, with all that logs are littered with."""
    chance = random.Random(seed)
    found: list[tuple[datetime, str]] = []
    while len(found) < lines:
        at = first + timedelta(seconds=chance.randrange(days * 86_400))
        address = f"{chance.choice(NETWORKS)}.{chance.randrange(1, 255)}"
        agent = CRAWLER if chance.random() < 0.05 else chance.choice(AGENTS)
        referrer = chance.choice(REFERRERS)
        for _ in range(min(1 + int(chance.expovariate(0.5)), 12)):
            page = chance.choice(PAGES)
            found.append((at, _line(address, at, "GET", page, 200, referrer, agent)))
            if chance.random() < 0.2:
                found.append((at, _line(address, at, "GET", "/style.css?v=3", 200, "-", agent)))
            if chance.random() < 0.05:
                found.append((at, _line(address, at, "POST", "/cart", 200, "-", agent)))
            if chance.random() < 0.05:
                found.append((at, _line(address, at, "GET", "/old", chance.choice((301, 404, 500)), "-", agent)))
            if chance.random() < 0.01:
                found.append((at, f'{address} - - "cut off'))
            referrer = "https://www.example.com" + page
            # Often just below and just above half an hour.
            at += timedelta(seconds=chance.choice((5, 40, 300, 1799, 1800, 1801, 4000)))
    found.sort(key=lambda pair: pair[0])
    return [line for _, line in found]


def _line(address: str, at: datetime, method: str, target: str, status: int, referrer: str, agent: str) -> str:
    time = at.strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'{address} - - [{time}] "{method} {target} HTTP/1.1" {status} 512 "{referrer}" "{agent}"'


def write(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


class Figures(NamedTuple):
    visits: int
    pageviews: int
    bounces: int
    visitors: int
    seconds: int
    pages: dict[str, int]
    countries: dict[str, int]  # visits


_LINE = re.compile(r'(\S+) - - \[(.+?)\] "GET (\S+) HTTP/1.1" 200 \d+ "(.*?)" "(.*?)"')


def counted(lines: Iterable[str], database: Path) -> Figures:
    """Figures by the rules in words: a visit ends after more than 30 minutes without a page, and at midnight."""
    seen: dict[tuple[str, str, str], list[float]] = defaultdict(list)  # day, network, browser → times
    pages: Counter[str] = Counter()
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        address, time, target, _, agent = found.groups()
        if "bot" in agent or target.startswith("/style.css"):
            continue
        at = datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")
        pages[target.partition("?")[0]] += 1
        network = address.rpartition(".")[0] + ".0"
        seen[str(at.astimezone(ZONE).date()), network, agent].append(at.timestamp())
    visits = bounces = seconds = 0
    countries: Counter[str] = Counter()
    with maxminddb.open_database(database) as places:
        for (_, network, _), times in seen.items():
            times.sort()
            runs = [[times[0]]]
            for before, now in itertools.pairwise(times):
                if now - before > 1800:
                    runs.append([])
                runs[-1].append(now)
            visits += len(runs)
            bounces += sum(len(run) == 1 for run in runs)
            seconds += sum(1 + int(run[-1] - run[0]) for run in runs if len(run) > 1)
            place = places.get(network)
            assert isinstance(place, dict)
            countries[str(place["country_code"])] += len(runs)
    return Figures(visits, sum(pages.values()), bounces, len(seen), seconds, dict(pages), dict(countries))
