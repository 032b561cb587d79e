"""What the JSON routes answer, as types: /openapi.json describes them, and tests hold real answers against them.

Here those of visitors' routes; those of servers, officers and operators are in office_shapes.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.hits import Reason
from gateway.sites.jurisdictions import Regime
from gateway.sites.site import Cookie, Recipient

Choices = Annotated[dict[str, bool], Meta(description="Purpose or service → yes or no.")]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and where in the request: a JSON path ($.site) or the name of a parameter."""

    where: str
    what: str


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """Every answer of 400 and above."""

    error: Problem


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """The hit is on disk."""

    status: Literal["identified", "cookieless"]


class NotRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """The hit was understood and is not recorded: by the visitor's decision (refused), or as none of the audience's."""

    status: Literal["refused", "dropped"]
    reason: Reason


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is told of the account of the customer who is logged in; `state` alone after an answer."""

    state: Literal["empty", "new_device", "same", "conflict", "expired", "kept"]
    stands: tuple[str, ...] | UnsetType = UNSET
    policy: str | UnsetType | None = UNSET
    purposes: Choices | UnsetType | None = UNSET
    services: Choices | UnsetType | None = UNSET
    expires: datetime | UnsetType | None = UNSET
    opted_out: bool | UnsetType = UNSET
    objected: bool | UnsetType = UNSET
    minor: bool | UnsetType = UNSET


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is proved by. A refusal has no id."""

    id: str | None
    site: int
    time: datetime
    method: str
    policy: str
    notice: str
    language: str
    jurisdiction: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The choice as it stands from now on."""

    receipt: Receipt
    purposes: Choices
    services: Choices
    expires: datetime
    account: AccountState | UnsetType = UNSET


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What this browser has answered; null where no answer to the current policy stands."""

    purposes: Choices | None
    services: Choices | None
    receipt: str | None
    sale: Annotated[bool, Meta(description="May data be sold: false after an opt-out or Global Privacy Control.")]
    objected: bool
    expires: datetime | None
    jurisdiction: str
    gpc: bool
    account: AccountState | UnsetType = UNSET


class OptedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What stands now."""

    status: Literal["opted_out", "objected", "opted_in"]
    account: AccountState | UnsetType = UNSET


class NoticeController(msgspec.Struct, frozen=True, kw_only=True):
    """Who is responsible."""

    name: str
    email: str
    address: str
    data_protection_officer: str
    authority: str


class NoticeService(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a purpose that can be answered by itself."""

    id: str
    name: str
    sale: bool


class NoticePurpose(msgspec.Struct, frozen=True, kw_only=True):
    """One purpose in the visitor's language, under the visitor's law."""

    id: str
    name: str
    description: str
    required: bool
    regime: Regime
    rule: str
    dated: str
    legal_basis: str
    sale: bool
    retention: str
    recipients: tuple[Recipient, ...]
    consent_mode: tuple[str, ...]
    services: tuple[NoticeService, ...]
    cookies: tuple[Cookie, ...]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown; its fingerprint is the SHA-256 of exactly these bytes."""

    site: int
    site_name: str
    policy: str
    language: str
    controller: NoticeController
    hosting_country: str
    choice_months: int
    recipients: int
    do_not_sell: bool
    why: str
    layout: str
    colours: dict[str, dict[str, str]]
    purposes: tuple[NoticePurpose, ...]
    texts: dict[str, str]
    links: dict[str, str]


class ShownNotice(Notice, frozen=True, kw_only=True):
    """The notice and how this visitor stands."""

    notice: Annotated[str, Meta(description="Fingerprint of the notice, to be named with a yes.")]
    jurisdiction: str
    gpc: bool
    gpc_rule: str
    ask: bool
    measure: Literal["now", "after_choice", "never"]
    objected: bool
    opted_out: bool
    opted_out_by_signal: bool
    preview: bool
    minor: bool | UnsetType = UNSET
    account: AccountState | UnsetType = UNSET
