"""Many tracking requests in one body: decoded once, on disk in one commit, answered with a count (MATOMO.md, Bulk)."""

from __future__ import annotations

import asyncio
from time import perf_counter

import msgspec
from starlette.types import Scope, Send

from gateway.accounts.principal import Principal
from gateway.errors import BadRequest, GatewayError, TooManyRequests
from gateway.hits import Dropped, Reason
from gateway.ingest import matomo
from gateway.ingest.authority import Authority, Senders, authority
from gateway.ingest.matomo import Bulk, Values
from gateway.ingest.pipeline import Accepted
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.answers import JSON, NO_STORE, answer, error_headers
from gateway.web.hit import cookies_of, encode_hit
from gateway.web.outcomes import Outcomes
from gateway.web.parts import Parts
from gateway.web.senders import bearer, principal, recognised

AT_A_STRETCH = 0.005  # seconds between two looks at what else waits: others' hits are not to wait for a whole batch
MOST_TOKENS = 8  # different ones in a batch: each is asked for in the state database
RETRY_AFTER = 5  # seconds

_NOT_RECORDED = Dropped(Reason.NOT_RECORDED)


class _Batch:
    """What the elements of one request share, and what became of them."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.principals: dict[str, Principal | None] = {}
        self.visits: dict[tuple[str, str, Authority | None], Visit] = {}
        self.outcomes: list[tuple[ServedSite, Accepted | Dropped]] = []
        self.hits: list[bytes] = []  # of the outcomes that are accepted, as the journal has them
        self.invalid: list[int] = []
        self.site: ServedSite | None = None  # of the first good element, whose origins may read the answer


class Places:
    """How many bulk requests are at work, or being read where they are larger than one hit may be."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0


class Place:
    """A request's own, from when it is taken to the end of the block."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._taken = False

    def take(self) -> None:
        """Raises TooManyRequests where there is none; nothing happens where it is taken already."""
        if self._taken:
            return
        if self._places.taken >= self._places.most:
            raise TooManyRequests("Too many bulk requests at once; send this one again", retry_after=RETRY_AFTER)
        self._places.taken += 1
        self._taken = True

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        if self._taken:
            self._places.taken -= 1


class BulkEndpoint:
    """All or nothing reaches the journal: an error answer says `"tracked": 0`, and everything may be sent again."""

    def __init__(self, parts: Parts, outcomes: Outcomes, senders: Senders) -> None:
        self._parts = parts
        self._outcomes = outcomes
        self._senders = senders
        self._limits = parts.context.settings.limits
        self._places = Places(self._limits.bulk_at_once)

    def place(self) -> Place:
        """One of `limits.bulk_at_once`, to be taken."""
        return Place(self._places)

    async def __call__(self, scope: Scope, send: Send, visit: Visit, body: bytes, place: Place) -> None:
        batch = _Batch(visit)
        try:
            place.take()
            bulk = matomo.read_bulk(body, self._limits.bulk_requests)
            query = matomo.parameters(scope["query_string"])
            await self._take(batch, bulk, bulk.token or query.get("token_auth", "") or bearer(scope))
            if batch.hits:
                await self._parts.context.journal.append("hits", batch.hits)
        except GatewayError as error:
            self._outcomes.failed(batch.site, error)
            headers = (*error_headers(error), *self._parts.origins.headers(visit, batch.site))
            await answer(send, error.status, bulk_error(error), headers)
            return
        cookies: dict[str, None] = {}  # each once, in order
        for site, outcome in batch.outcomes:
            self._outcomes.count(site, outcome)
            if visit.cookies or (isinstance(outcome, Accepted) and outcome.set_visitor is not None):
                cookies |= dict.fromkeys(cookies_of(self._parts, visit, site, outcome))
        headers = (JSON, NO_STORE, *self._parts.origins.headers(visit, batch.site))
        await answer(send, 200, _body(batch, len(bulk.elements)), headers, list(cookies))

    async def _take(self, batch: _Batch, bulk: Bulk, token: str) -> None:
        """Fill the batch. A bad element is counted and left out."""
        try:
            batch.principals[token] = await principal(self._parts, token)
        except Exception as error:
            raise self._outcomes.unexpected(error) from None
        trusted = (who := batch.principals[token]) is not None and who.role.may_send_hits
        if not trusted:
            self._parts.shares.request(batch.visit.address, batch.visit.received, len(bulk.elements))
        allowed: dict[tuple[str, int], Authority | None] = {}
        since = perf_counter()
        for index, element in enumerate(bulk.elements):
            if perf_counter() - since >= AT_A_STRETCH:
                await asyncio.sleep(0)
                since = perf_counter()
            site: ServedSite | None = None
            try:
                values = matomo.plain(element, texts=bulk.texts)
                site = self._parts.site(matomo.site_id(values), "idsite")
                batch.site = batch.site or site
                own = token or values.get("token_auth", "")
                key = (own, site.id)
                if key not in allowed:
                    if own and own not in batch.principals:
                        if len(batch.principals) > MOST_TOKENS:
                            raise BadRequest(f"A bulk request may have {MOST_TOKENS} different tokens", "token_auth")
                        batch.principals[own] = await principal(self._parts, own)
                    allowed[key] = authority(batch.principals.get(own), site.id)
                self._run(batch, values, site, allowed[key])
            except Exception as error:
                failure = self._outcomes.unexpected(error)
                if not isinstance(failure, BadRequest):
                    raise failure from None
                self._outcomes.failed(site, failure)
                batch.invalid.append(index)
        if batch.site is not None and not trusted:
            self._parts.shares.hits(batch.visit.address, batch.visit.received, batch.site.id, len(bulk.elements))

    def _run(self, batch: _Batch, values: Values, site: ServedSite, may: Authority | None) -> None:
        """One element's outcomes; none of them where it raises BadRequest or fails in another way."""
        if not matomo.is_recorded(values):
            batch.outcomes.append((site, _NOT_RECORDED))
            return
        key = (values.get("cip", ""), values.get("ua", ""), may)
        visit = batch.visits.get(key)
        if visit is None:
            visit = batch.visits[key] = self._senders.visit(batch.visit, *key)
        raws = matomo.raw_hits(values, visit, site, may)
        if not raws:
            batch.outcomes.append((site, _NOT_RECORDED))
        outcomes, hits = [], []
        for raw in raws:
            outcome = self._parts.pipeline.run(raw, visit, site)
            outcomes.append((site, outcome))
            if isinstance(outcome, Accepted):
                hits.append(encode_hit(outcome.hit))
            if isinstance(outcome, Accepted) and outcome.set_visitor is not None:
                # A browser's queue: the hits that follow are those of the visitor made just now.
                batch.visit, visit = recognised(batch.visit, outcome), recognised(visit, outcome)
                batch.visits.clear()
        batch.outcomes += outcomes
        batch.hits += hits


def _body(batch: _Batch, elements: int) -> bytes:
    said: dict[str, object] = {
        "status": "success",
        "tracked": elements - len(batch.invalid),
        "invalid": len(batch.invalid),
    }
    if any(who is not None and who.role.may_send_hits for who in batch.principals.values()):
        said["invalid_indices"] = batch.invalid
    return msgspec.json.encode(said)


def bulk_error(error: GatewayError) -> bytes:
    """The JSON of an error of the whole request."""
    # Log importers read `tracked` and `message` of an error, to send again what was not taken.
    where = {"where": error.where, "what": error.what}
    return msgspec.json.encode({"status": "error", "tracked": 0, "invalid": 0, "message": error.what, "error": where})
