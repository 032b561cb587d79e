"""What the banner studio's routes take and answer, as types (gateway/web/studio.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.consent.preview import MOST_DAYS
from gateway.sites.drafts import Draft
from gateway.sites.site import Recipient

Value = str | int | tuple[Recipient, ...] | None


class DraftBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of PUT. `revision` is the one that was seen: 0 where nobody had begun a draft."""

    revision: Annotated[int, Meta(ge=0)]
    draft: Draft


class PublishBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which draft is to be published, and over which version."""

    revision: Annotated[int, Meta(ge=1)]
    live: Annotated[int, Meta(ge=0)]


class RollbackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version is to be served again (0: the configuration alone), and over which one."""

    to: Annotated[int, Meta(ge=0)]
    live: Annotated[int, Meta(ge=0)]


class PreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The visitor that the draft is to be shown to. `jurisdiction` "": unknown, the strictest rules."""

    language: str = ""
    jurisdiction: str = ""
    gpc: bool = False
    theme: Literal["", "light", "dark"] = ""
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 1


class PreviewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to the site that shows its draft, to whoever has it, for as long as was asked for; nothing is recorded."""

    url: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a draft from being published, as it would keep a configuration from being served."""

    key: str
    what: str
    fix: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from the banner that is served; null: as shipped."""

    key: str
    before: Value
    after: Value


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the banner. `again`: the earlier one that it brought back; `asks_again`: going back to it asks visitors."""

    number: int
    time: datetime
    by: str
    policy: str
    again: int | None
    asks_again: bool


class Banner(msgspec.Struct, frozen=True, kw_only=True):
    """The draft of a site's banner, and what publishing it would mean."""

    site: int
    revision: int
    changed: datetime | None
    by: str
    draft: Draft
    configured: Annotated[Draft, Meta(description="What the site has without the studio.")]
    locked: Annotated[dict[str, str], Meta(description="Key → the file that sets it, where alone it is changed.")]
    live: Annotated[int, Meta(description="The version that is served; 0: as configured.")]
    faults: tuple[Fault, ...]
    changes: tuple[Difference, ...]
    asks_again: Annotated[bool, Meta(description="Whether publishing asks again those who have answered.")]
    because: Annotated[tuple[str, ...], Meta(description="The parts of the policy that differ.")]
    versions: Annotated[tuple[Published, ...], Meta(description="Newest first.")]
