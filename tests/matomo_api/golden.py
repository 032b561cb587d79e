"""What every method says of audience.py's four visits, counted by hand. Query → answer."""

from __future__ import annotations

from typing import Any

_DAY = "period=day&date=2026-11-09"
_BOTH = "period=range&date=2026-11-09,2026-11-10"
_THREE = "period=day&date=2026-11-09,2026-11-11"


def visits(
    uniq: int,
    visits: int,
    actions: int,
    most: int,
    seconds: int,
    bounces: int,
    revenue: int = 0,
    daily: int | None = None,
) -> dict[str, Any]:
    """Of a kind of visits: those with revenue each converted once. `daily`: over more than a day."""
    converted = {0: 0, 5: 1, 30: 1, 35: 2}[revenue]
    row = {
        "nb_uniq_visitors": uniq, "nb_visits": visits, "nb_actions": actions, "max_actions": most,
        "sum_visit_length": seconds, "bounce_count": bounces, "nb_visits_converted": converted,
        "nb_conversions": converted, "revenue": revenue,
    }  # fmt: skip
    return row if daily is None else {**row, "sum_daily_nb_uniq_visitors": daily}


# Who is counted in them, by the visits' letters; over both days, so with daily visitors.
_A, _B, _C, _D = (visits(1, 1, 4, 4, 121, 0, 5, 1), visits(1, 1, 1, 1, 0, 1, 0, 1), visits(1, 1, 3, 3, 41, 0, 30, 1),
                  visits(1, 1, 2, 2, 21, 0, 0, 1))  # fmt: skip
_AC = visits(1, 2, 7, 4, 162, 0, 35, 2)
_BD = visits(2, 2, 3, 2, 21, 1, 0, 2)
_ACD = visits(2, 3, 9, 4, 183, 0, 35, 3)
_ALL = visits(3, 4, 10, 4, 183, 1, 35, 4)

_MONDAY = {
    "nb_uniq_visitors": 2, "nb_visits": 2, "nb_actions": 5, "nb_visits_converted": 1, "bounce_count": 1,
    "sum_visit_length": 121, "max_actions": 4, "bounce_rate": "50%", "nb_actions_per_visit": 2.5, "avg_time_on_site": 61,
}  # fmt: skip
_TUESDAY = {
    "nb_uniq_visitors": 2, "nb_visits": 2, "nb_actions": 5, "nb_visits_converted": 1, "bounce_count": 0,
    "sum_visit_length": 62, "max_actions": 3, "bounce_rate": "0%", "nb_actions_per_visit": 2.5, "avg_time_on_site": 31,
}  # fmt: skip
_NOBODY = {
    "nb_uniq_visitors": 0, "nb_visits": 0, "nb_actions": 0, "nb_visits_converted": 0, "bounce_count": 0,
    "sum_visit_length": 0, "max_actions": 0, "bounce_rate": "0%", "nb_actions_per_visit": 0, "avg_time_on_site": 0,
}  # fmt: skip
_BOTH_DAYS = {
    "nb_uniq_visitors": 3, "nb_visits": 4, "nb_actions": 10, "nb_visits_converted": 2, "bounce_count": 1,
    "sum_visit_length": 183, "max_actions": 4, "bounce_rate": "25%", "nb_actions_per_visit": 2.5, "avg_time_on_site": 46,
}  # fmt: skip


def page(
    visits: int,
    uniq: int,
    hits: int,
    spent: int,
    entries: int,
    bounces: int,
    exits: int,
    *,
    time: int,
    bounce: str,
    exit: str,
) -> dict[str, Any]:
    return {
        "nb_visits": visits, "nb_uniq_visitors": uniq, "nb_hits": hits, "sum_time_spent": spent,
        "entry_nb_visits": entries, "entry_bounce_count": bounces, "exit_nb_visits": exits,
        "avg_time_on_page": time, "bounce_rate": bounce, "exit_rate": exit,
    }  # fmt: skip


def _url(path: str, segment: str = "pageUrl") -> dict[str, str]:
    quoted = f"https%253A%252F%252Fwww.example.com{path.replace('/', '%252F')}"
    return {"url": f"https://www.example.com{path}", "segment": f"{segment}=={quoted}"}


