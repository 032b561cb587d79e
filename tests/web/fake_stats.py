"""A stand-in for the reports: plausible figures for any question, the same for the same day, in the documented form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.errors import BadRequest, ReportTooLarge, WarehouseUnavailable
from gateway.reports.every_site import DAYS, Headline, SiteFigures
from gateway.sites.catalog import ServedSite
from gateway.web.auth import require_reader

_VALUES = {
    "page": [
        "/",
        "/shop/boots",
        "/blog/how-we-measure-without-watching",
        "/about",
        "/checkout",
        "/contact",
        "/jobs",
        "/<img src=x onerror=alert(1)>",
    ],
    "title": ["Home", "Boots", "How we measure without watching", "About us", "Checkout", ""],
    "entry_page": ["/", "/blog/how-we-measure-without-watching", "/shop/boots"],
    "exit_page": ["/checkout", "/", "/contact"],
    "referrer_type": ["direct", "search", "social", "website", "campaign", "ai"],
    "referrer": ["", "Google", "DuckDuckGo", "Mastodon", "news.example.org", "ChatGPT"],
    "campaign": ["spring-sale; 50%, off", "newsletter-42"],
    "country": ["FR", "DE", "IE", "US", "PL", "IT", "ES", "NL", "BE", "AT", "PT", ""],
    "language": ["fr", "de", "en-IE", "pl"],
    "browser": ["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet"],
    "os": ["Windows", "iOS", "Android", "macOS", "Linux"],
    "device": ["desktop", "phone", "tablet"],
    "screen": ["1920x1080", "390x844", "1440x900"],
    "hour": [f"{hour:02}" for hour in range(24)],
    "weekday": [str(day) for day in range(1, 8)],
    "continent": ["europe", "north_america"],
    "goal": ["1", "order"],
    "event_category": ["Video", "<img src=x onerror=alert(2)>"],
    "event_action": ["Play"],
    "event_name": ["Boots, how they are made"],
    "visitor_type": ["new", "returning", "unknown"],
    "dimension3": ["Gold", "Silver"],
}


# The oldest day that this stand-in keeps.
_EARLIEST = date(2020, 1, 1)


@dataclass
class FakeStats:
    """What the fake answers: `mode` is figures, nothing (no hit yet), away (the warehouse), or limit (one was met)."""

    mode: str = "figures"
    # Since when the warehouse is away and last answers are told; empty: none is known.
    remembered: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, request: Request) -> Response:
        await require_reader(request, request.path_params["site"])
        query = dict(request.query_params)
        self.asked.append(query)
        if self.mode == "away" and query.get("stale") == "1" and self.remembered:
            self.mode = "figures"
            told = await self(request)
            self.mode = "away"
            return JSONResponse({**json.loads(bytes(told.body)), "stale": self.remembered})
        if self.mode == "away":
            raise WarehouseUnavailable("The database does not answer.")
        first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
        if first > last:
            raise BadRequest("`from` is after `to`.", "$.from")
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        weight = 0.0 if self.mode == "nothing" else sum(_weight(day) for day in days)
        if query.get("filter"):
            weight *= 0.2
        rows: list[dict[str, object]] = []
        if dimension := query.get("dimension"):
            values = _VALUES[dimension]
            for rank, value in enumerate(values[: int(query.get("limit", "100"))]):
                part = (1 + (hash_of(value) % 9) / 9) / len(values) if dimension == "hour" else 0.42 / (rank + 1)
                if weight and query.get("period") == "day":
                    rows += [{"date": f"{day}", dimension: value, **_figures(_weight(day) * part)} for day in days]
                elif weight:
                    rows.append({dimension: value, **_figures(weight * part)})
        elif query.get("period") == "hour":
            hours = [(f"{day}T{hour:02}:00", _weight(day) / 24) for day in days for hour in range(24)]
            rows = [{"date": hour, **_figures(value if weight else 0)} for hour, value in hours]
        elif period := query.get("period"):
            steps: dict[str, float] = {}
            for day in days:
                steps[_step(day, period)] = steps.get(_step(day, period), 0.0) + (weight and _weight(day))
            rows = [{"date": step, **_figures(value)} for step, value in steps.items() if weight]
        body: dict[str, object] = {"query": query, "rows": rows, "totals": _figures(weight)}
        if first < _EARLIEST:
            body["cut"] = _EARLIEST.isoformat()
        return JSONResponse(body)

    def dimensions(self) -> Response:
        """What the site has values of; no site search, for one."""
        if self.mode == "away" and not self.remembered:
            raise WarehouseUnavailable("The database does not answer.")
        return JSONResponse({"dimensions": [] if self.mode == "nothing" else sorted(_VALUES)})

    def every_site(self, sites: Sequence[ServedSite]) -> list[SiteFigures]:
        """What the page of all sites shows: some grow, some shrink, site 1 has nothing."""
        if self.mode == "limit":
            raise ReportTooLarge("This needs more memory or time than is allowed.")
        if self.mode == "away":
            raise WarehouseUnavailable("The database does not answer.")
        found = []
        for served in sites:
            weight = 0 if served.id == 1 or self.mode == "nothing" else 20 + hash_of(served.site.name) % 4000
            now = Headline(visitors=weight, visits=weight * 2, pageviews=weight * 5)
            before = Headline(
                visitors=weight * (hash_of(served.site.domains[0]) % 20) // 10, visits=weight, pageviews=weight
            )
            daily = tuple(weight * (1 + hash_of(f"{served.id} {day}") % 9) // 30 for day in range(DAYS))
            found.append(SiteFigures(id=served.id, now=now, before=before, daily=daily))
        return found


def hash_of(value: str) -> int:
    return int.from_bytes(hashlib.sha256(value.encode()).digest()[:4], "big")


def _step(day: date, period: str) -> str:
    if period == "month":
        day = day.replace(day=1)
    elif period == "week":
        day -= timedelta(days=day.weekday())
    return day.isoformat()


def _weight(day: date) -> float:
    return (420 if day.weekday() < 5 else 260) * (1 + (hash_of(day.isoformat()) % 40) / 100)


def _figures(weight: float) -> dict[str, object]:
    visits = round(weight * 1.28)
    return {
        "visitors": round(weight),
        "visits": visits,
        "pageviews": round(weight * 3.4),
        "actions": round(weight * 3.9),
        "bounce_rate": 0.41 + (round(weight) % 7) / 100 if visits else 0,
        "avg_seconds": 148 + round(weight) % 40 if visits else 0,
        "engaged_seconds": 81 + round(weight) % 20 if visits else 0,
        "conversions": round(weight * 0.06),
        "conversion_rate": 0.047 if visits else 0,
        "revenue": round(weight * 2.4, 2),
        "events": round(weight * 0.5),
        "event_value": round(weight * 0.25, 1),
        "hits": round(weight * 1.1),
    }
