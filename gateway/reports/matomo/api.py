"""The door to Matomo's Reporting API: who may ask for which sites, which method answers, for each date and site."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from time import monotonic
from typing import NamedTuple
from urllib.parse import parse_qsl

from gateway.accounts.principal import Principal
from gateway.errors import BadRequest, Forbidden, GatewayError, NotAuthenticated, Unavailable, UnknownSite
from gateway.reports import guarded
from gateway.reports.matomo import dates, live, metadata, notes, question, segments, shaping, sites, summaries
from gateway.reports.matomo.answers import Answer, Keyed, Nothing, Table, is_hidden, number
from gateway.reports.matomo.figures import Figures
from gateway.reports.matomo.methods import METHODS, Method
from gateway.reports.matomo.pairs import Pairs
from gateway.reports.matomo.question import Question
from gateway.reports.real_time import RealTime
from gateway.reports.run import Reports
from gateway.reports.visit_log import VisitLog
from gateway.sites.catalog import Catalog, ServedSite
from gateway.state.notebook import Notebook

VERSION = "5.2.0"  # the Matomo whose answers these are
MOST_SITES = 100
TOGETHER = 30.0  # seconds from which on one request begins no further report
_ID_DIGITS = 10

ByToken = Callable[[str], Principal | None]


class Asker(NamedTuple):
    """Who asks, None for nobody known; how another token in the same request is looked up; and how long it may take.

    `gives_up` is in seconds of the monotonic clock.
    """

    principal: Principal | None
    by_token: ByToken
    gives_up: float = math.inf

    def go_on(self) -> None:
        """Raises Unavailable once the reports of this request have taken too long together."""
        if monotonic() > self.gives_up:
            raise Unavailable(
                f"These reports take more than {TOGETHER:.0f} s together: ask for fewer at once.", retry_after=10
            )


class ReportingApi:
    """Blocking: call from a thread."""

    def __init__(
        self,
        reports: Reports,
        pairs: Pairs,
        catalog: Catalog,
        log: VisitLog,
        real_time: RealTime,
        notebook: Notebook,
    ) -> None:
        self._notebook = notebook
        self._log = log
        self._real_time = real_time
        self._reports = reports
        self._pairs = pairs
        self._catalog = catalog
        self._others: Mapping[str, Callable[[Question, Principal], Answer]] = {
            "API.getMatomoVersion": lambda _, __: VERSION,
            "API.getPiwikVersion": lambda _, __: VERSION,
            "API.getSegmentsMetadata": lambda _, __: metadata.segments(),
            "API.getReportMetadata": lambda _, __: metadata.reports(),
            "API.isPluginActivated": lambda _, __: True,
            "API.getProcessedReport": self._processed,
            "Annotations.getAll": self._annotations,
            "Goals.getGoals": self._goals,
            "Live.getCounters": self._counters,
            "Live.getLastVisitsDetails": self._last_visits,
            "SitesManager.getAllSites": self._described,
            "SitesManager.getAllSitesId": self._ids,
            "SitesManager.getSiteFromId": self._site,
            "SitesManager.getSiteUrlsFromId": lambda asked, reader: list(sites.urls(self._tracked(asked, reader))),
            "SitesManager.getSitesIdFromSiteUrl": self._by_url,
            "SitesManager.getSitesIdWithAtLeastViewAccess": self._ids,
            "SitesManager.getSitesIdWithViewAccess": self._ids,
            "SitesManager.getSitesWithAtLeastViewAccess": self._described,
            "SitesManager.getSitesWithViewAccess": self._described,
        }

    def answer(self, asked: Question, given: Mapping[str, str], asker: Asker) -> Answer:
        """What the method answers. `given` are the parameters that `asked` was made of, for the requests of a bulk request.

        Raises BadRequest, NotAuthenticated, Forbidden, or WarehouseUnavailable.
        """
        if asked.method == "API.getBulkRequest":
            return self._bulk(asked, given, asker)
        reader = asker.principal
        if reader is None:
            raise NotAuthenticated("Send an API token with access to this site as token_auth.", "token_auth")
        other = self._others.get(asked.method)
        if other is not None:
            return other(asked, reader)
        method = METHODS.get(asked.method)
        if method is None:
            module, _, name = asked.method.partition(".")
            raise BadRequest(f"The method '{name}' does not exist in the module '{module}'.", "method")
        found = self.sites_of(asked, reader)
        if len(found) == 1 and asked.sites.isdecimal():
            return self._of_site(method, asked, found[0], reader)
        answers: dict[str, Answer] = {}
        for served in found:
            asker.go_on()
            answers[str(served.id)] = self._of_site(method, asked, served, reader)
        return Keyed("idSite", answers)

    def sites_of(self, asked: Question, reader: Principal) -> list[ServedSite]:
        """The sites that are asked for. Raises BadRequest, UnknownSite, or Forbidden where one may not be read."""
        if not asked.sites:
            raise BadRequest("Please name a site: idSite.", "idSite")
        if asked.sites == "all":
            readable = self._readable(reader)
            if not readable:
                raise Forbidden("This token has access to no site.", "token_auth")
            return readable[:MOST_SITES]
        ids = list(dict.fromkeys(asked.sites.split(",")))
        if len(ids) > MOST_SITES:
            raise BadRequest(f"At most {MOST_SITES} sites at once.", "idSite")
        return [self._site_of(text, reader.may_read) for text in ids]

    def _site_of(self, text: str, may: Callable[[int], bool]) -> ServedSite:
        text = text.strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS):
            raise UnknownSite("idSite is the number of a site, several with commas, or all.", "idSite")
        number = int(text)
        # Before it is looked up: so that ids cannot be probed.
        if not may(number):
            raise Forbidden(f"This token has no access to the site {number}.", "idSite")
        served = self._catalog.get(number)
        if served is None:
            raise UnknownSite(f"There is no site {number}.", "idSite")
        return served

    def _readable(self, reader: Principal) -> list[ServedSite]:
        return sorted((one for one in self._catalog if reader.may_read(one.id)), key=lambda one: one.id)

    def _tracked(self, asked: Question, reader: Principal) -> ServedSite:
        """A log importer, whose token may only send hits, asks for the URL of its site."""
        return self._site_of(asked.sites, lambda site: reader.may_read(site) or reader.may_track(site))

    def _figures(self, asked: Question, served: ServedSite, guard: bool) -> Figures:
        today = self._reports.today(served.id)
        when = dates.parse(asked.period, asked.date, today)
        chosen = segments.parse(asked.segment, served)
        if guard:
            guarded.require_guardable(chosen)
        return Figures(self._reports, self._pairs, served, when, chosen, guard)

    def _of_site(self, method: Method, asked: Question, served: ServedSite, reader: Principal) -> Answer:
        figures = self._figures(asked, served, guard=not reader.takes_small_figures)
        parts: list[Answer] = []
        for part in method.source(figures, asked):
            if isinstance(part, list):
                parts.append(shaping.shape(part, asked, method.order, method.flat))
            elif part is None or isinstance(part, Nothing):
                parts.append([] if figures.dates.several else shaping.columns(part or {}, asked) or 0)
            elif isinstance(part, dict):
                parts.append(shaping.columns(part, asked))
            else:
                parts.append(None if is_hidden(part) else part)
        if not figures.dates.several:
            return parts[0]
        return Keyed("date", dict(zip(map(figures.dates.key, figures.dates.spans), parts, strict=True)))

    def _processed(self, asked: Question, reader: Principal) -> Answer:
        """A report with what it is about; of one site."""
        method = METHODS.get(asked.report)
        if method is None:
            raise BadRequest("apiModule and apiAction name no report.", "apiModule")
        served = self._site_of(asked.sites, reader.may_read)
        data = self._of_site(method, asked, served, reader)
        return metadata.processed(served, asked, data)

    def _goals(self, asked: Question, reader: Principal) -> Answer:
        return summaries.defined_goals([served.site for served in self.sites_of(asked, reader)])

    def _annotations(self, asked: Question, reader: Principal) -> Answer:
        return notes.every(self._notebook, self.sites_of(asked, reader), asked, reader, self._reports.today)

    def _counters(self, asked: Question, reader: Principal) -> Answer:
        if asked.segment:
            raise BadRequest("Live.getCounters counts everybody: it takes no segment.", "segment")
        found = [self._real_time.counters(served.id, asked.last_minutes) for served in self.sites_of(asked, reader)]
        return [shaping.columns(live.counters(found, not reader.takes_small_figures), asked)]

    def _last_visits(self, asked: Question, reader: Principal) -> Answer:
        """Without a date the last 30 days; several sites are one list. Raises Forbidden for viewers."""
        if not reader.takes_small_figures:
            raise Forbidden("Single visits are not for viewers.", "token_auth")
        rows: Table = []
        for served in self.sites_of(asked, reader):
            today = self._reports.today(served.id)
            when = dates.parse(asked.period or "range", asked.date or "last30", today)
            rows += live.last_visits(self._log, served, when, asked)
        rows.sort(key=lambda row: number(row["lastActionTimestamp"]), reverse=True)
        return [shaping.columns(row, asked) for row in rows]

    def _site(self, asked: Question, reader: Principal) -> Answer:
        served = self._tracked(asked, reader)
        return sites.described(served, self._reports.earliest(served.id))

    def _described(self, _: Question, reader: Principal) -> Answer:
        return [sites.described(one, self._reports.earliest(one.id)) for one in self._readable(reader)]

    def _by_url(self, asked: Question, reader: Principal) -> Answer:
        if not asked.url:
            raise BadRequest("Please name the site's url.", "url")
        return sites.by_url(
            asked.url, [one for one in self._catalog if reader.may_read(one.id) or reader.may_track(one.id)]
        )

    def _ids(self, _: Question, reader: Principal) -> Answer:
        return [served.id for served in self._readable(reader)]

    def _bulk(self, asked: Question, given: Mapping[str, str], asker: Asker) -> Answer:
        """The answers to several requests; what is wrong with one is said in its place."""
        around = {name: value for name, value in given.items() if not name.startswith("urls") and name != "method"}
        found: list[Answer] = []
        for text in asked.urls:
            own = dict(
                parse_qsl(text.removeprefix("?").partition("#")[0], keep_blank_values=True)[: question.MAX_PARAMETERS]
            )
            parameters = {**around, **own, "format": "json"}
            try:
                inner = question.parse(parameters)
                if inner.method == "API.getBulkRequest":
                    continue
                asker.go_on()
                who = asker._replace(principal=asker.by_token(own["token_auth"])) if "token_auth" in own else asker
                found.append(self.answer(inner, parameters, who))
            except GatewayError as error:
                if error.status >= 500:
                    raise
                found.append({"result": "error", "message": error.what})
        return tuple(found)
