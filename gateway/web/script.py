"""The embedded script: one built bundle, wrapped with a site's policy. Its bytes depend on nothing else (cache poisoning)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.errors import GatewayError
from gateway.sites.catalog import ServedSite

BUNDLE = Path(__file__).parent.parent / "assets" / "consent-banner.js"

LABELS = ("privacy_choices", "unavailable")


class Script(NamedTuple):
    body: bytes
    etag: str
    integrity: str  # for the integrity attribute (SRI)


class EmbeddedScript:
    """`of_site` is what a page embeds; `alone` is the same script without a site, immutable under `hash`."""

    def __init__(self, base_url: str, bundle: Path = BUNDLE) -> None:
        try:
            self._bundle = bundle.read_bytes().rstrip()
        except FileNotFoundError:
            raise GatewayError(
                f"The embedded script was not built: {bundle.name} is missing; run scripts/setup"
            ) from None
        self._base_url = base_url
        self._of_site: dict[int, tuple[str, Script]] = {}
        self.alone = _script(self._bundle, b"null")
        self.hash = hashlib.sha256(self.alone.body).hexdigest()[:16]

    def of_site(self, site: ServedSite, words: Mapping[str, str]) -> Script:
        """The script of one site. `words` are the texts it needs before any notice, in the site's language."""
        known = self._of_site.get(site.id)
        if known is None or known[0] != site.fingerprint:
            configuration = {
                "site": site.id,
                "origin": self._base_url,
                "policy": site.fingerprint,
                "purposes": [
                    {"id": purpose.id, "required": purpose.required, "sale": purpose.sale}
                    for purpose in site.site.purposes
                ],
                "track": site.analytics is not None,
                "labels": {key: words[key] for key in LABELS},
            }
            known = self._of_site[site.id] = (
                site.fingerprint,
                _script(self._bundle, msgspec.json.encode(configuration)),
            )
        return known[1]


def _script(bundle: bytes, configuration: bytes) -> Script:
    # "<" as an escape, so that the text is safe wherever it is put.
    body = b"(function(GATEWAY){" + bundle + b"\n})(" + configuration.replace(b"<", b"\\u003c") + b");\n"
    digest = hashlib.sha384(body).digest()
    return Script(body, f'"{digest[:12].hex()}"', "sha384-" + base64.b64encode(digest).decode())
