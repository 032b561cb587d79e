"""`/audit`: who logged in, exported or changed something; narrowed down, page by page, or as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action, AuditLog, Only
from gateway.errors import BadRequest
from gateway.reports import csv_export
from gateway.web.auth import context_of, require_evidence
from gateway.web.evidence import show, site_parameter, whole_number
from gateway.web.pages import page
from gateway.web.requests import day, one_of
from gateway.web.times import iso_time

AUDIT_PAGE = 100
CSV_AT_ONCE = 1000
COLUMNS = ("time", "user", "action", "site", "detail")
_FILTERS = ("user", "action", "site", "since", "until")


@page
async def show_audit(request: Request) -> Response:
    """GET /audit?user=&action=&site=&since=&until=&page=: the newest first. Days are UTC, both included."""
    reader = await require_evidence(request)
    number = max(1, whole_number(request.query_params, "page", 1))
    audit = context_of(request).accounts.audit
    only = _only(request)
    entries = await run_in_threadpool(audit.latest, AUDIT_PAGE + 1, (number - 1) * AUDIT_PAGE, only)
    given = {name: request.query_params.get(name, "") for name in _FILTERS}
    values = {
        "entries": entries[:AUDIT_PAGE],
        "count": await run_in_threadpool(audit.count, only),
        "number": number,
        "more": len(entries) > AUDIT_PAGE,
        "given": given,
        "query": urlencode({name: value for name, value in given.items() if value}),
        "actions": list(Action),
    }
    return show(request, reader, "audit.html", values)


async def export(request: Request) -> Response:
    """GET /audit.csv with the same filters: every entry, the newest first. The export is an entry itself."""
    reader = await require_evidence(request)
    context = context_of(request)
    only = _only(request)
    audit = context.accounts.audit
    # Entries that are added meanwhile would move the others from page to page.
    until = context.clock.timestamp()
    still = Only(only.user, only.action, only.site, only.since, min(until, only.until or until))
    rows = await run_in_threadpool(audit.count, still)
    await run_in_threadpool(audit.record, Action.EXPORT, reader.user, detail=f"audit log, {rows} entries")
    name = f"audit-{context.clock.now().date()}.csv"
    return StreamingResponse(
        iterate_in_threadpool(_csv(audit, still)),
        media_type="text/csv; charset=utf-8",
        headers={"cache-control": "private, no-store", "content-disposition": f'attachment; filename="{name}"'},
    )


def _csv(audit: AuditLog, only: Only) -> Iterator[bytes]:
    yield csv_export.header(COLUMNS)
    offset = 0
    while entries := audit.latest(CSV_AT_ONCE, offset, only):
        rows = [
            {
                "time": iso_time(entry.at),
                "user": entry.user,
                "action": entry.action.value,
                "site": "" if entry.site is None else entry.site,
                "detail": entry.detail,
            }
            for entry in entries
        ]
        yield from csv_export.lines(COLUMNS, rows)
        offset += CSV_AT_ONCE


def _only(request: Request) -> Only:
    """Raises BadRequest."""
    given = request.query_params
    since, until = day(given, "since"), day(given, "until")
    if since is not None and until is not None and since > until:
        raise BadRequest("The first day lies after the last.", "$.since")
    return Only(
        user=given.get("user", "").strip(),
        action=one_of(Action, given, "action") if given.get("action") else None,
        site=site_parameter(given),
        since=_start(since) if since is not None else None,
        until=_start(until) + 86_400 if until is not None else None,
    )


def _start(of: date) -> float:
    return datetime.combine(of, time(), UTC).timestamp()


routes: list[BaseRoute] = [
    Route("/audit", show_audit, methods=["GET"]),
    Route("/audit.csv", export, methods=["GET"]),
]