def _days(**days: Any) -> dict[str, Any]:
    return {f"2026-11-{name.removeprefix('d'):>02}": answer for name, answer in days.items()}


# Monday: A saw / for 60 s and the boots for 60 s (until its last hit), B saw / and left.
_MONDAY_HOME = page(2, 2, 2, 60, 2, 1, 1, time=30, bounce="50%", exit="50%")
_MONDAY_BOOTS = page(1, 1, 1, 60, 0, 0, 1, time=60, bounce="0%", exit="100%")
_HOURS = [f"{hour:02}" for hour in range(24)]
_WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_NONE = visits(0, 0, 0, 0, 0, 0)


def link(visits: int, uniq: int, hits: int) -> dict[str, int]:
    return {"nb_visits": visits, "nb_uniq_visitors": uniq, "nb_hits": hits, "sum_time_spent": 0}


def _event(label: str, segment: str) -> dict[str, Any]:
    """The one event of Monday."""
    return {
        "label": label, "nb_uniq_visitors": 1, "nb_visits": 1, "nb_events": 1, "nb_events_with_value": 1,
        "sum_event_value": 2, "min_event_value": 2, "max_event_value": 2, "avg_event_value": 2, "segment": segment,
    }  # fmt: skip


def _goals(conversions: int, visits: int, revenue: int, rate: str, suffix: str = "") -> dict[str, Any]:
    return {
        f"nb_conversions{suffix}": conversions, f"nb_visits_converted{suffix}": visits, f"revenue{suffix}": revenue,
        f"conversion_rate{suffix}": rate,
    }  # fmt: skip


