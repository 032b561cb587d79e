"""Which rights users and tokens may be given at all."""

from __future__ import annotations

from gateway.accounts.principal import Principal, Role
from gateway.accounts.users import fold
from gateway.errors import BadRequest
from gateway.hits import Basis

DECLARED = (Basis.COOKIELESS, Basis.CONSENT, Basis.EXEMPT)
_LONGEST_NAME = 254


def check_user(principal: Principal) -> None:
    """Raises BadRequest where no user can be named so or have these rights."""
    check_rights(principal)
    if principal.role.for_tokens_only:
        raise BadRequest("This role is for API tokens, not for users.", "$.role")
    _check_name(fold(principal.user), "A user")


def check_token(principal: Principal) -> None:
    """Raises BadRequest where no token can be named so or have these rights."""
    check_rights(principal)
    _check_name(principal.user, "A token")
    if principal.basis not in DECLARED:
        raise BadRequest(f"A token declares one of {', '.join(DECLARED)}.", "$.basis")
    if principal.basis is not Basis.COOKIELESS and not principal.role.may_send_hits:
        raise BadRequest(f"The role {principal.role} sends no hits that could be recorded under it.", "$.basis")


def check_rights(principal: Principal) -> None:
    """Raises BadRequest where the role and the sites do not go together."""
    if principal.role in (Role.VIEWER, Role.SUBJECTS, Role.TRACKING) and principal.sites is None:
        raise BadRequest(f"The role {principal.role} is for named sites: name them.", "$.sites")
    if principal.sites is not None and not principal.role.limited_to_sites:
        raise BadRequest(f"The role {principal.role} is for every site.", "$.sites")


def _check_name(name: str, whose: str) -> None:
    if not name.strip():
        raise BadRequest(f"{whose} needs a name.", "$.name")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"A name has at most {_LONGEST_NAME} characters, and no line break among them.", "$.name")
