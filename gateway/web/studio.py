"""`/v1/banner/{site}`: the draft of a site's banner, what publishing it would mean, and its versions (docs/studio.md)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.consent.preview import Preview, preview_link
from gateway.errors import BadRequest, Conflict, Forbidden, Problem
from gateway.sites import check, drafts, policy
from gateway.sites.codes import is_jurisdiction, is_language
from gateway.sites.drafts import Draft, Look, PurposeWords
from gateway.sites.site import Site
from gateway.studio.comparison import compare
from gateway.studio.versions import Version
from gateway.web import keeping
from gateway.web.auth import require_reader
from gateway.web.parts import Parts
from gateway.web.studio_shapes import (
    Banner,
    Difference,
    DraftBody,
    Fault,
    PreviewBody,
    PreviewLink,
    PublishBody,
    Published,
    RollbackBody,
)

_HEADERS = {"cache-control": "private, no-store"}
_NUMBERED = re.compile(r"purposes\[(\d+)\]")


def routes(parts: Parts) -> list[Route]:
    context = parts.context

    def told(site: int) -> Response:
        body = msgspec.json.encode(_banner(parts, site))
        return Response(body, headers=_HEADERS, media_type="application/json")

    async def show(request: Request) -> Response:
        """GET /v1/banner/{site}/draft."""
        site = request.path_params["site"]
        require_editing(await require_reader(request, site), site)
        return await run_in_threadpool(told, site)

    async def save(request: Request) -> Response:
        """PUT /v1/banner/{site}/draft: kept, whatever is wrong with it; only what cannot be meant is refused."""
        site, editor = await _editor(request)
        body = await keeping.read(request, DraftBody)
        _require_free(context.serving.site(site), body.draft, context.serving.written(site))
        await run_in_threadpool(context.versions.save, site, body.draft, body.revision, editor.user)
        return await run_in_threadpool(told, site)

    async def publish(request: Request) -> Response:
        """POST /v1/banner/{site}/publish: this worker serves it with the answer, the others within a second."""
        site, editor = await _editor(request)
        body = await keeping.read(request, PublishBody)
        kept = await run_in_threadpool(context.versions.draft, site)
        if kept.revision != body.revision:
            raise Conflict(f"{kept.by or 'Somebody'} has changed this draft meanwhile. Load it again.", "$.revision")
        fingerprint = _sound(context.serving.with_draft(site, kept.draft))
        await run_in_threadpool(context.versions.publish, site, body.revision, body.live, fingerprint, editor.user)
        await run_in_threadpool(context.serving.refresh)
        return await run_in_threadpool(told, site)

    async def roll_back(request: Request) -> Response:
        """POST /v1/banner/{site}/rollback: likewise."""
        site, editor = await _editor(request)
        body = await keeping.read(request, RollbackBody)
        earlier = await run_in_threadpool(context.versions.version, site, body.to)
        fingerprint = _sound(context.serving.with_draft(site, earlier))
        await run_in_threadpool(context.versions.roll_back, site, body.to, body.live, fingerprint, editor.user)
        await run_in_threadpool(context.serving.refresh)
        return await run_in_threadpool(told, site)

    async def preview(request: Request) -> Response:
        """POST /v1/banner/{site}/preview → 201."""
        site, editor = await _editor(request)
        body = await keeping.read(request, PreviewBody)
        link = preview_link(context.serving.settings, context.clock, previewed(site, body))
        detail = f"a link for {body.days} day(s)"
        await run_in_threadpool(
            context.accounts.audit.record, Action.BANNER_PREVIEWED, editor.user, site=site, detail=detail
        )
        answer = msgspec.json.encode(PreviewLink(url=link))
        return Response(answer, 201, headers=_HEADERS, media_type="application/json")

    return [
        Route("/v1/banner/{site:site}/draft", show, methods=["GET"]),
        Route("/v1/banner/{site:site}/draft", save, methods=["PUT"]),
        Route("/v1/banner/{site:site}/publish", publish, methods=["POST"]),
        Route("/v1/banner/{site:site}/rollback", roll_back, methods=["POST"]),
        Route("/v1/banner/{site:site}/preview", preview, methods=["POST"]),
    ]


def require_editing(reader: Principal, site: int) -> None:
    """Raises Forbidden for whoever may not change what visitors of the site are shown."""
    if not reader.may_edit(site):
        raise Forbidden("The banner is for editors of this site.", "$.site")


def previewed(site: int, wanted: PreviewBody) -> Preview:
    """What a link to the draft says. Raises BadRequest."""
    if wanted.jurisdiction and not is_jurisdiction(wanted.jurisdiction):
        raise BadRequest("This is no country and no US state: FR, US-CA.", "$.jurisdiction")
    if wanted.language and not is_language(wanted.language):
        raise BadRequest("This is no language tag: fr, pt-BR.", "$.language")
    return Preview(
        site=site, jurisdiction=wanted.jurisdiction, gpc=wanted.gpc, language=wanted.language, days=wanted.days,
        draft=True, theme=wanted.theme,
    )  # fmt: skip


async def _editor(request: Request) -> tuple[int, Principal]:
    site: int = request.path_params["site"]
    editor = await keeping.require_writer(request, site)
    require_editing(editor, site)
    return site, editor


def _require_free(site: Site, draft: Draft, written: drafts.Written) -> None:
    known = {purpose.id for purpose in site.purposes}
    for purpose in draft.purposes:
        if purpose not in known:
            raise BadRequest(
                f"This site has no such purpose; it has {', '.join(known)}.", f"$.draft.purposes.{purpose}"
            )
    for key in drafts.values(draft):
        if key in written:
            raise BadRequest(f"{written[key]} sets this, and only there it is changed.", f"$.draft.{key}")


def _faults(site: Site) -> list[Problem]:
    """What would keep a configuration with this site from being served; keys are a draft's."""
    return [
        problem._replace(key=_NUMBERED.sub(lambda found: f"purposes.{site.purposes[int(found[1])].id}", problem.key))
        for problem in check.check(site, "")
    ]


