"""What a site wants to know beyond pages: goals, custom dimensions, its own search; with the checks on what was written.

A goal's pattern is text, never a regular expression: what visitors send is looked through in a time that grows with its
length alone. Upper and lower case are the same, as in Matomo's goals by default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.errors import Problem

GoalMatch = Literal["url", "title", "event_category", "event_action", "event_name", "download", "outlink", "manual"]
Comparison = Literal["exact", "contains", "starts", "glob"]

MOST_GOALS = 200

# What Matomo takes for a site's search unless told otherwise.
SEARCH_PARAMETERS = ("q", "query", "s", "search", "searchword", "k", "keyword")


class Goal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that visitors are hoped to do."""

    id: Annotated[int, Meta(ge=1, le=2**32 - 1, description="Number used by trackers (Matomo's idgoal) and reports.")]
    name: Annotated[str, Meta(min_length=1, max_length=200, description="Name shown in reports.")]
    match: Annotated[
        GoalMatch, Meta(description="What reaches it; manual: only a tracker that says so, which may for each goal.")
    ] = "manual"
    pattern: Annotated[
        str, Meta(max_length=500, description="What that is compared with; a page's path where it begins with a slash.")
    ] = ""
    how: Annotated[
        Comparison, Meta(description="How it is compared, regardless of case; glob: * stands for any text.")
    ] = "contains"
    revenue: Annotated[
        float, Meta(ge=0, le=1e12, description="Worth of one conversion where the tracker names none.")
    ] = 0.0
    once: Annotated[bool, Meta(description="Counts once a visit; false: each time.")] = True


class CustomDimension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of the site's own that its pages or its server send along (dimension1, dimension2, …)."""

    id: Annotated[int, Meta(ge=1, le=255, description="Its number: dimension{id} in requests and reports.")]
    name: Annotated[str, Meta(min_length=1, max_length=200, description="Name shown in reports.")]
    scope: Annotated[
        Literal["visit", "action"],
        Meta(description="Of the whole visit, where the last value counts, or of each action."),
    ] = "action"


def check(
    goals: Iterable[Goal], dimensions: Iterable[CustomDimension], search_parameters: Iterable[str], where: str
) -> Iterator[Problem]:
    """Everything wrong with them. `where` stands before each key ("sites[0].")."""
    goals, dimensions = tuple(goals), tuple(dimensions)
    yield from _repeated((goal.id for goal in goals), f"{where}goals", "goal")
    yield from _repeated((dimension.id for dimension in dimensions), f"{where}dimensions", "dimension")
    if len(goals) > MOST_GOALS:
        yield Problem(f"{where}goals", f"are {len(goals)}; each page view is compared with all.", f"Keep {MOST_GOALS}.")
    for index, goal in enumerate(goals):
        key = f"{where}goals[{index}]"
        if not goal.name.strip():
            yield Problem(f"{key}.name", "is blank.", "Give the name that reports show.")
        if goal.match == "manual" and goal.pattern:
            yield Problem(
                f"{key}.pattern", "is never looked at where match is manual.", "Remove it, or say what matches."
            )
        elif goal.match != "manual" and not goal.pattern.strip("* "):
            yield Problem(f"{key}.pattern", "would be reached by everything.", "Say what reaches this goal.")
    for index, dimension in enumerate(dimensions):
        if not dimension.name.strip():
            yield Problem(f"{where}dimensions[{index}].name", "is blank.", "Give the name that reports show.")
    for index, name in enumerate(search_parameters):
        if not name.strip():
            yield Problem(
                f"{where}search_parameters[{index}]", "is blank.", "Name a parameter of the search page's URL."
            )


def _repeated(numbers: Iterable[int], key: str, noun: str) -> Iterator[Problem]:
    for number, count in Counter(numbers).items():
        if count > 1:
            yield Problem(key, f"the {noun} {number} is there {count} times.", "Give each its own number.")
