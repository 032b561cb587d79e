"""Where a truncated address lies: country always, region and city where the operator's database has them.

The shipped database is @ip-location-db/geo-whois-asn-country (CC0), flat records `{country_code}`; GeoLite2 and DB-IP City
files, with their nested records, and flat city files are read as well.

The file may be replaced or written over at any time, so it is never mapped itself: reading a map of a file that was cut short
kills a process. What is mapped is a private copy without a name, which vanishes with the last look-up that uses it.
"""

from __future__ import annotations

import ipaddress
import logging
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

import maxminddb

from gateway.metrics import Metrics

log = logging.getLogger("gateway.geo")

CHECK_EVERY = 10.0  # seconds between looks at the file
REMEMBERED = 16_384
LONGEST = 100  # characters of a region's or city's name


class Place(NamedTuple):
    """Everything is "" where unknown. `local` is true for private and loopback addresses.

    Region and city name their country, "FR IDF" and "FR Lyon", so that those of the same name in two countries differ.
    """

    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""  # country and ISO 3166-2 subdivision; its name where a database has no code
    city: str = ""
    local: bool = False


NOWHERE = Place()
LOCAL = Place(local=True)


def place_in(country: str, region: str = "", city: str = "") -> Place:
    """The place of which country, subdivision ("IDF") and city ("Lyon") are known by name."""
    country = country.upper()
    if len(country) != 2 or not (country.isascii() and country.isalpha()):
        return NOWHERE
    return Place(
        country,
        f"{country} {region.strip()[:LONGEST]}" if region.strip() else "",
        f"{country} {city.strip()[:LONGEST]}" if city.strip() else "",
    )


class Geography:
    """Looks truncated addresses up. A missing or corrupt database means "unknown" and one warning, never a failure."""

    place: Callable[[str], Place]  # replaced as a whole, so that no answer of an old file outlives it

    def __init__(self, database: Path, copies: Path | None = None, metrics: Metrics | None = None) -> None:
        """`copies` is the folder for the private copy; None: the system's for temporary files."""
        self._file = database
        self._copies = copies
        self._metrics = metrics
        self._seen: tuple[int, ...] | None = None  # which file the answers come from
        self._noticed: tuple[int, ...] | None = None  # what the last look saw
        self._damaged = False
        self._load(_identity(database))

    def check(self) -> None:
        """Load the file anew where it is another one, once two looks found the same: nobody is writing it then."""
        now = _identity(self._file)
        settled, self._noticed = now == self._noticed, now
        if settled and now != self._seen:
            self._load(now)

    def close(self) -> None:
        """Answer "unknown" from now on. The copy goes when the last look-up that runs is done."""
        self._use(None)

    def _load(self, identity: tuple[int, ...] | None) -> None:
        reader = None
        try:
            reader = _open(self._file, self._copies)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            log.warning(
                "geography database unusable, countries will be unknown",
                extra={"file": str(self._file), "error": str(error)},
            )
        else:
            log.info("geography database loaded", extra={"file": str(self._file)})
        self._seen = self._noticed = identity
        self._use(reader)

    def _use(self, reader: maxminddb.Reader | None) -> None:
        self._damaged = False

        @lru_cache(maxsize=REMEMBERED)
        def place(address: str) -> Place:
            return self._place(reader, address)

        self.place = place
        self._say_usable(reader is not None)

    def _place(self, reader: maxminddb.Reader | None, address: str) -> Place:
        if is_local(address):
            return LOCAL
        if reader is None or not address:
            return NOWHERE
        try:
            record = reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError) as error:
            # What is no address, or an IPv6 one in a database of IPv4, is a ValueError: unknown, and nothing wrong.
            if isinstance(error, maxminddb.InvalidDatabaseError) and not self._damaged:
                self._damaged = True
                self._say_usable(False)
                log.warning("geography database damaged", extra={"file": str(self._file), "error": str(error)})
            return NOWHERE
        return _read(record) if isinstance(record, dict) else NOWHERE

    def _say_usable(self, usable: bool) -> None:
        if self._metrics is not None:
            self._metrics.geography_up.set(usable)


@lru_cache(maxsize=REMEMBERED)
def is_local(address: str) -> bool:
    """Whether an address is of a private network or this machine; False for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    # "::" is what is left of ::1 and of unspecified addresses.
    return parsed.is_private or parsed.is_loopback or parsed.is_unspecified


def jurisdiction(place: Place, local_jurisdiction: str) -> str:
    """Whose law applies: the country, or "US-" and the state where one is known; "" where nothing is."""
    if place.local:
        return local_jurisdiction
    if place.country == "US" and len(place.region) == len("US CA"):  # some databases have names instead of codes
        return place.region.replace(" ", "-")
    return place.country


def _identity(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _open(file: Path, copies: Path | None) -> maxminddb.Reader:
    """Raises OSError, ValueError, InvalidDatabaseError."""
    with file.open("rb") as source, tempfile.TemporaryFile(dir=copies) as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        return maxminddb.open_database(f"/dev/fd/{copy.fileno()}", maxminddb.MODE_AUTO)


def _read(record: dict[str, object]) -> Place:
    flat = record.get("country_code")
    if isinstance(flat, str):
        region = _text(record.get("state1_code")) or _text(record.get("state1")) or _text(record.get("region"))
        return place_in(flat, region, _text(record.get("city")))
    country = _text(_inside(record.get("country"), "iso_code"))
    subdivisions = record.get("subdivisions")
    first = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
    region = _text(_inside(first, "iso_code")) or _text(_inside(_inside(first, "names"), "en"))
    return place_in(country, region, _text(_inside(_inside(record.get("city"), "names"), "en")))


def _inside(value: object, key: str) -> object:
    return cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
