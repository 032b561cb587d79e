"""A made-up audience, and every figure of it counted again in plain Python: nothing here knows SQL, rollups or sessions."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from gateway.hits import Hit, HitType
from gateway.reports.filters import Condition, Filter, Operator
from gateway.reports.periods import Period, Span, start_of
from tests.warehouse.worlds import make_hit

FIRST, DAYS = date(2026, 10, 20), 30
# What is in a value is in a value: quotes, comments, placeholders, wildcards, operators of the grammar, other alphabets.
VALUES = (
    "/", "/shop", "/Shop", "/shop/boots", "/100%", "/100x", "/a_b", "/aXb", "/é", "/É", "/x;y,z", "/%2C", "/?a==b",
    "/' OR 1=1 --", "/'; DROP TABLE visits; --", "/{f0:String}", "/\\'", "/\\", "/\"", "/`", "/*", "/* filter */ -- ",
    "/%(x)s", "/$1", "/\n", "/' UNION SELECT 1 FORMAT JSON", "/Ω", "/💥", "",
)  # fmt: skip
COUNTRIES, DEVICES, BROWSERS = ("FR", "DE", "IE", ""), ("phone", "desktop", ""), ("Firefox", "Safari")


class Page(NamedTuple):
    path: str
    title: str


class Visit(NamedTuple):
    """What happened in it comes in order: a page, or the value of an event; one every `step` seconds."""

    start: datetime
    visitor: int  # 0: none, and `anon` is that day's alone
    anon: int
    country: str
    device: str
    browser: str
    step: int
    actions: tuple[Page | float, ...]

    @property
    def pages(self) -> list[Page]:
        return [each for each in self.actions if isinstance(each, Page)]

    @property
    def seconds(self) -> int:
        return 1 + self.step * (len(self.actions) - 1) if len(self.actions) > 1 else 0

    @property
    def who(self) -> tuple[bool, int]:
        return (True, self.visitor) if self.visitor else (False, self.anon)

    def hits(self) -> Iterable[Hit]:
        for number, each in enumerate(self.actions):
            what = (
                {"path": each.path, "title": each.title}
                if isinstance(each, Page)
                else {"type": HitType.EVENT, "category": "video", "action": "play", "value": each}
            )
            yield make_hit(
                self.start + timedelta(seconds=number * self.step), visitor=self.visitor, anon=self.anon,
                country=self.country, device=self.device, browser=self.browser, **what,
            )  # fmt: skip


def audience(seed: int, persons: int = 40) -> list[Visit]:
    """Some of whom come back; a day has room for ten visits of each, two hours apart, so that no two become one."""
    chance = random.Random(seed)
    found = []
    for person in range(1, persons + 1):
        known = chance.random() < 0.6
        about = chance.choice(COUNTRIES), chance.choice(DEVICES), chance.choice(BROWSERS)
        for slot in sorted(chance.sample(range(DAYS * 10), chance.randint(1, 5))):
            day = FIRST + timedelta(days=slot // 10)
            begin = datetime.combine(day, time(2 * (slot % 10), chance.randrange(60)), UTC)
            actions: list[Page | float] = [
                float(chance.randint(0, 5))
                if chance.random() < 0.2
                else Page(chance.choice(VALUES), chance.choice(VALUES).lstrip("/"))
                for _ in range(chance.choice((1, 1, 2, 3, 6)))
            ]
            anon = person if known else person * 1000 + slot // 10
            visitor = person if known else 0
            found.append(Visit(begin, visitor, anon, *about, chance.randint(1, 300), tuple(actions)))
    return found


# Field → what a visit has of it; a list where it may have several.
_TEXT: dict[str, Callable[[Visit], Any]] = {
    "country": lambda visit: visit.country,
    "device": lambda visit: visit.device,
    "browser": lambda visit: visit.browser,
    "entry_page": lambda visit: visit.pages[0].path if visit.pages else "",
    "exit_page": lambda visit: visit.pages[-1].path if visit.pages else "",
    "page": lambda visit: [page.path for page in visit.pages],
    "title": lambda visit: [page.title for page in visit.pages],
}
_NUMBER: dict[str, Callable[[Visit], Any]] = {
    "actions": lambda visit: len(visit.actions),
    "pageviews": lambda visit: len(visit.pages),
    "seconds": lambda visit: visit.seconds,
    "hour": lambda visit: visit.start.hour,
    "event_value": lambda visit: [each for each in visit.actions if isinstance(each, float)],
}
TEXTS, NUMBERS = tuple(_TEXT), tuple(_NUMBER)
_HAS: dict[str, Callable[[Visit], Any]] = {**_TEXT, **_NUMBER, "identified": lambda visit: visit.visitor > 0}
_HOLDS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.LESS: operator.lt,
    Operator.CONTAINS: lambda has, wanted: wanted.lower() in has.lower(),
    Operator.BEGINS: lambda has, wanted: has.lower().startswith(wanted.lower()),
    Operator.ENDS: lambda has, wanted: has.lower().endswith(wanted.lower()),
}
_NOT = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.CONTAINS_NOT: Operator.CONTAINS}


def lets_through(chosen: Filter, visit: Visit) -> bool:
    return all(any(_holds(condition, visit) for condition in group) for group in chosen.groups)


def _holds(condition: Condition, visit: Visit) -> bool:
    has = _HAS[condition.field.name](visit)
    asked = _NOT.get(condition.operator, condition.operator)
    found = any(_HOLDS[asked](one, condition.value) for one in (has if isinstance(has, list) else [has]))
    return found != (condition.operator in _NOT)


def figures(visits: Sequence[Visit]) -> dict[str, float]:
    """Of a kind of visits, or of all."""
    count = len(visits)
    return {
        "visitors": len({visit.who for visit in visits}),
        "visits": count,
        "pageviews": sum(len(visit.pages) for visit in visits),
        "actions": sum(len(visit.actions) for visit in visits),
        "bounce_rate": round(sum(len(visit.actions) == 1 for visit in visits) / count, 6) if count else 0,
        "avg_seconds": round(sum(visit.seconds for visit in visits) / count, 6) if count else 0,
    }


def of_pages(visits: Sequence[Visit], value: str, part: int) -> dict[str, float]:
    """Of one page (part 0) or title (part 1)."""
    saw = [visit for visit in visits if any(page[part] == value for page in visit.pages)]
    return {
        "visitors": len({visit.who for visit in saw}),
        "visits": len(saw),
        "pageviews": sum(page[part] == value for visit in saw for page in visit.pages),
        "entries": sum(visit.pages[0][part] == value for visit in saw),
        "exits": sum(visit.pages[-1][part] == value for visit in saw),
    }


FIGURES, OF_PAGES = tuple(figures([])), tuple(of_pages([], "", 0))


def recount(
    visits: Sequence[Visit], chosen: Filter, span: Span, period: Period, dimension: str
) -> dict[tuple[str, str], dict[str, float]]:
    """(First day of the period, value) → figures, for every pair that has a visit."""
    groups: dict[tuple[str, str], list[Visit]] = {}
    for visit in visits:
        day = visit.start.date()
        if not span.first <= day <= span.last or not lets_through(chosen, visit):
            continue
        begin = span.first if period is Period.RANGE else max(span.first, start_of(day, period))
        has = _TEXT[dimension](visit) if dimension else ""
        for value in set(has) if isinstance(has, list) else {has}:
            groups.setdefault((begin.isoformat(), value), []).append(visit)
    if dimension in ("page", "title"):
        part = ("page", "title").index(dimension)
        return {key: of_pages(some, key[1], part) for key, some in groups.items()}
    return {key: figures(some) for key, some in groups.items()}
