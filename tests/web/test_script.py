"""What a page embeds: its bytes, its parts, its content codings and what changes it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from msgspec import structs

from gateway.sites.appearance import Appearance
from gateway.web.encodings import IDENTITY, preferred
from tests.web.visitors import SHOP, Browser, Served, served

CALL = re.compile(rb"\n\}\)\((\{.*\}), (\{.*\})\);\n$", re.DOTALL)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", IDENTITY),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0, gzip;q=0", IDENTITY),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", IDENTITY),
        ("identity, gzip;q=0.5", IDENTITY),
        ("identity;q=0.1, gzip;q=0.5", "gzip"),
        ("GZip", "gzip"),
        ("brotli, xbr", IDENTITY),
        ("br;q=2, gzip", "gzip"),
        ("br;q=high", IDENTITY),
        (";,;q=1, ,", IDENTITY),
    ],
)
def test_the_coding_is_the_clients_choice(accepted: str, coding: str) -> None:
    """RFC 9110 § 12.5.3."""
    assert preferred(accepted) == coding


@pytest.mark.parametrize("path", ["/gateway/1.js", "/gateway.js"])
def test_scripts_are_compressed_as_asked(gateway: Served, path: str) -> None:
    visitor = Browser(gateway)
    plain = visitor.get(path)
    assert "content-encoding" not in plain.headers
    small = visitor.get(path, accept_encoding="br")
    middle = visitor.get(path, accept_encoding="gzip")
    assert small.headers["content-encoding"] == "br"
    assert middle.headers["content-encoding"] == "gzip"
    # The client decodes; how many bytes travelled, the header says.
    assert plain.content == small.content == middle.content
    sizes = [int(answer.headers["content-length"]) for answer in (small, middle, plain)]
    assert sizes == sorted(sizes)
    assert sizes[0] == len(brotli.compress(plain.content, quality=11))
    assert sizes[1] == len(gzip.compress(plain.content, 9, mtime=0))
    assert len({answer.headers["etag"] for answer in (plain, small, middle)}) == 3
    for answer in (plain, small, middle):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_each_coding_is_revalidated_for_itself(gateway: Served) -> None:
    visitor = Browser(gateway)
    tag = visitor.get("/gateway/1.js", accept_encoding="br").headers["etag"]
    same = visitor.get("/gateway/1.js", accept_encoding="br", if_none_match=f'"x", W/{tag}')
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["vary"] == "Accept-Encoding"
    assert visitor.get("/gateway/1.js", accept_encoding="gzip", if_none_match=tag).status_code == 200


def test_the_parts_are_named_by_hash_and_integrity(gateway: Served) -> None:
    visitor = Browser(gateway)
    for path in ("/gateway/1.js", "/gateway.js"):
        body = visitor.get(path).content
        chunks = json.loads(body[body.rindex(b', {"') + 2 : body.rindex(b");")])
        assert "ui" in chunks
        for chunk in chunks.values():
            found = visitor.get(f"/{chunk['src']}", accept_encoding="br")
            assert found.status_code == 200
            assert "immutable" in found.headers["cache-control"]
            assert found.headers["access-control-allow-origin"] == "*"
            digest = base64.b64encode(hashlib.sha256(found.content).digest()).decode()
            assert chunk["integrity"] == f"sha256-{digest}"


@pytest.mark.parametrize("path", ["/gateway-ui.0000000000000000.js", "/gateway-core.x.js", "/gateway.0.js"])
def test_no_other_version_is_served(gateway: Served, path: str) -> None:
    assert Browser(gateway).get(path).status_code == 404


def test_the_script_alone_is_immutable_by_its_hash(gateway: Served) -> None:
    body = Browser(gateway).get("/gateway.js").content
    found = Browser(gateway).get(f"/gateway.{hashlib.sha256(body).hexdigest()[:16]}.js")
    assert found.content == body
    assert "immutable" in found.headers["cache-control"]
    assert body.startswith(b"(function(GATEWAY,CHUNKS){")
    assert b"})(null, {" in body


def test_a_page_gets_its_sites_policy_and_only_the_signals_it_wants(tmp_path: Path) -> None:
    adverts = structs.replace(SHOP.purposes[3], consent_mode=("ad_storage",))
    loud = structs.replace(SHOP, id=2, signals=("usp", "gpp"), purposes=(*SHOP.purposes[:3], adverts))
    with served(tmp_path, SHOP, loud) as gateway:
        bodies = [Browser(gateway).get(f"/gateway/{site}.js").content for site in (1, 2)]
        alone = Browser(gateway).get("/gateway.js").content
    found = [CALL.search(body) for body in bodies]
    quiet, signalling = (json.loads(match[1]) for match in found if match)
    assert "signals" not in quiet
    assert quiet["origin"] == "https://privacy.shop.example"
    assert quiet["track"] is True
    assert signalling["signals"] == ["usp", "gpp"]
    assert signalling["purposes"][-1] == {
        "id": "adverts",
        "sale": True,
        "services": [{"id": "adhouse"}, {"id": "adbarn"}],
        "consent_mode": ["ad_storage"],
    }
    signals = (Path(__file__).parents[2] / "gateway/assets/consent-banner/signals.js").read_bytes().strip()
    assert signals not in bodies[0]
    assert signals in bodies[1]
    assert signals in alone


def test_texts_and_signals_change_the_script_and_looks_the_notice(tmp_path: Path) -> None:
    """A cached script must not outlive what it says, though the policy's fingerprint stays the same."""
    changed = [
        structs.replace(SHOP, texts={"en": {"privacy_choices": "Cookies & <privacy>"}}),
        structs.replace(SHOP, signals=("usp",)),
    ]
    bodies = set()
    for number, site in enumerate([SHOP, *changed]):
        with served(tmp_path / str(number), site) as gateway:
            bodies.add(Browser(gateway).get("/gateway/1.js").content)
    assert len(bodies) == 3
    assert not any(b"<privacy>" in body for body in bodies)
    dialog = structs.replace(SHOP, appearance=Appearance(layout="dialog"))
    with served(tmp_path / "a") as plain, served(tmp_path / "b", dialog) as other:
        first, second = Browser(plain).notice(), Browser(other).notice()
    assert first["policy"] == second["policy"]
    assert first["notice"] != second["notice"]
    assert second["layout"] == "dialog"
