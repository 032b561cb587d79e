"""How large the choice cookie of a site can become: browsers drop one of more than 4096 bytes without a word (RFC 6265 § 6.1)."""

from __future__ import annotations

import msgspec

from gateway.sites.site import Site

LARGEST = 4096  # name, "=" and value
_SIGNATURE = 1 + 43  # a dot, and 32 bytes in base64url


def choice_size(site: Site) -> int:
    """Bytes of name and value once every optional purpose and service of a completed site is answered on its own."""
    optional = site.optional_purposes
    payload = {
        "p": dict.fromkeys((purpose.id for purpose in optional), 1),
        "f": "0" * 16,
        "d": 20_000,
        "e": 2_000_000_000,
        "s": dict.fromkeys((service.id for purpose in optional for service in purpose.services), 1),
    }
    characters = -(-len(msgspec.json.encode(payload)) * 4 // 3)  # base64url without padding, rounded up
    return len(f"gw_choice_{site.id}=") + characters + _SIGNATURE
