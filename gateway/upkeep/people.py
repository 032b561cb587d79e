"""Commands about users and API tokens; the audit log names whoever can open the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.accounts.principal import Principal, Role
from gateway.errors import BadRequest
from gateway.hits import Basis
from gateway.upkeep.parts import Upkeep

COMMAND_LINE = "command line"


async def create_token(
    parts: Upkeep, name: str, scope: str, sites: Sequence[int], basis: str, expires: float | None = None
) -> str:
    _check_sites(parts, sites)
    principal = Principal(name, Role(scope), frozenset(sites) or None, Basis(basis))
    return await asyncio.to_thread(parts.accounts.create_token, principal, by=COMMAND_LINE, expires=expires)


async def list_tokens(parts: Upkeep) -> Any:
    return [
        {
            "name": token.principal.user,
            "scope": token.principal.role,
            "sites": sorted(token.principal.sites) if token.principal.sites is not None else None,
            "basis": token.principal.basis,
            "created": token.created,
            "expires": token.expires,
        }
        for token in await asyncio.to_thread(parts.accounts.tokens)
    ]


async def revoke_token(parts: Upkeep, name: str) -> bool:
    return await asyncio.to_thread(parts.accounts.revoke_token, name, by=COMMAND_LINE)


async def list_users(parts: Upkeep) -> Any:
    return [
        {
            "name": user.principal.user,
            "role": user.principal.role,
            "sites": sorted(user.principal.sites) if user.principal.sites is not None else None,
            "state": "disabled" if user.disabled else "invited" if user.invited else "active",
            "seen": user.seen,
        }
        for user in await asyncio.to_thread(parts.accounts.staff.all)
    ]


async def add_user(parts: Upkeep, name: str, role: str, sites: Sequence[int]) -> str:
    """The link by which the new user chooses a password."""
    _check_sites(parts, sites)
    principal = Principal(name, Role(role), frozenset(sites) or None)
    secret = await asyncio.to_thread(parts.accounts.staff.invite, principal, by=COMMAND_LINE)
    return f"{parts.settings.base_url}/invitation/{secret}"


async def set_user_password(parts: Upkeep, name: str, password: str) -> None:
    staff = parts.accounts.staff
    user = await asyncio.to_thread(staff.named, name)
    await asyncio.to_thread(staff.set_password, user.id, password, by=COMMAND_LINE)


async def shut_user(parts: Upkeep, name: str, disabled: bool) -> None:
    staff = parts.accounts.staff
    user = await asyncio.to_thread(staff.named, name)
    await asyncio.to_thread(staff.disable if disabled else staff.enable, user.id, by=COMMAND_LINE)


async def unlink_user(parts: Upkeep, name: str) -> None:
    await asyncio.to_thread(parts.accounts.identities.unlink, name, by=COMMAND_LINE)


def _check_sites(parts: Upkeep, sites: Sequence[int]) -> None:
    known = {site.id for site in parts.settings.sites}
    for site in sites:
        if site not in known:
            raise BadRequest(f"There is no site {site} in this configuration.", "$.sites")