def _sound(site: Site) -> str:
    """The policy fingerprint of a site that may be served. Raises BadRequest."""
    for problem in _faults(site):
        raise BadRequest(f"{problem.reason} {problem.fix}", f"$.draft.{problem.key}")
    return policy.fingerprint(site)


def _banner(parts: Parts, site: int) -> Banner:
    """Blocks. Raises NotFound."""
    serving, versions = parts.context.serving, parts.context.versions
    kept, history = versions.draft(site), versions.history(site)
    configured, then = serving.site(site), serving.with_draft(site, kept.draft)
    live = history[0].draft if history else Draft()
    served = serving.with_draft(site, live)
    found = compare(served, then, live, kept.draft)
    return Banner(
        site=site,
        revision=kept.revision,
        changed=_time(kept.at) if kept.at is not None else None,
        by=kept.by,
        draft=kept.draft,
        configured=_as_draft(configured),
        locked=dict(serving.written(site)),
        live=history[0].number if history else 0,
        faults=tuple(Fault(key=one.key, what=one.reason, fix=one.fix) for one in _faults(then)),
        changes=tuple(Difference(key=one.key, before=one.before, after=one.after) for one in found.changes),
        asks_again=found.asks_again,
        because=tuple(found.because),
        versions=tuple(_published(parts, site, one, policy.fingerprint(served)) for one in history),
    )


def _published(parts: Parts, site: int, one: Version, served: str) -> Published:
    then = policy.fingerprint(parts.context.serving.with_draft(site, one.draft))
    return Published(
        number=one.number, time=_time(one.at), by=one.by, policy=one.policy,
        again=one.again, asks_again=then != served,
    )  # fmt: skip


def _as_draft(site: Site) -> Draft:
    look = site.appearance
    purposes = {
        purpose.id: PurposeWords(**{name: getattr(purpose, name) for name in drafts.PURPOSE_FIELDS})
        for purpose in site.purposes
    }
    return Draft(
        texts={tag.lower(): texts for tag, texts in site.texts.items()},
        appearance=Look(layout=look.layout, light=look.light, dark=look.dark),
        purposes=purposes,
        choice_months=site.choice_months,
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
