"""One import: entries through the pipeline, by days, into the warehouse."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.clock import Clock
from gateway.enrich.geo import Geography
from gateway.enrich.referrers import Referrers
from gateway.erasure.tombstones import Tombstones
from gateway.hits import Dropped, Hit
from gateway.imports import access_log, exported, json_log
from gateway.imports.days import Days, Storing
from gateway.imports.entry import Entry, Left
from gateway.imports.export_source import ExportSource
from gateway.imports.files import Stream
from gateway.imports.logged import Address, ReadAddress
from gateway.imports.matomo_visit import Exported
from gateway.imports.positions import Positions
from gateway.imports.requests import Requests, Wanted
from gateway.imports.sources import LogSource, Merged, Source
from gateway.imports.tally import Tally
from gateway.ingest.pipeline import Pipeline
from gateway.privacy.addresses import Networks, Truncation
from gateway.privacy.cookies import CookieJar
from gateway.privacy.salts import Salts
from gateway.privacy.visit import Visit
from gateway.privacy.visitors import SiteKeys
from gateway.settings import Settings
from gateway.sites.catalog import Catalog, ServedSite
from gateway.state.database import State

_encode = msgspec.json.Encoder().encode


class Span(NamedTuple):
    """Site-local days: from `since` on, and before `until`; "" for no bound."""

    since: str = ""
    until: str = ""


def read_address(settings: Settings) -> ReadAddress:
    """The one place of an import that sees a whole address."""
    truncate = Truncation(settings.privacy.ipv4_prefix, settings.privacy.ipv6_prefix)
    excluded = Networks(settings.privacy.excluded)
    return lambda text: Address(truncate(text), bool(excluded) and text in excluded)


def sources(
    files: Sequence[Path], site: ServedSite, wanted: Wanted, settings: Settings, clock: Clock, positions: Positions,
    tally: Tally,
) -> list[Source]:  # fmt: skip
    """The files by what they are, told by how they begin. Raises OSError, GatewayError."""
    address, now = read_address(settings), clock.timestamp()
    requests = Requests(site, wanted, now)
    found: list[Source] = []
    for path in files:
        stream = Stream(path)
        if exported.is_export(stream.head):
            export = Exported(site, wanted.basis, now, address)
            found.append(ExportSource(path, stream, export, positions, tally))
        else:
            read_line = json_log.read if stream.head.lstrip()[:1] == b"{" else access_log.read
            found.append(LogSource(path, stream, read_line, address, requests, positions, tally))
    return found


def pipeline(settings: Settings, state: State, clock: Clock, site: ServedSite, geography: Geography) -> Pipeline:
    """The way of every hit, except that it may be as old as figures are kept, not only as old as raw hits are."""
    retention = msgspec.structs.replace(settings.retention, raw_months=settings.retention.data_months)
    return Pipeline(
        msgspec.structs.replace(settings, retention=retention),
        Catalog([site.site]),
        # A log holds no cookies of the gateway's.
        {site.id: CookieJar(site.id, [secrets.token_bytes(32)], path="/", domain="", secure=True)},
        Salts(state, clock),
        SiteKeys(state, clock),
        geography,
        Referrers(),
        Tombstones(state, clock, settings.data_dir),
    )


class Import:
    """Takes what the sources have. With `storing` None it only counts."""

    def __init__(
        self,
        run: Callable[[Entry], Hit | Dropped],
        site: ServedSite,
        merged: Merged,
        tally: Tally,
        storing: Storing | None,
        *,
        old: date,
        published: Iterable[date],
        span: Span = Span(),  # noqa: B008 - frozen
    ) -> None:
        self._run = run
        self._merged = merged
        self._tally = tally
        self._span = span
        self._closed = {day.isoformat() for day in published}
        self._days = (
            Days(storing, site.zone, merged.positions, old=old, closed=self._closed) if storing is not None else None
        )

    def go(self, progress: Callable[[], None] = lambda: None) -> None:
        """Take everything; `progress` is called now and then."""
        tally, days = self._tally, self._days
        for number, entry in enumerate(self._merged):
            if number % 500 == 0:
                progress()
            reason, hit = self._outcome(entry)
            if hit is None:
                tally.left[reason] += 1
                continue
            if days is not None:
                days.moved(entry.raw.at)  # by what is taken alone: a wrong clock's line ends no day
                if hit.day in self._closed:
                    tally.left[Left.PUBLISHED] += 1
                    continue
                days.add(hit.day, _encode(hit))
            tally.take(hit.day)
        if days is not None:
            days.end()
        progress()

    def _outcome(self, entry: Entry) -> tuple[str, Hit | None]:
        outcome = self._run(entry)
        if isinstance(outcome, Dropped):
            return outcome.reason, None
        if outcome.day < self._span.since or (self._span.until and outcome.day >= self._span.until):
            return Left.OUTSIDE, None
        if outcome.day in self._closed:
            return Left.PUBLISHED, None
        return "", outcome


def run_through(pipeline_: Pipeline, site: ServedSite) -> Callable[[Entry], Hit | Dropped]:
    """An entry → the hit as it is stored, or why it is not."""

    def run(entry: Entry) -> Hit | Dropped:
        raw = entry.raw
        visit = Visit(
            received=raw.received,
            address=raw.address,
            excluded=entry.excluded,
            user_agent=raw.user_agent,
            gpc=entry.gpc,
            prefetch=entry.prefetch,
        )
        outcome = pipeline_.run(raw, visit, site)
        if isinstance(outcome, Dropped):
            return outcome
        hit = msgspec.structs.replace(outcome.hit, id=entry.id)
        if entry.keyword and not hit.keyword:
            hit = msgspec.structs.replace(hit, keyword=entry.keyword)
        if entry.client is not None:
            hit = msgspec.structs.replace(hit, **entry.client._asdict())
        return hit

    return run
