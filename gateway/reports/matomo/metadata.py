"""What reports, columns and segments there are, for clients that ask before they ask."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.reports.matomo import segments as known_segments
from gateway.reports.matomo.answers import METADATA, Answer, Keyed, Row, Table
from gateway.reports.matomo.question import Question
from gateway.sites.catalog import ServedSite

TITLES: Mapping[str, str] = {
    "label": "Label",
    "date": "Date",
    "nb_uniq_visitors": "Unique visitors",
    "nb_visits": "Visits",
    "nb_actions": "Actions",
    "nb_hits": "Hits",
    "nb_events": "Events",
    "nb_visits_converted": "Visits with conversions",
    "nb_conversions": "Conversions",
    "nb_actions_per_visit": "Actions per visit",
    "nb_pageviews": "Page views",
    "nb_downloads": "Downloads",
    "nb_outlinks": "Outlinks",
    "nb_searches": "Searches",
    "max_actions": "Most actions in one visit",
    "bounce_count": "Bounces",
    "bounce_rate": "Bounce rate",
    "exit_rate": "Exit rate",
    "conversion_rate": "Conversion rate",
    "sum_visit_length": "Total time (seconds)",
    "sum_time_spent": "Time on it (seconds)",
    "avg_time_on_site": "Average visit (seconds)",
    "avg_time_on_page": "Average time on it (seconds)",
    "entry_nb_visits": "Entries",
    "entry_bounce_count": "Bounces as entry",
    "exit_nb_visits": "Exits",
    "revenue": "Revenue",
    "sum_event_value": "Event value",
    "avg_event_value": "Average event value",
}
_VISITS = ("nb_visits", "nb_uniq_visitors", "nb_actions", "nb_visits_converted", "revenue")
_PAGES = ("nb_hits", "nb_visits", "nb_uniq_visitors", "bounce_rate", "avg_time_on_page", "exit_rate")
_LINKS = ("nb_hits", "nb_visits", "nb_uniq_visitors")
_EVENTS = ("nb_events", "sum_event_value", "avg_event_value")
_SUMMARY = ("nb_uniq_visitors", "nb_visits", "nb_actions", "bounce_rate", "nb_actions_per_visit", "avg_time_on_site")
# Method → category, name, dimension ("" of the site as a whole), columns.
_REPORTS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "VisitsSummary.get": ("Visitors", "Visits summary", "", _SUMMARY),
    "VisitFrequency.get": ("Visitors", "Returning visits", "", ("nb_visits", "nb_actions")),
    "VisitTime.getVisitInformationPerLocalTime": ("Visitors", "Visits by the visitor's hour", "Local hour", _VISITS),
    "VisitTime.getVisitInformationPerServerTime": ("Visitors", "Visits by the site's hour", "Server hour", _VISITS),
    "VisitTime.getByDayOfWeek": ("Visitors", "Visits by day of the week", "Day of the week", _VISITS),
    "UserCountry.getCountry": ("Visitors", "Country", "Country", _VISITS),
    "UserCountry.getContinent": ("Visitors", "Continent", "Continent", _VISITS),
    "UserCountry.getRegion": ("Visitors", "Region", "Region", _VISITS),
    "UserCountry.getCity": ("Visitors", "City", "City", _VISITS),
    "UserLanguage.getLanguage": ("Visitors", "Language", "Language", _VISITS),
    "UserLanguage.getLanguageCode": ("Visitors", "Language code", "Language", _VISITS),
    "Resolution.getResolution": ("Visitors", "Resolution", "Resolution", _VISITS),
    "DevicesDetection.getType": ("Visitors", "Device type", "Type", _VISITS),
    "DevicesDetection.getBrand": ("Visitors", "Device brand", "Brand", _VISITS),
    "DevicesDetection.getModel": ("Visitors", "Device model", "Model", _VISITS),
    "DevicesDetection.getBrowsers": ("Visitors", "Browsers", "Browser", _VISITS),
    "DevicesDetection.getBrowserVersions": ("Visitors", "Browser versions", "Browser version", _VISITS),
    "DevicesDetection.getOsFamilies": ("Visitors", "Operating system families", "Family", _VISITS),
    "DevicesDetection.getOsVersions": ("Visitors", "Operating system versions", "Version", _VISITS),
    "Actions.get": ("Actions", "Main metrics", "", ("nb_pageviews", "nb_downloads", "nb_outlinks", "nb_searches")),
    "Actions.getPageUrls": ("Actions", "Page URLs", "Page URL", _PAGES),
    "Actions.getPageTitles": ("Actions", "Page titles", "Page title", _PAGES),
    "Actions.getEntryPageUrls": ("Actions", "Entry pages", "Page URL", ("entry_nb_visits", "bounce_rate")),
    "Actions.getEntryPageTitles": ("Actions", "Entry titles", "Page title", ("entry_nb_visits", "bounce_rate")),
    "Actions.getExitPageUrls": ("Actions", "Exit pages", "Page URL", ("exit_nb_visits", "exit_rate")),
    "Actions.getExitPageTitles": ("Actions", "Exit titles", "Page title", ("exit_nb_visits", "exit_rate")),
    "Actions.getDownloads": ("Actions", "Downloads", "Download URL", _LINKS),
    "Actions.getOutlinks": ("Actions", "Outlinks", "Clicked URL", _LINKS),
    "Actions.getSiteSearchKeywords": ("Actions", "Site search keywords", "Keyword", _LINKS),
    "Actions.getSiteSearchCategories": ("Actions", "Site search categories", "Category", _LINKS),
    "Events.getCategory": ("Actions", "Event categories", "Event category", _EVENTS),
    "Events.getAction": ("Actions", "Event actions", "Event action", _EVENTS),
    "Events.getName": ("Actions", "Event names", "Event name", _EVENTS),
    "Referrers.get": ("Referrers", "Acquisition overview", "", ()),
    "Referrers.getReferrerType": ("Referrers", "Channel type", "Channel type", _VISITS),
    "Referrers.getAll": ("Referrers", "All channels", "Referrer", _VISITS),
    "Referrers.getKeywords": ("Referrers", "Keywords", "Keyword", _VISITS),
    "Referrers.getSearchEngines": ("Referrers", "Search engines", "Search engine", _VISITS),
    "Referrers.getWebsites": ("Referrers", "Websites", "Website", _VISITS),
    "Referrers.getSocials": ("Referrers", "Social networks", "Social network", _VISITS),
    "Referrers.getAIAssistants": ("Referrers", "AI assistants", "AI assistant", _VISITS),
    "Referrers.getCampaigns": ("Referrers", "Campaigns", "Campaign", _VISITS),
    "Goals.get": (
        "Goals",
        "Goals overview",
        "",
        ("nb_conversions", "nb_visits_converted", "conversion_rate", "revenue"),
    ),
}


def reports() -> Table:
    """API.getReportMetadata."""
    return [_about(method) for method in _REPORTS]


def segments() -> Table:
    """API.getSegmentsMetadata."""
    return [
        {"type": "dimension", "category": "Visits", "name": name, "segment": name} for name in known_segments.known()
    ]


def processed(served: ServedSite, asked: Question, data: Answer) -> Answer:
    """API.getProcessedReport: the report's rows, what is about them apart from them, and what it all means."""
    about = _about(asked.report)
    body: Row = {
        "website": served.site.name,
        "prettyDate": asked.date,
        "metadata": about,
        "columns": {"label": about["dimension"], **_titles(about)} if "dimension" in about else _titles(about),
    }
    return Keyed("key", {**body, "reportData": _each(data, False), "reportMetadata": _each(data, True)})


def _each(data: Answer, about: bool) -> Answer:
    if isinstance(data, Keyed):
        return Keyed(data.name, {key: _each(part, about) for key, part in data.parts.items()})
    if isinstance(data, list):
        return [
            {name: cell for name, cell in row.items() if (name in METADATA) is about}
            for row in data
            if isinstance(row, dict)
        ]
    return [] if about else data


def _titles(about: Row) -> Row:
    found = about.get("metrics")
    return found if isinstance(found, dict) else {}


def _about(method: str) -> Row:
    module, _, action = method.partition(".")
    category, name, dimension, metrics = _REPORTS.get(method, (module, action, "", ()))
    row: Row = {"category": category, "name": name, "module": module, "action": action}
    if dimension:
        row["dimension"] = dimension
    row["metrics"] = {metric: TITLES.get(metric, metric) for metric in metrics}
    row["uniqueId"] = f"{module}_{action}"
    return row
