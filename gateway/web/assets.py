"""Scripts and style sheets of the dashboard, as `npm run build` left them in gateway/assets/dashboard/."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import NotFound

_FOLDER = Path(__file__).parent.parent / "assets" / "dashboard"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# Best first. The build leaves the compressed files beside the originals.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, with the hash of its content and its compressed forms by content coding."""

    media_type: str
    version: str
    body: bytes
    encoded: Mapping[str, bytes]


async def serve(request: Request) -> Response:
    """GET /assets/dashboard/{name}. Kept for ever where the URL changes with the content, else revalidated."""
    name = request.path_params["name"]
    asset = load().get(name)
    if asset is None:
        raise NotFound("There is no such file.")
    versioned = request.query_params.get("v") == asset.version or name.startswith("chunk-")
    headers = {
        "etag": f'"{asset.version}"',
        "cache-control": _FOREVER if versioned else "no-cache",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if asset.version in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    body = asset.body
    for encoding, compressed in asset.encoded.items():
        if encoding in accepted:
            body, headers["content-encoding"] = compressed, encoding
            break
    return Response(body, headers=headers, media_type=asset.media_type)


def version(name: str) -> str:
    """The hash of a file's content, for its URL; empty where it was not built."""
    asset = load().get(name)
    return asset.version if asset else ""


@cache
def load() -> Mapping[str, Asset]:
    """All files by name, read once. Only these names are ever served: no path is looked up on disk."""
    found: dict[str, Asset] = {}
    for path in sorted(_FOLDER.iterdir()) if _FOLDER.is_dir() else ():
        if path.suffix in _TYPES:
            body = path.read_bytes()
            encoded = {
                encoding: compressed.read_bytes()
                for encoding, suffix in _ENCODINGS
                if (compressed := path.with_name(path.name + suffix)).is_file()
            }
            found[path.name] = Asset(_TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16], body, encoded)
    return found
