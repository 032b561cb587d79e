"""The embedded script: one built bundle, wrapped with a site's policy. Its bytes depend on nothing else (cache poisoning)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gateway.errors import GatewayError
from gateway.sites.catalog import ServedSite
from gateway.sites.site import Purpose
from gateway.web.encodings import IDENTITY, encode

FOLDER = Path(__file__).parent.parent / "assets" / "consent-banner"

LABELS = ("privacy_choices", "unavailable")
# What the script loads later, and what each of those loads in turn.
CHUNKS = {"ui": ("more",), "track": ("paq",), "gpp": ()}


class Script:
    """Bytes that never change, with their hashes; each content coding is made once."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        digest = hashlib.sha256(body).digest()
        self.hash = digest.hex()[:16]  # for its URL
        # For the integrity attribute (SRI). The shortest of its hashes: every page carries one of a part.
        self.integrity = "sha256-" + base64.b64encode(digest).decode()
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

    `chunks` are the parts that are loaded later, by name, each served as gateway-{name}.{hash}.js. Whoever loads a part is
    told where it is and what its bytes are, as CHUNKS.
    """

    def __init__(self, base_url: str, folder: Path = FOLDER) -> None:
        self._core = _built(folder / "core.js")
        self._signals = _built(folder / "signals.js")
        self._base_url = base_url
        self._of_site: dict[int, tuple[bytes, Script]] = {}
        self.chunks: dict[str, Script] = {}
        for name, later in CHUNKS.items():
            if not (folder / f"{name}.js").exists():
                continue
            for chunk in later:
                self.chunks[chunk] = Script(_built(folder / f"{chunk}.js"))
            body = _built(folder / f"{name}.js")
            self.chunks[name] = _call(body, CHUNKS=self._named(later)) if later else Script(body)
        self.alone = self._around(
            _built(folder / "alone.js") + b"\n" + self._signals + b"\n" + self._core, b"null", CHUNKS
        )

    def of_site(self, site: ServedSite, words: Mapping[str, str]) -> Script:
        """The script of one site. `words` are the texts it needs before any notice, in the site's language."""
        described = site.site
        configuration = msgspec.json.encode(
            _said(
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
        )
        known = self._of_site.get(site.id)
        if known is None or known[0] != configuration:
            # Sites that announce nothing do without the part that would.
            bundle = self._signals + b"\n" + self._core if described.signals else self._core
            wanted = {"ui": True, "track": site.analytics is not None, "gpp": "gpp" in described.signals}
            chunks = [name for name, needed in wanted.items() if needed]
            known = self._of_site[site.id] = (configuration, self._around(bundle, configuration, chunks))
        return known[1]

    def _around(self, bundle: bytes, configuration: bytes, chunks: Iterable[str]) -> Script:
        return _call(bundle, GATEWAY=configuration, CHUNKS=self._named(chunks))

    def _named(self, chunks: Iterable[str]) -> bytes:
        found = {name: self.chunks[name] for name in chunks if name in self.chunks}
        return msgspec.json.encode(
            {
                name: {"src": f"gateway-{name}.{chunk.hash}.js", "integrity": chunk.integrity}
                for name, chunk in found.items()
            }
        )


def _call(bundle: bytes, **values: bytes) -> Script:
    """The bundle in a function that is called with these JSON values."""
    # "<" as an escape, so that the text is safe wherever it is put.
    given = b", ".join(value.replace(b"<", b"\\u003c") for value in values.values())
    return Script(b"(function(" + ",".join(values).encode() + b"){" + bundle + b"\n})(" + given + b");\n")


def _purpose(purpose: Purpose) -> dict[str, object]:
    services = [_said({"id": service.id, "sale": service.sale}) for service in purpose.services]
    return _said(
        {
            "id": purpose.id,
            "required": purpose.required,
            "sale": purpose.sale,
            "services": services,
            "consent_mode": purpose.consent_mode,
        }
    )


def _said(values: dict[str, object]) -> dict[str, object]:
    """Without what is false or empty: every page carries this."""
    return {name: value for name, value in values.items() if value}


def _built(file: Path) -> bytes:
    try:
        return file.read_bytes().rstrip()
    except FileNotFoundError:
        raise GatewayError(f"The embedded script was not built: {file.name} is missing; run scripts/setup") from None
