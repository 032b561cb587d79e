"""The policies that a gateway serves, kept beside its data, so that `gateway check` can say whom an edit asks again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from gateway.sites import policy
from gateway.sites.site import Site

FILE = "policies.json"


def keep(data_dir: Path, sites: Iterable[Site]) -> None:
    """Write down what is served from now on, whole or not at all. Raises OSError."""
    aside = data_dir / f".{FILE}.{os.getpid()}"
    aside.write_bytes(msgspec.json.encode({str(site.id): policy.material(site) for site in sites}, order="sorted"))
    aside.replace(data_dir / FILE)


def asked_again(data_dir: Path, site: Site) -> str:
    """Whether an edit of this site asks its visitors again, and why, in one sentence."""
    try:
        served: dict[str, dict[str, Any]] = msgspec.json.decode((data_dir / FILE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return "never served from this data directory yet"
    before = served.get(str(site.id))
    if before is None:
        return "a new site: visitors will be asked"
    # Through JSON and back, as what was kept has been.
    changed = list(policy.changes(before, msgspec.json.decode(msgspec.json.encode(policy.material(site)))))
    if not changed:
        return "visitors will not be asked again"
    return f"visitors will be asked again, because of: {', '.join(changed)}"
