"""The embedded script: one built bundle, wrapped with a site's policy. Its bytes depend on nothing else (cache poisoning)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway.errors import GatewayError
from gateway.sites.catalog import ServedSite
from gateway.sites.site import Purpose
from gateway.web.encodings import IDENTITY, encode

FOLDER = Path(__file__).parent.parent / "assets" / "consent-banner"

LABELS = ("privacy_choices", "unavailable")
CHUNKS = ("ui", "more", "gpp")


class Script:
    """Bytes that never change, with their hashes; each content coding is made once."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.hash = hashlib.sha256(body).hexdigest()[:16]  # for its URL
        # For the integrity attribute (SRI).
        self.integrity = "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()
        self._coded = {IDENTITY: body}

    def is_coded(self, coding: str) -> bool:
        return coding in self._coded

    def coded(self, coding: str) -> bytes:
        """The body in a content coding. Takes up to half a second the first time."""
        found = self._coded.get(coding)
        if found is None:
            found = self._coded[coding] = encode(self.body, coding, best=True)
        return found

    def etag(self, coding: str) -> str:
        return f'"{self.hash}"' if coding == IDENTITY else f'"{self.hash}-{coding}"'


class EmbeddedScript:
    """`of_site` is what a page embeds; `alone` is the same script without a site, immutable under `alone.hash`.

    `chunks` are the parts that it loads later, by name, each served as gateway-{name}.{hash}.js.
    """

    def __init__(self, base_url: str, folder: Path = FOLDER) -> None:
        self._core = _built(folder / "core.js")
        self._signals = _built(folder / "signals.js")
        self._base_url = base_url
        self._of_site: dict[int, tuple[bytes, Script]] = {}
        self.chunks = {
            name: Script(_built(folder / f"{name}.js")) for name in CHUNKS if (folder / f"{name}.js").exists()
        }
        self._chunks = msgspec.json.encode(
            {
                name: {"src": f"gateway-{name}.{chunk.hash}.js", "integrity": chunk.integrity}
                for name, chunk in self.chunks.items()
            }
        )
        self.alone = self._around(self._signals + b"\n" + self._core, b"null")

    def of_site(self, site: ServedSite, words: Mapping[str, str]) -> Script:
        """The script of one site. `words` are the texts it needs before any notice, in the site's language."""
        described = site.site
        configuration = msgspec.json.encode(
            {
                "site": site.id,
                "origin": self._base_url,
                "policy": site.fingerprint,
                "purposes": [_purpose(purpose) for purpose in described.purposes],
                "track": site.analytics is not None,
                "labels": {key: words[key] for key in LABELS},
                "signals": described.signals,
            }
        )
        known = self._of_site.get(site.id)
        if known is None or known[0] != configuration:
            # Sites that announce nothing do without the part that would.
            bundle = self._signals + b"\n" + self._core if described.signals else self._core
            known = self._of_site[site.id] = (configuration, self._around(bundle, configuration))
        return known[1]

    def _around(self, bundle: bytes, configuration: bytes) -> Script:
        # "<" as an escape, so that the text is safe wherever it is put.
        values = b", ".join(value.replace(b"<", b"\\u003c") for value in (configuration, self._chunks))
        return Script(b"(function(GATEWAY,CHUNKS){" + bundle + b"\n})(" + values + b");\n")


def _purpose(purpose: Purpose) -> dict[str, object]:
    return {
        "id": purpose.id,
        "required": purpose.required,
        "sale": purpose.sale,
        "services": [{"id": service.id, "sale": service.sale} for service in purpose.services],
        "consent_mode": purpose.consent_mode,
    }


def _built(file: Path) -> bytes:
    try:
        return file.read_bytes().rstrip()
    except FileNotFoundError:
        raise GatewayError(f"The embedded script was not built: {file.name} is missing; run scripts/setup") from None
