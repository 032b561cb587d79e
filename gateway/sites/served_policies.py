"""The policies that a gateway serves, kept beside its data, so that `gateway check` can say whom an edit asks again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gateway.sites import policy
from gateway.sites.drafts import Draft
from gateway.sites.site import Site

FILE = "policies.json"
BANNERS = "banners.json"


def keep(data_dir: Path, sites: Iterable[Site], banners: Mapping[int, Draft]) -> None:
    """Write down what is served from now on, and the banners that were published for it, each whole or not at all.

    Raises OSError.
    """
    _write(data_dir, FILE, {str(site.id): policy.material(site) for site in sites})
    _write(data_dir, BANNERS, {str(site): draft for site, draft in banners.items()})


def _write(data_dir: Path, name: str, content: Mapping[str, object]) -> None:
    aside = data_dir / f".{name}.{os.getpid()}"
    aside.write_bytes(msgspec.json.encode(content, order="sorted"))
    aside.replace(data_dir / name)


def banner(data_dir: Path, site: Site) -> Draft | None:
    """The banner that was published for this site in the studio; None where there is none."""
    try:
        kept = msgspec.json.decode((data_dir / BANNERS).read_bytes(), type=dict[str, Draft])
    except (OSError, msgspec.MsgspecError):
        return None
    return kept.get(str(site.id))


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
