"""The ledger for whoever must be shown it: the page `/ledger`, `GET /v1/ledger` (export), `/v1/ledger/verify`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, time

import msgspec
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action, AuditLog
from gateway.accounts.principal import Principal
from gateway.consent import heads, ledger
from gateway.consent.export import ExportQuery, count, pages
from gateway.consent.verification import Finding, Run
from gateway.errors import BadRequest, Conflict
from gateway.web.auth import FORM_BYTES, context_of, require_evidence, require_token_of_evidence
from gateway.web.context import Context
from gateway.web.evidence import posted, show, site_parameter
from gateway.web.pages import page, prefix
from gateway.web.requests import day
from gateway.web.times import iso_time

_PARAMETERS = frozenset({"site", "since", "until", "format", "token_auth"})
_HEADERS = {"cache-control": "private, no-store"}
_CSV, _LINES = "text/csv; charset=utf-8", "application/jsonl; charset=utf-8"


@page
async def overview(request: Request) -> Response:
    """GET /ledger: rows by site and month, the heads published last, the last verification, and the way to export."""
    reader = await require_evidence(request)
    context = context_of(request)

    def read() -> dict[str, object]:
        rows = ledger.tally(context.warehouse)
        return {
            "tally": rows,
            "total": sum(row.rows for row in rows),
            "published": heads.newest(context.settings.data_dir),
            "running": context.verification.running(),
            "last": context.verification.last(),
            "key": context.verification.key,
        }

    return show(request, reader, "ledger.html", await run_in_threadpool(read))


@page
async def verify(request: Request) -> Response:
    """POST /ledger/verification: begin a run, or watch the one that goes on."""
    reader = await require_evidence(request)
    await posted(request)
    context = context_of(request)
    await run_in_threadpool(_start, context, reader)
    return RedirectResponse(f"{prefix(context.settings.base_url)}/ledger/verification", 303)


@page
async def progress(request: Request) -> Response:
    """GET /ledger/verification: how far it is; on to /ledger once it ended."""
    reader = await require_evidence(request)
    context = context_of(request)
    running = await run_in_threadpool(context.verification.running)
    if running is None:
        return RedirectResponse(f"{prefix(context.settings.base_url)}/ledger#verification", 303)
    return show(request, reader, "verification.html", {"running": running})


async def export(request: Request) -> Response:
    """GET /v1/ledger?site=&since=&until=&format=: the rows, oldest first, streamed. Days are UTC; `until` is not included."""
    reader = await require_evidence(request)
    context = context_of(request)
    query = _query(request.query_params)
    rows = await run_in_threadpool(
        count, context.warehouse, query
    )  # answers 503 while there still is a status to answer
    bounds = ", ".join(
        f"{name} {value}" for name, value in request.query_params.items() if name in _PARAMETERS - {"token_auth"}
    )
    detail = f"ledger, {rows} rows, {bounds or 'all'}"
    await run_in_threadpool(
        context.accounts.audit.record, Action.EXPORT, reader.user, site=query.site or None, detail=detail
    )
    ending = "27560.jsonl" if query.format == "27560" else query.format
    name = f"ledger-{context.clock.now().date()}.{ending}"
    return StreamingResponse(
        _lines(pages(context.warehouse, query, context.settings.base_url)),
        media_type=_CSV if query.format == "csv" else _LINES,
        headers={**_HEADERS, "content-disposition": f'attachment; filename="{name}"', "x-ledger-rows": str(rows)},
    )


async def state_of_verification(request: Request) -> Response:
    """GET /v1/ledger/verify: the run that goes on, and what the last one found."""
    await require_evidence(request)
    return await _state(context_of(request), 200)


async def start_verification(request: Request) -> Response:
    """POST /v1/ledger/verify → 202, or 409 while one goes on."""
    starter = await require_token_of_evidence(request)
    context = context_of(request)
    if not await run_in_threadpool(_start, context, starter):
        raise Conflict("A verification goes on already: GET /v1/ledger/verify says how far it is.", "$")
    return await _state(context, 202)


def _start(context: Context, starter: Principal) -> bool:
    audit = context.accounts.audit
    return context.verification.start(starter.user, lambda finding: _note(audit, starter, finding))


def _note(audit: AuditLog, starter: Principal, finding: Finding) -> None:
    verdict = finding.verdict
    if verdict is None:
        detail = f"no verdict: {finding.failure}"
    elif verdict.whole:
        detail = f"whole, {verdict.rows} rows"
    else:
        flaw = verdict.flaws[0]
        detail = f"not whole, {len(verdict.flaws)} flaws, first: chain {flaw.chain} row {flaw.seq} {flaw.what}"
    audit.record(Action.LEDGER_VERIFIED, starter.user, detail=detail)


async def _state(context: Context, status: int) -> Response:
    running = await run_in_threadpool(context.verification.running)
    last = await run_in_threadpool(context.verification.last)
    body = {"running": running and _plain(running), "last": last and _plain(last), "key": context.verification.key}
    return Response(msgspec.json.encode(body), status, headers=_HEADERS, media_type="application/json")


def _plain(run: Run) -> dict[str, object]:
    body: dict[str, object] = {
        "started": iso_time(run.started),
        "by": run.started_by,
        "rows": run.done,
        "of": run.total,
    }
    if run.ended is None or run.finding is None:
        return body
    verdict = run.finding.verdict
    return {
        **body,
        "ended": iso_time(run.ended),
        "whole": verdict.whole if verdict else None,
        "failure": run.finding.failure or None,
        "chains": verdict.chains if verdict else None,
        "pruned": verdict.pruned if verdict else None,
        "waiting": verdict.waiting if verdict else None,
        "flaws": [flaw._asdict() for flaw in verdict.flaws] if verdict else [],
    }


def _query(parameters: Mapping[str, str]) -> ExportQuery:
    for name in parameters:
        if name not in _PARAMETERS:
            raise BadRequest(f"Unknown parameter. Known: {', '.join(sorted(_PARAMETERS))}.", f"$.{name[:40]}")
    wanted: dict[str, object] = {"site": site_parameter(parameters) or 0, "format": parameters.get("format") or "jsonl"}
    for name in ("since", "until"):
        given = day(parameters, name)
        if given is not None:
            wanted[name] = int(datetime.combine(given, time(), UTC).timestamp() * 1000)
    try:
        return msgspec.convert(wanted, ExportQuery)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise BadRequest(f"{what}.", where.strip("`")) from None


async def _lines(paged: Iterator[list[str]]) -> AsyncIterator[bytes]:
    async for lines in iterate_in_threadpool(paged):
        yield "".join(f"{line}\n" for line in lines).encode()


routes: list[BaseRoute] = [
    Route("/ledger", overview, methods=["GET"]),
    Route("/ledger/verification", verify, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/ledger/verification", progress, methods=["GET"]),
    Route("/v1/ledger", export, methods=["GET"]),
    Route("/v1/ledger/verify", state_of_verification, methods=["GET"]),
    Route("/v1/ledger/verify", start_verification, methods=["POST"]),
]
