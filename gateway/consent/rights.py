"""What the register of requests speaks of: the rights, how they were exercised, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.consent import deadlines


class Kind(StrEnum):
    ACCESS = "access"
    COPY = "copy"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    DIRECTIVES_AFTER_DEATH = "directives_after_death"
    OPT_OUT_OF_SALE = "opt_out_of_sale"
    OTHER = "other"


class Way(StrEnum):
    """How a request came, or how its answer went."""

    PAGE = "page"
    EMAIL = "email"
    POST = "post"
    PHONE = "phone"
    API = "api"


class Result(StrEnum):
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class Stage(StrEnum):
    """What a list of requests is narrowed to. `due`: to be answered within a week, or overdue."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """One entry. Times are seconds since the epoch; `due` is the first instant that is too late."""

    id: str
    site: int
    kind: Kind
    came: Way
    reference: str
    note: str
    received: float
    due: float
    extended: float | None
    extension_reason: str
    answered: float | None
    result: Result | None
    answered_by: Way | None
    reason: str
    created_by: str

    def stage(self, now: float) -> Stage:
        """ANSWERED, OVERDUE, DUE or OPEN."""
        if self.answered is not None:
            return Stage.ANSWERED
        if self.due <= now:
            return Stage.OVERDUE
        return Stage.DUE if self.due - now <= deadlines.WARNING.total_seconds() else Stage.OPEN

    @property
    def may_be_extended(self) -> bool:
        return self.answered is None and self.extended is None and self.kind is not Kind.OPT_OUT_OF_SALE
