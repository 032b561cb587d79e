"""The dashboard's pages, as its menus list them: what each is called, where it is, and who may open it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.accounts.principal import Principal, Role


class Place(NamedTuple):
    """One line of a menu. `key` names it in the catalogue (section `navigation`); `path` is below /sites/{site} or the root."""

    key: str
    path: str
    who: Callable[[Principal], bool] = lambda _reader: True


class Link(NamedTuple):
    key: str
    path: str  # below the path prefix


# Of one site; whoever is asked about here may read it already.
SITE_PLACES: tuple[Place, ...] = (
    Place("overview", ""),
    Place("live", "/live"),
    Place("funnels", "/funnels"),
    Place("cohorts", "/retention"),
    Place("consent", "/consent"),
    Place("banner", "/banner", lambda reader: reader.role in (Role.EDITOR, Role.ADMIN)),
    Place("shares", "/shares", lambda reader: reader.role is not Role.VIEWER),
    Place("letters", "/letters", lambda reader: reader.role in (Role.EDITOR, Role.ADMIN)),
)

# Of the whole gateway.
PLACES: tuple[Place, ...] = (
    Place("sites", "/"),
    Place("evidence", "/requests", lambda reader: reader.may_see_evidence),
    Place("users", "/users", lambda reader: reader.is_admin),
)


def links_of_site(reader: Principal, site: int) -> list[Link]:
    return [Link(place.key, f"/sites/{site}{place.path}") for place in SITE_PLACES if place.who(reader)]


def links(reader: Principal) -> list[Link]:
    return [Link(place.key, place.path) for place in PLACES if place.who(reader)]
