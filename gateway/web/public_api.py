"""The public routes that are no pages: what each takes and answers. /openapi.json is made of this table (openapi.py)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Literal, NamedTuple

from gateway.consent.choices import Answer
from gateway.consent.opt_outs import OptOut
from gateway.consent.requests import PAGE_LIMIT
from gateway.consent.rights import Stage
from gateway.ingest.messages import AnyMessage
from gateway.reports.consents import By
from gateway.reports.dimensions import DIMENSIONS, METRICS
from gateway.reports.periods import Period
from gateway.reports.present import Present
from gateway.web import (
    cohorts,
    consents,
    funnels,
    matomo,
    notes,
    office_shapes,
    requests_api,
    segments,
    shapes,
    stats_query,
    studio_shapes,
    subjects,
)
from gateway.web.consents import ConsentAnswer, EstimateAnswer
from gateway.web.stats import StatsAnswer


class Who(Enum):
    """Who may ask, as auth.py checks it."""

    ANYONE = "anyone"
    READER = "whoever reads the site"  # a session, or a token in header or query
    EVIDENCE = "the data protection officer"  # likewise
    EVIDENCE_IN_HEADER = "a token of the data protection officer"  # sent in the header, which no other website can
    WRITER = "whoever reads the site, by a token in the header or from the dashboard"
    EDITOR = "an editor of the site"  # likewise
    KEEPER = "a token of the site's own server"  # likewise


class Parameter(NamedTuple):
    """One parameter of the query string. `values`: the texts that there are; `several`: some, separated by commas."""

    name: str
    what: str
    type: Any = str
    required: bool = False
    values: frozenset[str] = frozenset()
    several: bool = False


class Operation(NamedTuple):
    """`answers`: status → what comes back: a type (JSON), a media type, several of them, or None for no body.

    `errors`: the statuses besides 400 and those that follow from `who`, `body` and `path`; `told`: what comes back with them.
    """

    method: str
    path: str
    tag: str
    summary: str
    answers: dict[int, Any]
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    who: Who = Who.ANYONE
    errors: tuple[int, ...] = ()
    told: Any = shapes.Error


_SITE = Parameter("site", "The site's number.", int, required=True)
_SUBJECT = Parameter("subject", "The token of the customer who is logged in (data-subject-token).")
_STATS_TYPES: dict[str, Any] = {
    "period": Period,
    "compare": Literal["previous", "year", "range"],
    "format": Literal["json", "csv"],
    "limit": int,
    "offset": int,
}
_ANY: frozenset[str] = frozenset()
_STATS_VALUES = {"dimension": DIMENSIONS, "metrics": METRICS}
_STATS = tuple(
    Parameter(name, what, _STATS_TYPES.get(name, str), values=_STATS_VALUES.get(name, _ANY), several=name == "metrics")
    for name, what in stats_query.PARAMETERS.items()
    if name != "token_auth"  # a security scheme
)
_CONSENTS_TYPES: dict[str, Any] = {"by": By, "format": Literal["json", "csv"], "exact": Literal["0", "1"]}
_CONSENTS = tuple(
    Parameter(name, what, _CONSENTS_TYPES.get(name, str))
    for name, what in consents.PARAMETERS.items()
    if name != "token_auth"
)
_ESTIMATES = tuple(Parameter(name, what) for name, what in consents.ESTIMATE_PARAMETERS.items() if name != "token_auth")
_FUNNEL_TYPES: dict[str, Any] = {"within": Literal["visit", "visitor"], "format": Literal["json", "csv"]}
_FUNNELS = tuple(
    Parameter(name, what, _FUNNEL_TYPES.get(name, str), required=name == "steps")
    for name, what in funnels.PARAMETERS.items()
    if name != "token_auth"
)
_COHORT_TYPES: dict[str, Any] = {"weeks": int, "format": Literal["json", "csv"]}
_COHORTS = tuple(
    Parameter(name, what, _COHORT_TYPES.get(name, str))
    for name, what in cohorts.PARAMETERS.items()
    if name != "token_auth"
)
_NOTES = tuple(
    Parameter(name, what, Literal["json", "csv"] if name == "format" else str)
    for name, what in notes.PARAMETERS.items()
    if name != "token_auth"
)
_NOTICE = (
    Parameter("language", "BCP 47; otherwise that of Accept-Language, then the site's."),
    Parameter("minor", "true: nothing optional is asked.", Literal["true", "false"]),
    Parameter("preview", "A token of `gateway preview` or the studio: the notice of the visitor that it describes."),
    _SUBJECT,
)
_LEDGER = (
    Parameter("site", "One site's rows; all where it is absent.", int),
    Parameter("since", "First day (UTC)."),
    Parameter("until", "Day that is not included any more (UTC)."),
    Parameter("format", "One row a line, as JSON, CSV, or ISO/IEC TS 27560 record.", Literal["jsonl", "csv", "27560"]),
)
_REGISTER = (
    Parameter("site", "One site's requests; all where it is absent.", int),
    Parameter("stage", "Which ones; all by default.", Stage),
    Parameter("limit", f"1 to {PAGE_LIMIT}.", int),
    Parameter("offset", "How many to leave out first.", int),
)
_TRACKING = (
    Parameter("idsite", "The site's number.", int),
    Parameter("rec", "1, or nothing is recorded."),
    Parameter("url", "The address of the page."),
    Parameter("action_name", "The title of the page."),
    Parameter("send_image", "0: answered 204 in place of an image."),
)
_PIXEL = ("image/gif", "text/html", "application/json")


def _tracking() -> Iterable[Operation]:
    for path in matomo.PATHS:
        summary = "A hit of a Matomo client; all parameters of Matomo's Tracking HTTP API are taken"
        answers = {200: _PIXEL, 204: None}
        yield Operation("get", path, "matomo", summary, answers, _TRACKING, errors=(503,))
        yield Operation("post", path, "matomo", f"{summary}, in bulk too", answers, _TRACKING, errors=(413, 503))


def _reporting() -> Iterable[Operation]:
    parameters = (
        Parameter("module", "API", Literal["API"], required=True),
        Parameter("method", "As in Matomo: VisitsSummary.get, Actions.getPageUrls …", required=True),
        Parameter("idSite", "The site's number.", int),
        Parameter("period", "day, week, month, year or range."),
        Parameter("date", "As in Matomo: YYYY-MM-DD, today, yesterday, lastN, previousN, or two days with a comma."),
        Parameter("segment", "Which visits, in Matomo's grammar and names."),
        Parameter("format", "json, xml, csv or tsv."),
    )
    formats = ("application/json", "text/xml", "application/vnd.ms-excel")
    for method, path in (("get", "/index.php"), ("post", "/index.php"), ("post", "/")):
        summary = "Figures in the shapes of Matomo's Reporting API"
        yield Operation(
            method, path, "matomo", summary, {200: formats}, parameters, who=Who.READER, errors=(503,),
            told=("application/json", "text/xml", "text/plain"),
        )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "get", "/v1/stats/{site}", "figures", "Audience figures by metric, dimension, filter, period, compared",
        {200: (StatsAnswer, "text/csv"), 304: None}, _STATS, who=Who.READER, errors=(404, 503),
    ),
    Operation(
        "get", "/v1/consents/{site}", "figures", "Banners shown, answers, opt-outs and signals",
        {200: (ConsentAnswer, "text/csv")}, _CONSENTS, who=Who.READER, errors=(404, 503),
    ),
    Operation(
        "get", "/v1/estimates/{site}", "figures", "The estimated whole audience, with its interval",
        {200: EstimateAnswer}, _ESTIMATES, who=Who.READER, errors=(404, 503),
    ),
    Operation(
        "get", "/v1/live/{site}", "figures", "Who is on the site now, once or as a stream of events",
        {200: (Present, "text/event-stream")}, who=Who.READER, errors=(404, 429, 503),
    ),
    Operation(
        "get", "/v1/segments/{site}", "figures", "Filters with names", {200: segments.Segments}, who=Who.READER, errors=(404,)
    ),
    Operation(
        "post", "/v1/segments/{site}", "figures", "Keep a filter under a name", {201: segments.Segment},
        body=segments.SegmentBody, who=Who.WRITER, errors=(404, 409),
    ),
    Operation(
        "put", "/v1/segments/{site}/{id}", "figures", "Change a filter with a name", {200: segments.Segment},
        body=segments.SegmentBody, who=Who.WRITER, errors=(404, 409),
    ),
    Operation(
        "delete", "/v1/segments/{site}/{id}", "figures", "Delete a filter with a name", {204: None}, who=Who.WRITER,
        errors=(404,),
    ),
    Operation(
        "get", "/v1/funnels/{site}/figures", "figures", "How many came to each of several steps",
        {200: (funnels.FunnelAnswer, "text/csv")}, _FUNNELS, who=Who.READER, errors=(404, 503),
    ),
    Operation(
        "get", "/v1/funnels/{site}", "figures", "Funnels with names", {200: funnels.KeptFunnels}, who=Who.READER,
        errors=(404,),
    ),
    Operation(
        "post", "/v1/funnels/{site}", "figures", "Keep a funnel under a name", {201: funnels.KeptFunnel},
        body=funnels.FunnelBody, who=Who.WRITER, errors=(404, 409),
    ),
    Operation(
        "put", "/v1/funnels/{site}/{id}", "figures", "Change a funnel with a name", {200: funnels.KeptFunnel},
        body=funnels.FunnelBody, who=Who.WRITER, errors=(404, 409),
    ),
    Operation(
        "delete", "/v1/funnels/{site}/{id}", "figures", "Delete a funnel with a name", {204: None}, who=Who.WRITER,
        errors=(404,),
    ),
    Operation(
        "get", "/v1/retention/{site}", "figures", "Who came back in the weeks after their first visit",
        {200: (cohorts.RetentionAnswer, "text/csv")}, _COHORTS, who=Who.READER, errors=(404, 503),
    ),
    Operation(
        "get", "/v1/annotations/{site}", "figures", "Notes at days", {200: (notes.Notes, "text/csv")}, _NOTES,
        who=Who.READER, errors=(404,),
    ),
    Operation(
        "post", "/v1/annotations/{site}", "figures", "Write a note, or one anew",
        {201: notes.Note, 200: notes.Note}, body=notes.NoteBody, who=Who.WRITER, errors=(404,),
    ),
    Operation(
        "delete", "/v1/annotations/{site}", "figures", "Remove a note", {204: None},
        (Parameter("id", "The note's id.", required=True),), who=Who.WRITER, errors=(404,),
    ),
    Operation(
        "get", "/v1/banner/{site}/draft", "banner", "The draft of a banner, and what publishing it means",
        {200: studio_shapes.Banner}, who=Who.EDITOR, errors=(404,),
    ),
    Operation(
        "put", "/v1/banner/{site}/draft", "banner", "Change the draft", {200: studio_shapes.Banner}, body=studio_shapes.DraftBody,
        who=Who.EDITOR, errors=(404, 409),
    ),
    Operation(
        "post", "/v1/banner/{site}/publish", "banner", "Serve the draft", {200: studio_shapes.Banner},
        body=studio_shapes.PublishBody, who=Who.EDITOR, errors=(404, 409),
    ),
    Operation(
        "post", "/v1/banner/{site}/rollback", "banner", "Serve an earlier version again", {200: studio_shapes.Banner},
        body=studio_shapes.RollbackBody, who=Who.EDITOR, errors=(404, 409),
    ),
    Operation(
        "post", "/v1/banner/{site}/preview", "banner", "A link that shows the draft on the site",
        {201: studio_shapes.PreviewLink}, body=studio_shapes.PreviewBody, who=Who.EDITOR, errors=(404,),
    ),
    Operation(
        "post", "/v1/hit", "hits", "A page view, an event, or attention to a page",
        {202: shapes.Recorded, 200: shapes.NotRecorded}, body=AnyMessage, errors=(503,),
    ),
    *_tracking(),
    *_reporting(),
    Operation(
        "get", "/v1/consent", "consent", "What this browser has answered", {200: shapes.Held}, (_SITE, _SUBJECT),
        errors=(403,),
    ),
    Operation(
        "post", "/v1/consent", "consent", "Answer the notice", {201: shapes.Answered}, body=Answer,
        errors=(403, 409, 429, 503),
    ),
    Operation(
        "delete", "/v1/consent", "consent", "Withdraw: a no to everything optional", {200: shapes.Answered},
        (_SITE, _SUBJECT), errors=(403, 503),
    ),
    Operation(
        "post", "/v1/opt-out", "consent", "Opt out of sale, or object to measurement", {200: shapes.OptedOut},
        body=OptOut, errors=(403, 503),
    ),
    Operation(
        "delete", "/v1/opt-out", "consent", "Take back an opt-out of sale", {200: shapes.OptedOut},
        (_SITE, Parameter("what", "sale", Literal["sale"], required=True), _SUBJECT), errors=(403, 409, 503),
    ),
    Operation(
        "get", "/v1/sites/{site}/notice", "notices", "What this visitor is asked, in their language and under their law",
        {200: shapes.ShownNotice}, _NOTICE, errors=(403,),
    ),
    Operation(
        "get", "/v1/notices/{fingerprint}", "notices", "Exactly what was shown, for ever", {200: shapes.Notice},
        errors=(404,),
    ),
    Operation(
        "get", "/privacy/{site}/receipt.json", "consent", "The record of this browser's consent (ISO/IEC TS 27560)",
        {200: "application/ld+json"}, errors=(404, 503), told=(shapes.Error, "text/html"),
    ),
    Operation(
        "get", "/v1/subjects/{id}/consent", "customers", "What a customer's account says", {200: office_shapes.SubjectConsent},
        (_SITE,), who=Who.KEEPER,
    ),
    Operation(
        "put", "/v1/subjects/{id}/consent", "customers", "Record what a customer answered; what is absent stays",
        {200: office_shapes.SubjectConsent}, body=subjects.NewChoice, who=Who.KEEPER, errors=(409,),
    ),
    Operation(
        "post", "/v1/subjects/{id}/token", "customers", "A token for the page of the customer who is logged in",
        {201: office_shapes.SubjectToken}, body=subjects.NewToken, who=Who.KEEPER,
    ),
    Operation(
        "delete", "/v1/subjects/{id}", "customers", "Forget a customer's account", {204: None}, (_SITE,), who=Who.KEEPER
    ),
    Operation(
        "get", "/v1/ledger", "ledger", "Export the ledger of answers, oldest first",
        {200: ("application/jsonl", "text/csv")}, _LEDGER, who=Who.EVIDENCE, errors=(503,),
    ),
    Operation(
        "get", "/v1/ledger/verify", "ledger", "How far a verification is, and what the last one found",
        {200: office_shapes.VerificationState}, who=Who.EVIDENCE,
    ),
    Operation(
        "post", "/v1/ledger/verify", "ledger", "Verify every chain, in the background",
        {202: office_shapes.VerificationState}, who=Who.EVIDENCE_IN_HEADER, errors=(409,),
    ),
    Operation(
        "get", "/v1/requests", "requests", "The register of requests", {200: office_shapes.RequestList}, _REGISTER,
        who=Who.EVIDENCE,
    ),
    Operation(
        "post", "/v1/requests", "requests", "Enter a request", {201: office_shapes.RequestEntry}, body=requests_api.NewRequest,
        who=Who.EVIDENCE_IN_HEADER,
    ),
    Operation(
        "get", "/v1/requests/{id}", "requests", "One request", {200: office_shapes.RequestEntry}, who=Who.EVIDENCE,
        errors=(404,),
    ),
    Operation(
        "post", "/v1/requests/{id}/answer", "requests", "Say that a request was answered", {200: office_shapes.RequestEntry},
        body=requests_api.Answer, who=Who.EVIDENCE_IN_HEADER, errors=(404, 409),
    ),
    Operation(
        "post", "/v1/requests/{id}/extend", "requests", "Extend the time to answer, with the reason",
        {200: office_shapes.RequestEntry}, body=requests_api.Extension, who=Who.EVIDENCE_IN_HEADER, errors=(404, 409),
    ),
    Operation("get", "/healthz", "operation", "Is the process alive", {200: office_shapes.Alive}),
    Operation(
        "get", "/readyz", "operation", "Does it take hits and answers", {200: office_shapes.Ready, 503: office_shapes.Ready}
    ),
    Operation("get", "/metrics", "operation", "Counters, for Prometheus", {200: "text/plain"}),
    Operation("get", "/openapi.json", "operation", "This description", {200: dict[str, Any]}),
    Operation(
        "get", "/.well-known/gpc.json", "operation", "Global Privacy Control is honoured here", {200: office_shapes.Signal}
    ),
)  # fmt: skip
