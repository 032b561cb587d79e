"""Which goals a hit reaches: by its page, its event, its link, or because its client says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.errors import BadRequest
from gateway.hits import HitType, RawHit
from gateway.sites.catalog import ServedSite
from gateway.sites.goals import Comparison, Goal

# The attributes of each type of hit that a goal may be compared with: GoalMatch → field of RawHit.
_FIELDS = {
    HitType.PAGEVIEW: {"url": "url", "title": "title"},
    HitType.EVENT: {"event_category": "category", "event_action": "action", "event_name": "name"},
    HitType.DOWNLOAD: {"download": "name"},
    HitType.OUTLINK: {"outlink": "name"},
}
_ADDRESSES = ("url", "download", "outlink")

Test = Callable[[str], bool]


class Reached(NamedTuple):
    """Numbers of the goals, and what a conversion of each is worth."""

    goals: tuple[int, ...]
    revenues: tuple[float, ...]


NONE = Reached((), ())


class Goals:
    """The goals of one site, made ready once."""

    def __init__(self, goals: Iterable[Goal]) -> None:
        goals = tuple(goals)
        self._by_id = {goal.id: goal for goal in goals}
        self._tests = {
            kind: tuple((goal, fields[goal.match], _test(goal)) for goal in goals if goal.match in fields)
            for kind, fields in _FIELDS.items()
        }

    def reached(self, raw: RawHit) -> Reached:
        """The goals of a hit. Its own revenue counts for each of them; without one, the goal's."""
        if raw.type is HitType.GOAL:
            goal = self._by_id.get(raw.goal)
            return NONE if goal is None else Reached((goal.id,), (raw.revenue or goal.revenue,))
        tests = self._tests.get(raw.type)
        if not tests:
            return NONE
        found = [goal for goal, field, test in tests if test(getattr(raw, field))]
        return Reached(tuple(goal.id for goal in found), tuple(raw.revenue or goal.revenue for goal in found))


def require(site: ServedSite, goal: int, where: str) -> None:
    """Raises BadRequest for a goal that the site does not define."""
    if goal not in site.goal_ids:
        raise BadRequest(f"The site has no goal {goal}", where)


def _test(goal: Goal) -> Test:
    """Whether a text reaches this goal. Takes time in proportion to the text's length, whatever both are."""
    pattern = goal.pattern.strip().lower()
    compare = _comparison(goal.how, pattern)
    if goal.match not in _ADDRESSES:
        return lambda text: compare(text.lower())
    # What the whole address must equal is compared without the parts that the pattern does not speak of.
    whole = goal.how in ("exact", "glob")
    ends = [mark for mark in "#?" if whole and mark not in pattern]
    from_path = pattern.startswith("/")

    def test(text: str) -> bool:
        text = text.lower()
        for mark in ends:
            text = text.partition(mark)[0]
        if from_path:
            _, slash, path = text.partition("://")[2].partition("/")
            text = slash + path or "/"
        return compare(text)

    return test


def _comparison(how: Comparison, pattern: str) -> Test:
    if how == "exact":
        return lambda text: text.strip() == pattern
    if how == "starts":
        return lambda text: text.startswith(pattern)
    if how == "contains":
        return lambda text: pattern in text
    first, *middle = pattern.split("*")
    if not middle:
        return lambda text: text == pattern
    last = middle.pop()

    def glob(text: str) -> bool:
        """Each part is looked for behind the one before, so nothing is ever gone over twice."""
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return glob
