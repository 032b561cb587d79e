"""What the JSON routes of servers, officers and operators answer, as types, like shapes.py."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.consent.rights import Kind, Result, Stage, Way
from gateway.web.shapes import Choices


class SubjectConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's account says."""

    site: int
    purposes: Choices | None
    services: Choices | None
    policy: str | None
    current: Annotated[bool, Meta(description="Was it given to the policy of today.")]
    answered: datetime | None
    expires: datetime | None
    receipt: str | None
    opted_out: bool
    objected: bool
    minor: bool


class SubjectToken(msgspec.Struct, frozen=True, kw_only=True):
    """For the page of the customer who is logged in, as data-subject-token."""

    token: str
    expires: datetime


class RequestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the register of requests."""

    id: str
    site: int
    kind: Kind
    came: Way
    reference: str
    note: str
    received: datetime
    due: date
    stage: Stage
    extended: datetime | None
    extension_reason: str
    answered: datetime | None
    result: Result | None
    answered_by: Way | None
    reason: str
    created_by: str


class RequestList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the register, and how many entries there are in all."""

    requests: tuple[RequestEntry, ...]
    count: int


class FlawFound(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong first in a chain: at which row, and how."""

    chain: str
    seq: int
    what: str


class VerificationRun(msgspec.Struct, frozen=True, kw_only=True):
    """A verification of the ledger; from `ended` on only where it has ended."""

    started: datetime
    by: str
    rows: int
    of: int
    ended: datetime | UnsetType = UNSET
    whole: bool | UnsetType | None = UNSET
    failure: str | UnsetType | None = UNSET
    chains: int | UnsetType | None = UNSET
    pruned: int | UnsetType | None = UNSET
    waiting: int | UnsetType | None = UNSET
    flaws: tuple[FlawFound, ...] | UnsetType = UNSET


class VerificationState(msgspec.Struct, frozen=True, kw_only=True):
    """The run that goes on, the last one, and the public key (hexadecimal) that heads are signed with."""

    running: VerificationRun | None
    last: VerificationRun | None
    key: str


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["alive"]
    version: str


class JournalState(msgspec.Struct, frozen=True, kw_only=True):
    """What is on disk and not in the warehouse yet."""

    writable: bool
    records: int
    bytes: int
    oldest_seconds: float


class WarehouseState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the warehouse answers, and how far delivery is behind."""

    answers: bool
    lag_seconds: float


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Ready while the journal takes writes."""

    ready: bool
    journal: JournalState
    warehouse: WarehouseState
    configuration: str
    version: str


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """The GPC support resource."""

    gpc: Literal[True]
    last_update: date = msgspec.field(name="lastUpdate")
