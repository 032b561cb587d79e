"""Our figures under Matomo's names."""

from __future__ import annotations

from gateway.reports.matomo.answers import Cell, Row, Seconds, Table, average, is_hidden, number, seconds, share
from gateway.reports.matomo.figures import Figure

_LARGEST = ("max_actions", "max_event_value")


def visits(figure: Figure, long: bool) -> Row:
    """Of a kind of visits. `long`: over more than a day, where the daily unique visitors are told too."""
    row: Row = {
        "nb_uniq_visitors": number(figure.get("visitors")),
        "nb_visits": number(figure.get("visits")),
        "nb_actions": number(figure.get("actions")),
        "max_actions": number(figure.get("max_actions")),
        "sum_visit_length": seconds(number(figure.get("seconds"))),
        "bounce_count": number(figure.get("bounces")),
        "nb_visits_converted": number(figure.get("converted_visits")),
        "nb_conversions": number(figure.get("conversions")),
        "revenue": number(figure.get("revenue")),
    }
    return {**row, **_daily(figure, long)}


def summary(figure: Figure) -> Row:
    """Of the site."""
    visits = figure.get("visits")
    return {
        "nb_uniq_visitors": number(figure.get("visitors")),
        "nb_visits": number(visits),
        "nb_actions": number(figure.get("actions")),
        "nb_visits_converted": number(figure.get("converted_visits")),
        "bounce_count": number(figure.get("bounces")),
        "sum_visit_length": seconds(number(figure.get("seconds"))),
        "max_actions": number(figure.get("max_actions")),
        "bounce_rate": share(figure.get("bounces"), visits, 2),
        "nb_actions_per_visit": average(figure.get("actions"), visits, 1),
        "avg_time_on_site": seconds(average(figure.get("seconds"), visits)),
    }


def page(figure: Figure, long: bool) -> Row:
    """Of a page or title."""
    row: Row = {
        "nb_visits": number(figure.get("visits")),
        "nb_uniq_visitors": number(figure.get("visitors")),
        "nb_hits": number(figure.get("pageviews")),
        "sum_time_spent": seconds(number(figure.get("seconds"))),
        "entry_nb_visits": number(figure.get("entries")),
        "entry_bounce_count": number(figure.get("bounces")),
        "exit_nb_visits": number(figure.get("exits")),
        **_daily(figure, long),
    }
    return {**row, **page_rates(row)}


def page_rates(row: Row) -> Row:
    """What follows from a page's, or a folder's, own columns."""
    return {
        "avg_time_on_page": seconds(average(row["sum_time_spent"], row["nb_hits"])),
        "bounce_rate": share(row["entry_bounce_count"], row["entry_nb_visits"], 2),
        "exit_rate": share(row["exit_nb_visits"], row["nb_visits"], 2),
    }


def link(figure: Figure, long: bool) -> Row:
    """Of a download, an outlink, a search, a content."""
    return {
        "nb_visits": number(figure.get("visits")),
        "nb_uniq_visitors": number(figure.get("visitors")),
        "nb_hits": number(figure.get("hits")),
        "sum_time_spent": 0,
        **_daily(figure, long),
    }


def event(figure: Figure, long: bool) -> Row:
    """Of an event's category, action or name."""
    valued = figure.get("valued_events")
    return {
        "nb_uniq_visitors": number(figure.get("visitors")),
        "nb_visits": number(figure.get("visits")),
        "nb_events": number(figure.get("events")),
        "nb_events_with_value": number(valued),
        "sum_event_value": number(figure.get("event_value")),
        "min_event_value": number(figure.get("min_event_value")),
        "max_event_value": number(figure.get("max_event_value")),
        **_daily(figure, long),
        "avg_event_value": average(figure.get("event_value"), valued, 2),
    }


def together(table: Table) -> Table:
    """Rows of the same label as one: sums, the larger of what is a maximum, texts of the first."""
    found: dict[Cell, Row] = {}
    for row in table:
        label = row["label"] if isinstance(row["label"], str) else ""
        before = found.get(label)
        found[label] = row if before is None else added(before, row)
    return list(found.values())


def added(one: Row, other: Row) -> Row:
    """Two rows as one, under the first's label."""
    total = dict(one)
    for name, cell in other.items():
        mine = total.get(name, 0)
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not isinstance(mine, int | float):
            continue
        value = max(mine, cell) if name in _LARGEST and not is_hidden(mine + cell) else number(mine + cell)
        total[name] = seconds(value) if isinstance(cell, Seconds) else value
    return total


def _daily(figure: Figure, long: bool) -> Row:
    return {"sum_daily_nb_uniq_visitors": number(figure.get("daily_visitors"))} if long else {}
