"""Where a truncated address lies: from nested and flat databases, through files that change, vanish or break."""

from __future__ import annotations

import logging
import random
from pathlib import Path
from typing import Any

import pytest

from gateway.enrich.geo import LOCAL, NOWHERE, Geography, Place, jurisdiction, place_in
from gateway.metrics import Metrics
from gateway.wiring import GEOGRAPHY
from tests.enrich import mmdb

NESTED: dict[str, Any] = {
    "country": {"iso_code": "FR", "names": {"en": "France"}},
    "subdivisions": [{"iso_code": "ARA", "names": {"en": "Auvergne-Rhône-Alpes"}}, {"iso_code": "69"}],
    "city": {"names": {"de": "Lyon (de)", "en": "Lyon"}},
    "location": {"latitude": 45.75},
}
UNCODED: dict[str, Any] = {
    "country": {"iso_code": "FR"},
    "subdivisions": [{"names": {"en": "Île-de-France"}}],
    "city": {"names": {"en": "Paris"}},
}
FLAT: dict[str, Any] = {"country_code": "US", "state1": "California", "city": "Lyons", "latitude": 37.0}
CODED: dict[str, Any] = {"country_code": "us", "state1_code": "CA"}
LYON = Place("FR", "FR ARA", "FR Lyon")


@pytest.mark.parametrize(
    ("record", "place", "law"),
    [
        (NESTED, LYON, "FR"),
        (UNCODED, Place("FR", "FR Île-de-France", "FR Paris"), "FR"),
        (FLAT, Place("US", "US California", "US Lyons"), "US"),
        (CODED, Place("US", "US CA"), "US-CA"),
        ({"country": {"iso_code": "DE"}}, Place("DE"), "DE"),
        ({"country_code": "-", "city": "-"}, NOWHERE, ""),
        ({"country": "FR", "city": ["Lyon"]}, NOWHERE, ""),
        ({}, NOWHERE, ""),
    ],
)
def test_records(tmp_path: Path, record: dict[str, Any], place: Place, law: str) -> None:
    mmdb.write(tmp_path / "city.mmdb", {"81.2.69.0/24": record, "2a02:8400::/32": record})
    geography = Geography(tmp_path / "city.mmdb")
    assert geography.place("81.2.69.0") == place
    assert geography.place("2a02:8400::") == place
    assert geography.place("81.2.70.0") == NOWHERE
    assert jurisdiction(place, "") == law


@pytest.mark.parametrize(
    ("address", "place"),
    [("127.0.0.0", LOCAL), ("10.1.2.0", LOCAL), ("::", LOCAL), ("fd00::", LOCAL), ("", NOWHERE), ("nonsense", NOWHERE)],
)
def test_addresses_of_nowhere(address: str, place: Place) -> None:
    assert Geography(GEOGRAPHY).place(address) == place


def test_the_shipped_database_knows_countries() -> None:
    assert Geography(GEOGRAPHY).place("81.2.69.0").country == "GB"


def test_places_of_the_same_name_differ_by_country() -> None:
    assert place_in("fr", "IDF", "Paris") == Place("FR", "FR IDF", "FR Paris")
    assert place_in("us", "TX", "Paris").city == "US Paris"
    assert place_in("", "IDF", "Paris") == place_in("France", "IDF", "Paris") == NOWHERE


class Watched:
    """A geography on a file of its own, and what it says."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.file = folder / "city.mmdb"
        self.metrics = Metrics()
        self.log = caplog
        self.write(NESTED)
        self.geography = Geography(self.file, folder, self.metrics)

    def warnings(self) -> list[logging.LogRecord]:
        return [one for one in self.log.records if one.levelno >= logging.WARNING]

    def write(self, record: dict[str, Any]) -> None:
        mmdb.write(self.file, {"81.2.69.0/24": record})

    def looks(self, times: int = 2) -> Place:
        for _ in range(times):
            self.geography.check()
        return self.geography.place("81.2.69.0")

    def up(self) -> float | None:
        return self.metrics.registry.get_sample_value("gateway_geography_up")


@pytest.fixture
def watched(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Watched:
    return Watched(tmp_path, caplog)


def test_another_file_is_read_once_nobody_writes_it_any_more(watched: Watched) -> None:
    assert watched.looks() == LYON
    watched.write(CODED)
    assert watched.looks(1) == LYON
    assert watched.looks(1) == Place("US", "US CA")
    assert not watched.warnings() and watched.up() == 1


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "noise", "folder"])
def test_an_unusable_file_means_unknown_and_one_warning(watched: Watched, damage: str) -> None:
    whole = watched.file.read_bytes()
    if damage in ("missing", "folder"):
        watched.file.unlink()
    if damage == "folder":
        watched.file.mkdir()
    if damage in ("empty", "truncated", "noise"):
        contents = {"empty": b"", "truncated": whole[: len(whole) // 2], "noise": random.Random(1).randbytes(4000)}
        watched.file.write_bytes(contents[damage])  # in place: the same inode
    assert watched.looks(6) == NOWHERE
    assert watched.geography.place("127.0.0.0") == LOCAL
    assert len(watched.warnings()) == 1 and watched.up() == 0
    if damage == "folder":
        watched.file.rmdir()
    watched.write(NESTED)
    assert watched.looks() == LYON
    assert len(watched.warnings()) == 1 and watched.up() == 1


def test_a_file_cut_short_under_way_harms_no_look_up(watched: Watched) -> None:
    watched.file.write_bytes(b"")
    assert watched.geography.place("81.2.69.0") == LYON
    assert not [name for name in watched.file.parent.iterdir() if name != watched.file]


@pytest.mark.parametrize("seed", range(15))
def test_a_corrupt_file_fails_no_look_up(tmp_path: Path, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    """Bytes turned anywhere but in the metadata: found at the look-up only, and said once."""
    file, noise = tmp_path / "city.mmdb", random.Random(seed)
    mmdb.write(file, {f"81.{number}.69.0/24": NESTED for number in range(20)})
    contents = bytearray(file.read_bytes())
    for _ in range(40):
        contents[noise.randrange(contents.index(b"\xab\xcd\xefMaxMind"))] = noise.randrange(256)
    file.write_bytes(contents)
    geography = Geography(file)
    for number in range(40):
        assert geography.place(f"81.{number}.69.0").local is False
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) <= 1


def test_closed_it_knows_nothing(watched: Watched) -> None:
    place = watched.geography.place
    watched.geography.close()
    assert place("81.2.69.0") == LYON  # a look-up that had begun
    assert watched.geography.place("81.2.69.0") == NOWHERE