EXPECTED: dict[str, Any] = {
    # Visits
    f"VisitsSummary.get&{_DAY}": _MONDAY,
    f"VisitsSummary.get&{_BOTH}": _BOTH_DAYS,
    f"VisitsSummary.get&{_THREE}": _days(d9=_MONDAY, d10=_TUESDAY, d11=[]),
    "VisitsSummary.get&period=day&date=2026-11-11": _NOBODY,
    "VisitsSummary.get&period=week&date=2026-11-11": _BOTH_DAYS,
    "VisitsSummary.get&period=month&date=2026-10-01,2026-11-01": {"2026-10": [], "2026-11": _BOTH_DAYS},
    f"VisitsSummary.get&{_BOTH}&showColumns=nb_visits,bounce_rate": {"nb_visits": 4, "bounce_rate": "25%"},
    f"VisitsSummary.get&{_BOTH}&showColumns=bounce_rate,sum_visit_length&format_metrics=0": {
        "bounce_rate": 0.25, "sum_visit_length": 183,
    },
    f"VisitsSummary.getVisits&{_BOTH}": {"value": 4},
    f"VisitsSummary.getVisits&{_THREE}": _days(d9=2, d10=2, d11=[]),
    "VisitsSummary.getVisits&period=day&date=2026-11-11": {"value": 0},
    f"VisitsSummary.getUniqueVisitors&{_BOTH}": {"value": 3},
    f"VisitsSummary.getActions&{_BOTH}": {"value": 10},
    f"VisitsSummary.getMaxActions&{_BOTH}": {"value": 4},
    f"VisitsSummary.getBounceCount&{_BOTH}": {"value": 1},
    f"VisitsSummary.getVisitsConverted&{_BOTH}": {"value": 2},
    f"VisitsSummary.getSumVisitsLength&{_BOTH}": {"value": 183},
    f"VisitsSummary.getSumVisitsLengthPretty&{_BOTH}": {"value": "3 min 3s"},
    f"VisitFrequency.get&{_BOTH}&showColumns=nb_visits_new,nb_uniq_visitors_new,bounce_rate_new,nb_visits_returning,"
    "nb_actions_returning,avg_time_on_site_returning,nb_visits_converted_returning": {
        "nb_visits_new": 3, "nb_uniq_visitors_new": 3, "bounce_rate_new": "33%", "nb_visits_returning": 1,
        "nb_actions_returning": 3, "avg_time_on_site_returning": 41, "nb_visits_converted_returning": 1,
    },
    # Segments
    f"VisitsSummary.getVisits&{_BOTH}&segment=countryCode==fr": {"value": 3},
    f"VisitsSummary.getVisits&{_BOTH}&segment=deviceType==smartphone;referrerType!=campaign": {"value": 1},
    f"VisitsSummary.getVisits&{_BOTH}&segment=pageUrl==https%253A%252F%252Fwww.example.com%252F": {"value": 3},
    f"VisitsSummary.getVisits&{_BOTH}&segment=visitConvertedGoalId==1,siteSearchKeyword=@RED": {"value": 2},
    f"VisitsSummary.getVisits&{_BOTH}&segment=browserVersion==140.0;operatingSystemCode==WIN": {"value": 2},
    f"VisitsSummary.getVisits&{_BOTH}&segment=regionCode==IDF;city==Paris": {"value": 2},
    f"VisitsSummary.getVisits&{_BOTH}&segment=eventCategory==Video;visitDuration>=121": {"value": 1},
    f"VisitsSummary.getVisits&{_BOTH}&segment=visitorType==returning": {"value": 1},
    f"VisitsSummary.getVisits&{_BOTH}&segment=languageCode==fr,languageCode=^fr-": {"value": 3},
    f"UserCountry.getCountry&{_DAY}&segment=visitConverted==0&showColumns=nb_visits": [
        {"label": "Germany", "nb_visits": 1, "code": "de", "segment": "countryCode==de"},
    ],
    # Places
    f"UserCountry.getCountry&{_BOTH}": [
        {"label": "France", **_ACD, "code": "fr", "segment": "countryCode==fr"},
        {"label": "Germany", **_B, "code": "de", "segment": "countryCode==de"},
    ],
    f"UserCountry.getCountry&{_DAY}&showColumns=nb_visits,nb_uniq_visitors": [
        {"label": "France", "nb_visits": 1, "nb_uniq_visitors": 1, "code": "fr", "segment": "countryCode==fr"},
        {"label": "Germany", "nb_visits": 1, "nb_uniq_visitors": 1, "code": "de", "segment": "countryCode==de"},
    ],
    f"UserCountry.getCountry&{_THREE}&hideColumns=code,segment": _days(
        d9=[{"label": "France", **visits(1, 1, 4, 4, 121, 0, 5)}, {"label": "Germany", **visits(1, 1, 1, 1, 0, 1)}],
        d10=[{"label": "France", **visits(2, 2, 5, 3, 62, 0, 30)}],
        d11=[],
    ),
    f"UserCountry.getContinent&{_BOTH}": [
        {"label": "Europe", **_ALL, "code": "eur", "segment": "continentCode==eur"},
    ],
    f"UserCountry.getRegion&{_BOTH}": [
        {
            "label": "IDF, France", **_AC, "segment": "regionCode==IDF;countryCode==fr", "region": "IDF",
            "country": "fr", "country_name": "France", "region_name": "IDF",
        },
    ],
    f"UserCountry.getCity&{_BOTH}": [
        {
            "label": "Paris, France", **_AC, "segment": "city==Paris;countryCode==fr", "city_name": "Paris",
            "country": "fr", "country_name": "France",
        },
    ],
    f"UserCountry.getNumberOfDistinctCountries&{_BOTH}": {"value": 2},
    f"UserLanguage.getLanguage&{_BOTH}": [
        {"label": "French", **_ACD, "segment": "languageCode==fr,languageCode=^fr-"},
        {"label": "German", **_B, "segment": "languageCode==de,languageCode=^de-"},
    ],
    f"UserLanguage.getLanguageCode&{_BOTH}": [
        {"label": "French (fr)", **_AC, "segment": "languageCode==fr"},
        {"label": "French - France (fr-fr)", **_D, "segment": "languageCode==fr-fr"},
        {"label": "German - Germany (de-de)", **_B, "segment": "languageCode==de-de"},
    ],
    # Devices
    f"DevicesDetection.getType&{_BOTH}&filter_limit=3": [
        {"label": "Desktop", **_BD, "segment": "deviceType==desktop"},
        {"label": "Smartphone", **_AC, "segment": "deviceType==smartphone"},
        {"label": "Camera", **_NONE, "sum_daily_nb_uniq_visitors": 0, "segment": "deviceType==camera"},
    ],
    "DevicesDetection.getType&period=day&date=2026-11-11,2026-11-12": _days(d11=[], d12=[]),
    f"DevicesDetection.getBrand&{_BOTH}&filter_pattern=app": [
        {"label": "Apple", **_AC, "segment": "deviceBrand==Apple"},
    ],
    f"DevicesDetection.getModel&{_BOTH}&filter_pattern=phone": [
        {"label": "iPhone", **_AC, "segment": "deviceModel==iPhone"},
    ],
    f"DevicesDetection.getBrowsers&{_BOTH}": [
        {"label": "Firefox", **_BD, "segment": "browserCode==FF"},
        {"label": "Mobile Safari", **_AC, "segment": "browserCode==MF"},
    ],
    f"DevicesDetection.getBrowserVersions&{_BOTH}": [
        {"label": "Firefox 140.0", **_BD, "segment": "browserCode==FF;browserVersion==140.0"},
        {"label": "Mobile Safari 18.1", **_AC, "segment": "browserCode==MF;browserVersion==18.1"},
    ],
    f"DevicesDetection.getOsFamilies&{_BOTH}": [{"label": "iOS", **_AC}, {"label": "Windows", **_BD}],
    f"DevicesDetection.getOsVersions&{_BOTH}": [
        {"label": "iOS 18.1", **_AC, "segment": "operatingSystemCode==IOS;operatingSystemVersion==18.1"},
        {"label": "Windows 10", **_BD, "segment": "operatingSystemCode==WIN;operatingSystemVersion==10"},
    ],
    f"Resolution.getResolution&{_BOTH}": [
        {"label": "1920x1080", **_BD, "segment": "resolution==1920x1080"},
        {"label": "390x844", **_AC, "segment": "resolution==390x844"},
    ],
    # Times
    f"VisitTime.getVisitInformationPerServerTime&{_DAY}": [
        {
            "label": hour,
            **{"10": visits(1, 1, 4, 4, 121, 0, 5), "11": visits(1, 1, 1, 1, 0, 1)}.get(hour, _NONE),
            "segment": f"visitStartServerHour=={int(hour)}",
        }
        for hour in _HOURS
    ],
    f"VisitTime.getVisitInformationPerLocalTime&{_DAY}": [
        {
            "label": hour,
            **({"11": visits(1, 1, 4, 4, 121, 0, 5)}.get(hour, _NONE)),
            "segment": f"visitLocalHour=={int(hour)}",
        }
        for hour in _HOURS
    ],
    "VisitTime.getVisitInformationPerServerTime&period=day&date=2026-11-11": [
        {"label": hour, **_NONE, "segment": f"visitStartServerHour=={int(hour)}"} for hour in _HOURS
    ],
    f"VisitTime.getByDayOfWeek&{_BOTH}&showColumns=nb_visits": [
        {"label": label, "nb_visits": {1: 2, 2: 2}.get(day, 0), "day_of_week": day} for day, label in enumerate(_WEEK, 1)
    ],
    # Actions
    f"Actions.get&{_BOTH}": {
        "nb_pageviews": 6, "nb_uniq_pageviews": 6, "nb_downloads": 1, "nb_uniq_downloads": 1, "nb_outlinks": 1,
        "nb_uniq_outlinks": 1, "nb_searches": 1, "nb_keywords": 1,
    },
    f"Actions.getPageUrls&{_DAY}&flat=1": [
        {"label": "/index", **_MONDAY_HOME, **_url("/")},
        {"label": "/shop/boots", **_MONDAY_BOOTS, **_url("/shop/boots")},
    ],
    f"Actions.getPageUrls&{_DAY}&expanded=1&hideIdSubDatable=1": [
        {"label": "/index", **_MONDAY_HOME, **_url("/")},
        {
            "label": "shop",
            **{name: value for name, value in _MONDAY_BOOTS.items() if name != "nb_uniq_visitors"},
            "segment": "pageUrl=^https%253A%252F%252Fwww.example.com%252Fshop",
            "subtable": [{"label": "/boots", **_MONDAY_BOOTS, **_url("/shop/boots")}],
        },
    ],
    f"Actions.getPageUrl&{_DAY}&pageUrl=https://www.example.com/shop/boots": [
        {"label": "/boots", **_MONDAY_BOOTS, **_url("/shop/boots")},
    ],
    f"Actions.getPageUrl&{_DAY}&pageUrl=https://www.example.com/nothing": [],
    f"Actions.getPageTitles&{_DAY}": [
        {"label": "Home", **_MONDAY_HOME, "segment": "pageTitle==Home"},
        {"label": "Boots", **_MONDAY_BOOTS, "segment": "pageTitle==Boots"},
    ],
    f"Actions.getPageTitle&{_DAY}&pageName=Boots": [
        {"label": "Boots", **_MONDAY_BOOTS, "segment": "pageTitle==Boots"},
    ],
    f"Actions.getEntryPageUrls&{_DAY}&flat=1": [
        {
            "label": "/index", **_MONDAY_HOME, **_url("/", "entryPageUrl"), "entry_nb_uniq_visitors": 2,
            "entry_nb_actions": 5, "entry_sum_visit_length": 121,
        },
    ],
    f"Actions.getExitPageUrls&{_DAY}&flat=1": [
        {"label": "/index", **_MONDAY_HOME, **_url("/", "exitPageUrl"), "exit_nb_uniq_visitors": 1},
        {"label": "/shop/boots", **_MONDAY_BOOTS, **_url("/shop/boots", "exitPageUrl"), "exit_nb_uniq_visitors": 1},
    ],
    f"Actions.getEntryPageTitles&{_DAY}&showColumns=entry_nb_visits": [
        {"label": "Home", "entry_nb_visits": 2, "segment": "entryPageTitle==Home"},
    ],
    f"Actions.getExitPageTitles&{_DAY}&showColumns=exit_nb_visits&filter_sort_column=label&filter_sort_order=asc": [
        {"label": "Boots", "exit_nb_visits": 1, "segment": "exitPageTitle==Boots"},
        {"label": "Home", "exit_nb_visits": 1, "segment": "exitPageTitle==Home"},
    ],
    f"Actions.getDownloads&{_DAY}&flat=1": [
        {
            "label": "www.example.com/files/a.pdf", **link(1, 1, 1), "url": "https://www.example.com/files/a.pdf",
            "segment": "downloadUrl==https%253A%252F%252Fwww.example.com%252Ffiles%252Fa.pdf",
        },
    ],
    "Actions.getOutlinks&period=day&date=2026-11-10&expanded=1&hideIdSubDatable=1": [
        {
            "label": "partner.example", "nb_visits": 1, "nb_hits": 1, "sum_time_spent": 0,
            "subtable": [
                {
                    "label": "/x", **link(1, 1, 1), "url": "https://partner.example/x",
                    "segment": "outlinkUrl==https%253A%252F%252Fpartner.example%252Fx",
                },
            ],
        },
    ],
    "Actions.getDownload&period=day&date=2026-11-09&downloadUrl=https://www.example.com/files/a.pdf&showColumns=nb_hits": [
        {
            "label": "/files/a.pdf", "nb_hits": 1, "url": "https://www.example.com/files/a.pdf",
            "segment": "downloadUrl==https%253A%252F%252Fwww.example.com%252Ffiles%252Fa.pdf",
        },
    ],
    f"Actions.getOutlink&{_DAY}&outlinkUrl=https://partner.example/x": [],
    "Actions.getSiteSearchKeywords&period=day&date=2026-11-10": [
        {"label": "red", **link(1, 1, 1), "segment": "siteSearchKeyword==red"},
    ],
    # Referrers
    f"Referrers.get&{_BOTH}": {
        "Referrers_visitorsFromSearchEngines": 1, "Referrers_visitorsFromSocialNetworks": 0,
        "Referrers_visitorsFromDirectEntry": 1, "Referrers_visitorsFromWebsites": 1, "Referrers_visitorsFromCampaigns": 1,
        "Referrers_visitorsFromAIAssistants": 0, "Referrers_distinctSearchEngines": 1,
        "Referrers_distinctSocialNetworks": 0, "Referrers_distinctKeywords": 1, "Referrers_distinctWebsites": 1,
        "Referrers_distinctWebsitesUrls": 1, "Referrers_distinctCampaigns": 1,
        "Referrers_visitorsFromDirectEntry_percent": "25%", "Referrers_visitorsFromSearchEngines_percent": "25%",
        "Referrers_visitorsFromCampaigns_percent": "25%", "Referrers_visitorsFromSocialNetworks_percent": "0%",
        "Referrers_visitorsFromWebsites_percent": "25%", "Referrers_visitorsFromAIAssistants_percent": "0%",
    },
    f"Referrers.getReferrerType&{_BOTH}&filter_sort_column=label&filter_sort_order=asc&hideIdSubDatable=1": [
        {"label": "Campaigns", **_C, "segment": "referrerType==campaign", "referrer_type": 6},
        {"label": "Direct Entry", **_B, "segment": "referrerType==direct", "referrer_type": 1},
        {"label": "Search Engines", **_A, "segment": "referrerType==search", "referrer_type": 2},
        {"label": "Websites", **_D, "segment": "referrerType==website", "referrer_type": 3},
    ],
    f"Referrers.getAll&{_BOTH}&filter_sort_column=nb_actions": [
        {"label": "shoes", **_A, "segment": "referrerType==search;referrerKeyword==shoes", "referer_type": 2},
        {"label": "spring", **_C, "segment": "referrerType==campaign;referrerName==spring", "referer_type": 6},
        {"label": "news.example", **_D, "segment": "referrerType==website;referrerName==news.example", "referer_type": 3},
    ],
    f"Referrers.getKeywords&{_BOTH}&expanded=1&hideIdSubDatable=1": [
        {
            "label": "shoes", **_A, "segment": "referrerType==search;referrerKeyword==shoes",
            "subtable": [{"label": "Qwant", **_A}],
        },
    ],
    f"Referrers.getSearchEngines&{_BOTH}&flat=1": [{"label": "Qwant - shoes", **_A}],
    f"Referrers.getWebsites&{_BOTH}&flat=1": [
        {"label": "news.example/story", **_D, "url": "https://news.example/story"},
    ],
    f"Referrers.getCampaigns&{_BOTH}&expanded=1&hideIdSubDatable=1": [
        {
            "label": "spring", **_C, "segment": "referrerType==campaign;referrerName==spring",
            "subtable": [{"label": "sale", **_C}],
        },
    ],
    f"Referrers.getSocials&{_BOTH}": [],
    f"Referrers.getAIAssistants&{_BOTH}": [],
    f"Referrers.getNumberOfDistinctKeywords&{_BOTH}": {"value": 1},
    f"Referrers.getNumberOfDistinctWebsitesUrls&{_BOTH}": {"value": 1},
    # Events
    f"Events.getCategory&{_DAY}&hideIdSubDatable=1": [_event("Video", "eventCategory==Video")],
    f"Events.getAction&{_DAY}&hideIdSubDatable=1": [_event("play", "eventAction==play")],
    f"Events.getName&{_DAY}&hideIdSubDatable=1": [_event("Trailer", "eventName==Trailer")],
    f"Events.getCategory&{_DAY}&flat=1&hideColumns=segment&showColumns=nb_events": [
        {"label": "Video - play", "nb_events": 1},
    ],
    f"Events.getCategory&{_DAY}&flat=1&secondaryDimension=eventName&showColumns=nb_events": [
        {"label": "Video - Trailer", "nb_events": 1},
    ],
    # Goals
    f"Goals.get&{_BOTH}": {
        **_goals(2, 2, 35, "50%"), **_goals(1, 1, 5, "33.33%", "_new_visit"), **_goals(1, 1, 30, "100%", "_returning_visit"),
    },
    f"Goals.get&{_BOTH}&idGoal=1": {
        **_goals(1, 1, 5, "25%"), **_goals(1, 1, 5, "33.33%", "_new_visit"), **_goals(0, 0, 0, "0%", "_returning_visit"),
    },
    f"Goals.get&{_BOTH}&idGoal=ecommerceOrder": {
        **_goals(1, 1, 30, "25%"), **_goals(0, 0, 0, "0%", "_new_visit"), **_goals(1, 1, 30, "100%", "_returning_visit"),
    },
    f"API.get&{_BOTH}&columns=nb_visits,nb_pageviews,nb_conversions,Referrers_distinctCampaigns,nb_visits_returning": {
        "nb_visits": 4, "nb_pageviews": 6, "nb_conversions": 2, "Referrers_distinctCampaigns": 1, "nb_visits_returning": 1,
    },
}  # fmt: skip
