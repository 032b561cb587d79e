"""Preview links: an operator sees the banner as a visitor from elsewhere would, and nothing of it is recorded.

The token is signed under the gateway's signing keys with a salt of its own, so that it is worth nothing as a cookie, and
ends after at most a week. It carries no identity: whoever has the link sees the same preview.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit, urlunsplit

import msgspec
from itsdangerous import BadData
from msgspec import Meta

from gateway.clock import Clock
from gateway.consent.timed import timed_serializer
from gateway.errors import Forbidden, NotFound
from gateway.secrets import signing_keys
from gateway.settings import Settings

MOST_DAYS = 7
LONGEST = 1000  # characters
PARAMETER = "gw_preview"

_DAY = 86_400


class Preview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The visitor that is shown. `language` is "" where the browser's own is taken."""

    site: int
    jurisdiction: str = ""  # "" is an unknown country
    gpc: bool = False
    language: str = ""
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 1  # from the signing on
    draft: bool = False  # the studio's draft, as it is when it is looked at, in place of what is served
    theme: Literal["", "light", "dark"] = ""  # the colours shown whatever the screen prefers; "": those it prefers


class Previews:
    """Makes and reads tokens. `keys` are the signing keys, newest first."""

    def __init__(self, keys: Sequence[bytes], clock: Clock) -> None:
        self._serializer = timed_serializer(keys, "gateway preview", clock)
        self._now = clock.timestamp

    def token(self, preview: Preview) -> str:
        return str(self._serializer.dumps(msgspec.to_builtins(preview)))

    def read(self, token: str, site: int) -> Preview:
        """Raises Forbidden for what is forged, outdated, or for another site."""
        try:
            if len(token) > LONGEST:
                raise BadData("too long")
            given, signed = self._serializer.loads(token, max_age=MOST_DAYS * _DAY, return_timestamp=True)
            preview = msgspec.convert(given, Preview)
        except (BadData, msgspec.ValidationError):
            raise Forbidden("This preview link is not valid, or not any more", "preview") from None
        if self._now() > signed.timestamp() + preview.days * _DAY:
            raise Forbidden("This preview link is not valid any more", "preview")
        if preview.site != site:
            raise Forbidden("This preview link is for another site", "preview")
        return preview


def preview_link(settings: Settings, clock: Clock, preview: Preview) -> str:
    """The site's home page as that visitor would see it. Raises NotFound where there is no such site."""
    for site in settings.sites:
        if site.id == preview.site:
            token = Previews(signing_keys(settings), clock).token(preview)
            home = urlsplit(site.main_url or f"https://{site.domains[0].removeprefix('*.')}/")
            query = f"{home.query}&{PARAMETER}={token}" if home.query else f"{PARAMETER}={token}"
            return urlunsplit(home._replace(path=home.path or "/", query=query))
    raise NotFound(f"There is no site {preview.site} in this configuration", "site")
