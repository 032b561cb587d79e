"""`/privacy/{site}`: a visitor's choices and rights on one page, and the cookie declaration beside it.

What is held about visits, its erasure and the receipt are pages of their own: visits_held.py, erasing.py, receipt.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.choices import Answer, record_answer, withdraw
from gateway.consent.cldr import day_in_words
from gateway.consent.durations import months_in_words
from gateway.consent.opt_outs import OptOut, opt_out
from gateway.consent.outcome import Outcome
from gateway.consent.rights import Kind
from gateway.errors import BadRequest
from gateway.privacy.stored import stored
from gateway.sites.catalog import ServedSite
from gateway.web import (
    erasing,
    receipt,
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
    visits_held,
)
from gateway.web.auth import FORM_BYTES, read_form
from gateway.web.consent import require_notice
from gateway.web.lasting import exercised
from gateway.web.pages import page
from gateway.web.parts import Parts
from gateway.web.visitor_page import Caller, back, caller_of, carry_out, own_caller_of, show
from gateway.web.visits_held import numbers_of

# What a form asks for → what the page says was done.
_ANSWERS = {"save": "saved", "withdraw": "withdrawn", "withdraw-and-erase": "erased", "object": "objected"}


def routes(parts: Parts) -> list[Route]:
    tombstones = parts.context.tombstones

    @page
    async def centre(request: Request) -> Response:
        caller = caller_of(parts, request)
        choice = caller.standing.choice if caller.standing.current else None
        numbers = await numbers_of(parts, caller)
        restricted = (await asyncio.to_thread(tombstones.stands, caller.site.id, numbers)).restricted
        retention = parts.context.settings.retention
        values = {
            "answers": choice.p if choice else {},
            "services": choice.s if choice else {},
            "outdated": caller.standing.choice is not None and choice is None,
            "stored": [
                (each, _day(each.since, caller), _day(each.ends, caller))
                for each in stored(caller.visit, caller.site, caller.jar, caller.standing)
            ],
            "receipt": caller.jar.receipt(caller.visit.cookies) is not None,
            "measures": caller.site.analytics is not None,
            "objected": caller.jar.objected(caller.visit.cookies),
            "number": bool(numbers),
            "restricted": restricted,
            "held": await visits_held.summary(parts, caller, numbers),
            "raw": months_in_words(retention.raw_months, caller.language),
            "visits": months_in_words(retention.data_months, caller.language),
            "status": _status(request.query_params.get("done", ""), caller, numbers, restricted),
        }
        return await show(parts, request, caller, "privacy.html", values)

    @page
    async def declaration(request: Request) -> Response:
        return await show(parts, request, caller_of(parts, request), "cookies.html", {})

    @page
    async def change(request: Request) -> Response:
        caller = own_caller_of(parts, request)
        form = await read_form(request)
        wish, path = str(form.get("do", "")), f"/privacy/{caller.site.id}"
        if wish in _ANSWERS:
            if wish == "withdraw-and-erase":
                # Before the number goes with the withdrawal: without it, nothing could be found any more (GDPR art. 17(1)(b)).
                await erasing.erase_now(parts, caller)
            outcome = await _answered(parts, form, wish, caller)
            return await carry_out(parts, request, caller, outcome, path, _ANSWERS[wish])
        if wish not in ("restrict", "lift"):
            raise BadRequest("The form does not say what to do", "do")
        numbers = await numbers_of(parts, caller)
        if not numbers:
            return back(parts, caller, path)
        if wish == "lift":
            await asyncio.to_thread(tombstones.lift, caller.site.id, numbers)
            return back(parts, caller, path, "lifted")
        await asyncio.to_thread(tombstones.restrict, caller.site.id, numbers)
        await exercised(parts, Kind.RESTRICTION, caller.site.id)
        return back(parts, caller, path, "restricted")

    return [
        Route("/privacy/{site:site}", centre, methods=["GET"]),
        Route("/privacy/{site:site}", change, methods=["POST"], max_body_size=FORM_BYTES),
        Route("/privacy/{site:site}/cookies", declaration, methods=["GET"]),
        *receipt.routes(parts),
        *visits_held.routes(parts),
        *erasing.routes(parts),
    ]


async def _answered(parts: Parts, form: FormData, wish: str, caller: Caller) -> Outcome:
    visit, site, jar, standing = caller.visit, caller.site, caller.jar, caller.standing
    if wish in ("withdraw", "withdraw-and-erase"):
        return withdraw(visit, site, jar, standing, caller.country, "privacy_centre")
    if wish == "object":
        objection = OptOut(site=site.id, what="analytics", method="objection", surface="privacy_centre")
        return opt_out(objection, visit, site, jar, standing, caller.country)
    policy = str(form.get("policy", ""))
    # As in /v1/consent: a yes is to the policy that was shown, a no to the present one.
    shown = parts.context.catalog.earlier(site, policy, visit.received)
    answer = _answer(form, shown or site, policy, caller)
    if shown is not None:
        site, answer = (shown, answer) if answer.says_yes else (site, _answer(form, site, policy, caller))
    await require_notice(parts, answer, site)
    return record_answer(answer, visit, site, jar, standing, caller.country)


def _answer(form: FormData, site: ServedSite, policy: str, caller: Caller) -> Answer:
    return Answer(
        site=site.id,
        purposes={purpose.id: form.get(f"purpose.{purpose.id}") == "yes" for purpose in site.site.optional_purposes},
        # A service that is not answered has the answer of its purpose.
        services={
            service.id: form.get(f"service.{service.id}") == "yes"
            for purpose in site.site.optional_purposes
            for service in purpose.services
            if f"service.{service.id}" in form
        },
        method="save",
        fingerprint=policy,
        notice=hash_of(form.get("notice")),
        language=str(form.get("language", ""))[:35],
        surface="privacy_centre",
        minor=caller.minor,
    )


def _status(done: str, caller: Caller, numbers: Sequence[int], restricted: bool) -> str:
    """The text that says what was done, "" for nothing: an address that somebody made up claims nothing that is not so."""
    choice = caller.standing.choice if caller.standing.current else None
    so = {
        "saved": ("saved", choice is not None),
        "withdrawn": ("centre_withdrawn", choice is not None and not any((*choice.p.values(), *choice.s.values()))),
        "objected": ("objected", caller.jar.objected(caller.visit.cookies)),
        "restricted": ("centre_restricted", restricted),
        "lifted": ("centre_lifted", bool(numbers) and not restricted),
        "erased": ("centre_erased", not numbers),
    }
    text, true = so.get(done, ("", False))
    return text if true else ""


def _day(instant: float | None, caller: Caller) -> str:
    if instant is None:
        return ""
    return day_in_words(datetime.fromtimestamp(instant, caller.site.zone).date(), caller.language)


def hash_of(value: object) -> str:
    text = str(value or "")
    return text if len(text) == 64 and all(digit in "0123456789abcdef" for digit in text) else ""
