"""Every method about visits by its name: where its rows come from, and how they are ordered and joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from gateway.errors import BadRequest
from gateway.reports.dimensions import CUSTOM_DIMENSIONS
from gateway.reports.matomo import columns, names, pages, places, summaries, tables, times
from gateway.reports.matomo.answers import HIDDEN, Nothing, Row, Seconds, Table, Value, is_hidden
from gateway.reports.matomo.figures import Figures
from gateway.reports.matomo.question import Question
from gateway.reports.matomo.shaping import Flat, pretty
from gateway.reports.matomo.tables import REPORTS, Report

# One part for each date; None where nobody came.
Parts = Sequence[Table | Row | Value]
Source = Callable[[Figures, Question], Parts]


class Method(NamedTuple):
    """`order` is the column that rows come in by default, the most first; "": the order that they have."""

    source: Source
    order: str = "nb_visits"
    flat: Flat = Flat()


_PATHS, _LINKS = Flat("/", "/"), Flat("/")
_EVENTS = {"eventCategory": "event_category", "eventAction": "event_action", "eventName": "event_name"}


def _report(report: Report) -> Source:
    return lambda figures, question: tables.tables(
        report, figures, deep=question.expanded or question.flat or bool(question.subtable)
    )


def _events(outer: str, inner: str) -> Source:
    """`inner` is the second of Matomo's two, which the question may change."""

    def source(figures: Figures, question: Question) -> Parts:
        second = _EVENTS.get(question.secondary or inner)
        if second is None:
            raise BadRequest(f"secondaryDimension is {', '.join(_EVENTS)}.", "secondaryDimension")
        return _report(tables.event(_EVENTS[outer], second))(figures, question)

    return source


def _below(source: Source) -> Source:
    """A method that answers the subtable of another one's row."""

    def inner(figures: Figures, question: Question) -> Parts:
        if not question.subtable:
            raise BadRequest("Please name the row's subtable: idSubtable.", "idSubtable")
        return source(figures, question)

    return inner


def _value(column: str) -> Source:
    """One of the columns of VisitsSummary.get."""
    return lambda figures, _: [
        None if isinstance(row, Nothing) else _bare(row[column]) for row in summaries.visits(figures)
    ]


def _bare(cell: object) -> Value:
    if is_hidden(cell):
        return HIDDEN
    return int(cell) if isinstance(cell, Seconds) else cell if isinstance(cell, int | float) else None


def _length(figures: Figures, _: Question) -> Parts:
    lengths = [row["sum_visit_length"] for row in summaries.visits(figures)]
    return [HIDDEN if is_hidden(length) else pretty(int(str(length))) for length in lengths]


def _distinct(what: str) -> Source:
    return lambda figures, _: [count or None for count in summaries.numbers_of(figures, what)]


def _devices(figures: Figures, question: Question) -> Parts:
    """Every type has its row, but for days of several without a visit."""
    found = []
    for table in tables.tables(REPORTS["DevicesDetection.getType"], figures, deep=False):
        seen = {row["label"] for row in table}
        more: Table = [
            {"label": label, **columns.visits({}, figures.dates.long), **places.segment(("deviceType", code))}
            for code, label in names.DEVICES.values()
            if label not in seen
        ]
        found.append(table + more if table or not figures.dates.several else [])
    return found


def _all_referrers(figures: Figures, _: Question) -> Parts:
    """Referrers.getAll: keywords, websites, campaigns and networks in one list; who came directly is not in it."""
    found = []
    for pairs in figures.two("referrer_type", "referrer_or_keyword"):
        table: Table = []
        for pair in pairs:
            kind, name = str(pair["outer"]), str(pair["inner"])
            if kind in names.REFERRER_TYPES and kind != "direct":
                number, word, _label = names.REFERRER_TYPES[kind]
                which = "referrerKeyword" if kind == "search" else "referrerName"
                about = places.segment(("referrerType", word), (which, name))
                label = name or "Keyword not defined"
                row = {"label": label, **columns.visits(pair, figures.dates.long), **about, "referer_type": number}
                table.append(row)
        found.append(table)
    return found


def _custom(figures: Figures, question: Question) -> Parts:
    known = {dimension.id for dimension in figures.served.site.dimensions}
    if question.dimension not in known or question.dimension > CUSTOM_DIMENSIONS:
        raise BadRequest("There is no such custom dimension on this site.", "idDimension")
    name = f"dimension{question.dimension}"
    scope = next(one.scope for one in figures.served.site.dimensions if one.id == question.dimension)
    report = Report(
        name,
        lambda value: value or "Value not defined",
        lambda value: places.segment((name, value)),
        columns.visits if scope == "visit" else columns.link,
    )
    return _report(report)(figures, question)


def _everything(figures: Figures, question: Question) -> Parts:
    """API.get."""
    rows = summaries.together(
        summaries.visits(figures),
        summaries.actions(figures),
        summaries.frequency(figures),
        summaries.referrers(figures),
        summaries.goals(figures, question),
    )
    if not question.columns:
        return rows
    wanted = set(question.columns)
    return [type(row)({name: cell for name, cell in row.items() if name in wanted}) for row in rows]


