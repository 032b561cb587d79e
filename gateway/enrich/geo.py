"""Where a truncated address lies: country always, region and city where the operator's database has them.

The shipped database is @ip-location-db/geo-whois-asn-country (CC0), flat records `{country_code}`; GeoLite2 and DB-IP
City files, with their nested records, are read as well.
"""

from __future__ import annotations

import ipaddress
import logging
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

import maxminddb

log = logging.getLogger("gateway.geo")


class Place(NamedTuple):
    """`country` is ISO 3166-1 alpha-2; everything is "" where unknown. `local` is true for private and loopback addresses."""

    country: str = ""
    region: str = ""  # ISO 3166-2 subdivision without the country, "CA"
    city: str = ""
    local: bool = False


NOWHERE = Place()
LOCAL = Place(local=True)


class Geography:
    """Looks truncated addresses up. A missing or corrupt database means "unknown" and one warning, never a failure."""

    def __init__(self, database: Path) -> None:
        self._reader: maxminddb.Reader | None = None
        try:
            self._reader = maxminddb.open_database(database)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            log.warning(
                "geography database unusable, countries will be unknown",
                extra={"file": str(database), "error": str(error)},
            )
        self.place = lru_cache(maxsize=16_384)(self._place)

    def _place(self, address: str) -> Place:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return NOWHERE
        if parsed.is_private or parsed.is_loopback or parsed.is_unspecified:
            # "::" is what is left of ::1 and of unspecified addresses.
            return LOCAL
        if self._reader is None:
            return NOWHERE
        try:
            record = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return NOWHERE
        return _read(record) if isinstance(record, dict) else NOWHERE

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def jurisdiction(place: Place, local_jurisdiction: str) -> str:
    """Whose law applies: the country, or "US-" and the state where one is known; "" where nothing is."""
    if place.local:
        return local_jurisdiction
    if place.country == "US" and place.region:
        return f"US-{place.region}"
    return place.country


def _read(record: dict[str, object]) -> Place:
    flat = record.get("country_code")
    if isinstance(flat, str):
        return Place(flat, _text(record.get("state1_code")), _text(record.get("city")))
    country = _text(_inside(record.get("country"), "iso_code"))
    subdivisions = record.get("subdivisions")
    region = _text(_inside(subdivisions[0], "iso_code")) if isinstance(subdivisions, list) and subdivisions else ""
    city = _text(_inside(_inside(record.get("city"), "names"), "en"))
    return Place(country, region, city)


def _inside(value: object, key: str) -> object:
    return cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
