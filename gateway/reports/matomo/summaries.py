"""The reports that are one object for a period: visits, actions, referrers, new and returning, goals."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.errors import BadRequest
from gateway.reports.dimensions import FIELDS
from gateway.reports.filters import Condition, Operator
from gateway.reports.matomo import columns
from gateway.reports.matomo.answers import Nothing, Row, number, share
from gateway.reports.matomo.figures import Figure, Figures
from gateway.reports.matomo.question import Question
from gateway.reports.matomo.tables import only
from gateway.sites.site import Site

_RETURNING = only("visitor_type", "returning")
# Whoever is not recognised is new, as in Matomo.
_NEW = Condition(FIELDS["visitor_type"], Operator.NOT_EQUAL, "returning")
ORDER = "order"
_ORDER_NAMES = ("0", "ecommerceOrder", ORDER)


def visits(figures: Figures) -> list[Row]:
    """VisitsSummary.get."""
    return [_or_nothing(columns.summary(total), total.get("visits")) for total in figures.totals()]


def actions(figures: Figures) -> list[Row]:
    """Actions.get. A page, download or outlink counts once a visit in the columns with uniq."""
    pages, downloads, outlinks, searches = (
        figures.counts(dimension) for dimension in ("page", "download", "outlink", "search")
    )
    found: list[Row] = []
    for index, total in enumerate(figures.totals()):
        row: Row = {
            "nb_pageviews": number(total.get("pageviews")),
            "nb_uniq_pageviews": number(pages[index].get("value_visits")),
            "nb_downloads": number(total.get("downloads")),
            "nb_uniq_downloads": number(downloads[index].get("value_visits")),
            "nb_outlinks": number(total.get("outlinks")),
            "nb_uniq_outlinks": number(outlinks[index].get("value_visits")),
            "nb_searches": number(total.get("searches")),
            "nb_keywords": number(searches[index].get("distinct_values")),
        }
        found.append(_or_nothing(row, total.get("visits")))
    return found


def frequency(figures: Figures) -> list[Row]:
    """VisitFrequency.get."""
    new, returning = figures.totals(_NEW), figures.totals(_RETURNING)
    found: list[Row] = []
    for first, again in zip(new, returning, strict=True):
        row = {f"{name}_new": cell for name, cell in columns.summary(first).items()}
        row |= {f"{name}_returning": cell for name, cell in columns.summary(again).items()}
        found.append(_or_nothing(row, first.get("visits") or again.get("visits")))
    return found


_DISTINCT = {
    "SearchEngines": ("referrer", "search"),
    "SocialNetworks": ("referrer", "social"),
    "Keywords": ("keyword", "search"),
    "Websites": ("referrer", "website"),
    "Campaigns": ("campaign", "campaign"),
}


def referrers(figures: Figures) -> list[Row]:
    """Referrers.get."""
    types = figures.rows("referrer_type")
    distinct = {what: numbers_of(figures, what) for what in [*_DISTINCT, "WebsitesUrls"]}
    found: list[Row] = []
    for index, rows in enumerate(types):
        visits = {str(row["referrer_type"]): number(row.get("visits")) for row in rows}
        total = sum(visits.values())
        kinds = {
            "SearchEngines": "search",
            "SocialNetworks": "social",
            "DirectEntry": "direct",
            "Websites": "website",
            "Campaigns": "campaign",
            "AIAssistants": "ai",
        }
        row: Row = {f"Referrers_visitorsFrom{name}": visits.get(kind, 0) for name, kind in kinds.items()}
        row |= {f"Referrers_distinct{what}": counts[index] for what, counts in distinct.items()}
        row |= {
            f"Referrers_visitorsFrom{name}_percent": share(visits.get(kind, 0), total, 2)
            for name, kind in kinds.items()
        }
        found.append(_or_nothing(row, total))
    return found


def numbers_of(figures: Figures, what: str) -> list[int | float]:
    """How many different search engines, keywords, … there were."""
    if what == "Countries":
        return _distinct(figures.counts("country"))
    if what == "WebsitesUrls":
        return figures.count_two("referrer", "referrer_path", only("referrer_type", "website"))
    dimension, kind = _DISTINCT[what]
    return _distinct(figures.counts(dimension, only("referrer_type", kind)))


def goals(figures: Figures, question: Question) -> list[Row]:
    """Goals.get, of all goals or the one that the question names; new and returning visitors apart."""
    goal = _goal(figures, question)
    parts = [_conversions(figures, goal, where) for where in ((), (_NEW,), (_RETURNING,))]
    found: list[Row] = []
    for every, new, returning in zip(*parts, strict=True):
        row = {name: cell for name, cell in every.items() if name != "nb_visits"}
        row |= {f"{name}_new_visit": cell for name, cell in new.items() if name != "nb_visits"}
        row |= {f"{name}_returning_visit": cell for name, cell in returning.items() if name != "nb_visits"}
        found.append(_or_nothing(row, every.pop("nb_visits")))
    return found


def defined_goals(sites: Sequence[Site]) -> Row:
    """Goals.getGoals: the goals of the sites, by number."""
    found: Row = {}
    for site in sites:
        for goal in site.goals:
            manual = goal.match == "manual"
            found[str(goal.id)] = {
                "idsite": site.id,
                "idgoal": goal.id,
                "name": goal.name,
                "description": "",
                "match_attribute": "manually" if manual else _ATTRIBUTES.get(goal.match, goal.match),
                "pattern": goal.pattern,
                "pattern_type": "" if manual else goal.how,
                "case_sensitive": 0,
                "allow_multiple": 0 if goal.once else 1,
                "revenue": number(goal.revenue),
                "deleted": 0,
                "event_value_as_revenue": 0,
            }
    return found


_ATTRIBUTES = {"download": "file", "outlink": "external_website"}


def _goal(figures: Figures, question: Question) -> str:
    if question.goal in _ORDER_NAMES:
        return ORDER
    if question.goal and question.goal not in {str(goal.id) for goal in figures.served.site.goals}:
        raise BadRequest("There is no such goal on this site.", "idGoal")
    return question.goal


def _conversions(figures: Figures, goal: str, where: tuple[Condition, ...]) -> list[Row]:
    found: list[Row] = []
    totals = figures.totals(*where)
    of_goal = [[row for row in rows if row["goal"] == goal] for rows in figures.rows("goal", *where)] if goal else []
    for index, total in enumerate(totals):
        figure: Figure = total
        if goal:
            figure = of_goal[index][0] if of_goal[index] else {}
        converted = figure.get("converted_visits")
        found.append(
            {
                "nb_visits": number(total.get("visits")),
                "nb_conversions": number(figure.get("conversions")),
                "nb_visits_converted": number(converted),
                "revenue": number(figure.get("revenue")),
                "conversion_rate": share(converted, total.get("visits"), 4),
            }
        )
    return found


def together(*parts: Sequence[Row]) -> list[Row]:
    """API.get: several of these reports as one object."""
    found: list[Row] = []
    for rows in zip(*parts, strict=True):
        row: Row = {name: cell for one in rows for name, cell in one.items()}
        found.append(Nothing(row) if all(isinstance(one, Nothing) for one in rows) else row)
    return found


def _or_nothing(row: Row, visits: object) -> Row:
    return row if visits else Nothing(row)


def _distinct(counts: Sequence[Figure]) -> list[int | float]:
    return [int(number(count.get("distinct_values"))) for count in counts]