_SEARCH_ENGINES = _report(REPORTS["Referrers.getSearchEngines"])
METHODS: Mapping[str, Method] = {
    **{name: Method(_report(report)) for name, report in REPORTS.items()},
    "API.get": Method(_everything),
    "Actions.get": Method(lambda figures, _: summaries.actions(figures)),
    "Actions.getDownload": Method(lambda figures, question: pages.one(question, "download")(figures)),
    "Actions.getDownloads": Method(lambda figures, _: pages.links(figures, "download"), flat=_LINKS),
    "Actions.getEntryPageTitles": Method(lambda figures, _: pages.titles(figures, pages.ENTRY), "entry_nb_visits"),
    "Actions.getEntryPageUrls": Method(lambda figures, _: pages.urls(figures, pages.ENTRY), "entry_nb_visits", _PATHS),
    "Actions.getExitPageTitles": Method(lambda figures, _: pages.titles(figures, pages.EXIT), "exit_nb_visits"),
    "Actions.getExitPageUrls": Method(lambda figures, _: pages.urls(figures, pages.EXIT), "exit_nb_visits", _PATHS),
    "Actions.getOutlink": Method(lambda figures, question: pages.one(question, "outlink")(figures)),
    "Actions.getOutlinks": Method(lambda figures, _: pages.links(figures, "outlink"), flat=_LINKS),
    "Actions.getPageTitle": Method(lambda figures, question: pages.one(question, "title")(figures)),
    "Actions.getPageTitles": Method(lambda figures, _: pages.titles(figures)),
    "Actions.getPageUrl": Method(lambda figures, question: pages.one(question, "page")(figures)),
    "Actions.getPageUrls": Method(lambda figures, _: pages.urls(figures), flat=_PATHS),
    "CustomDimensions.getCustomDimension": Method(_custom),
    "DevicesDetection.getType": Method(_devices),
    "Events.getAction": Method(_events("eventAction", "eventName"), "nb_events"),
    "Events.getActionFromCategoryId": Method(_below(_events("eventCategory", "eventAction")), "nb_events"),
    "Events.getActionFromNameId": Method(_below(_events("eventName", "eventAction")), "nb_events"),
    "Events.getCategory": Method(_events("eventCategory", "eventAction"), "nb_events"),
    "Events.getCategoryFromActionId": Method(_below(_events("eventAction", "eventCategory")), "nb_events"),
    "Events.getCategoryFromNameId": Method(_below(_events("eventName", "eventCategory")), "nb_events"),
    "Events.getName": Method(_events("eventName", "eventAction"), "nb_events"),
    "Events.getNameFromActionId": Method(_below(_events("eventAction", "eventName")), "nb_events"),
    "Events.getNameFromCategoryId": Method(_below(_events("eventCategory", "eventName")), "nb_events"),
    "Goals.get": Method(summaries.goals),
    "Referrers.get": Method(lambda figures, _: summaries.referrers(figures)),
    "Referrers.getAll": Method(_all_referrers),
    "Referrers.getKeywordsFromCampaignId": Method(_below(_report(REPORTS["Referrers.getCampaigns"]))),
    "Referrers.getKeywordsFromSearchEngineId": Method(_below(_SEARCH_ENGINES)),
    "Referrers.getNumberOfDistinctCampaigns": Method(_distinct("Campaigns")),
    "Referrers.getNumberOfDistinctKeywords": Method(_distinct("Keywords")),
    "Referrers.getNumberOfDistinctSearchEngines": Method(_distinct("SearchEngines")),
    "Referrers.getNumberOfDistinctSocialNetworks": Method(_distinct("SocialNetworks")),
    "Referrers.getNumberOfDistinctWebsites": Method(_distinct("Websites")),
    "Referrers.getNumberOfDistinctWebsitesUrls": Method(_distinct("WebsitesUrls")),
    "Referrers.getSearchEnginesFromKeywordId": Method(_below(_report(REPORTS["Referrers.getKeywords"]))),
    "Referrers.getUrlsFromWebsiteId": Method(_below(_report(REPORTS["Referrers.getWebsites"]))),
    "Referrers.getWebsites": Method(_report(REPORTS["Referrers.getWebsites"]), flat=_LINKS),
    "UserCountry.getNumberOfDistinctCountries": Method(_distinct("Countries")),
    "VisitFrequency.get": Method(lambda figures, _: summaries.frequency(figures)),
    "VisitTime.getByDayOfWeek": Method(lambda figures, _: times.by_weekday(figures), ""),
    "VisitTime.getVisitInformationPerLocalTime": Method(
        lambda figures, _: times.by_hour(figures, "visitor_hour", "visitLocalHour"), ""
    ),
    "VisitTime.getVisitInformationPerServerTime": Method(
        lambda figures, _: times.by_hour(figures, "hour", "visitStartServerHour"), ""
    ),
    "VisitsSummary.get": Method(lambda figures, _: summaries.visits(figures)),
    "VisitsSummary.getActions": Method(_value("nb_actions")),
    "VisitsSummary.getBounceCount": Method(_value("bounce_count")),
    "VisitsSummary.getMaxActions": Method(_value("max_actions")),
    "VisitsSummary.getSumVisitsLength": Method(_value("sum_visit_length")),
    "VisitsSummary.getSumVisitsLengthPretty": Method(_length),
    "VisitsSummary.getUniqueVisitors": Method(_value("nb_uniq_visitors")),
    "VisitsSummary.getVisits": Method(_value("nb_visits")),
    "VisitsSummary.getVisitsConverted": Method(_value("nb_visits_converted")),
}
