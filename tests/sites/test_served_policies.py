"""Whom an edit asks again, as `gateway check` says it (RULES.md E6)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.demo.site import SHOP
from gateway.sites import policy, served_policies
from gateway.sites.site import Exemption, Purpose, Recipient, Service, Site


def with_media(**fields: object) -> Site:
    purposes = tuple(msgspec.structs.replace(p, **fields) if p.id == "media" else p for p in SHOP.purposes)
    return msgspec.structs.replace(SHOP, purposes=purposes)


def with_site(**fields: object) -> Site:
    return msgspec.structs.replace(SHOP, **fields)


EXTRA = Purpose(id="chat", name="Chat", description="Talks.", retention="1 day.")

ASKS_AGAIN: list[tuple[Callable[[], Site], str]] = [
    (lambda: with_site(purposes=(*SHOP.purposes, EXTRA)), "purposes.chat (new)"),
    (lambda: with_site(purposes=tuple(p for p in SHOP.purposes if p.id != "media")), "purposes.media (gone)"),
    (lambda: with_media(recipients=(Recipient(name="Kino Video BV", country="DE"),)), "purposes.media.recipients"),
    (lambda: with_media(retention="13 months at the video host."), "purposes.media.retention"),
    (lambda: with_media(retention="12 years at the video host."), "purposes.media.retention"),
    (lambda: with_media(legal_basis="contract"), "purposes.media.legal_basis"),
    (lambda: with_media(sale=True), "purposes.media.sale"),
    (lambda: with_media(services=(Service(id="kino", name="Kino", sale=True),)), "purposes.media.services"),
    (lambda: with_site(choice_months=12), "choice_months"),
    (lambda: with_site(exemptions=(Exemption(country="FR"),)), "exemptions"),
    (lambda: with_site(before_choice="cookieless"), "before_choice"),
]


@pytest.mark.parametrize(("edited", "why"), ASKS_AGAIN)
def test_a_material_change_asks_again_and_is_named(edited: Callable[[], Site], why: str, tmp_path: Path) -> None:
    served_policies.keep(tmp_path, [SHOP], {})
    assert policy.fingerprint(edited()) != policy.fingerprint(SHOP)
    assert served_policies.asked_again(tmp_path, edited()) == f"visitors will be asked again, because of: {why}"


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(lambda: with_media(description="Shows videos in our articels."), id="a typo in a description"),
        pytest.param(lambda: with_media(name="Videos"), id="a name"),
        pytest.param(lambda: with_media(retention="12 MONTHS, at the video  host"), id="a typo in a retention"),
        pytest.param(lambda: with_site(purposes=tuple(reversed(SHOP.purposes))), id="another order"),
        pytest.param(lambda: with_site(texts={"en": {"title": "Privacy"}}), id="a text of the banner"),
        pytest.param(lambda: with_site(name="Halden"), id="the site's name"),
    ],
)
def test_what_visitors_did_not_agree_to_asks_nobody(edited: Callable[[], Site], tmp_path: Path) -> None:
    served_policies.keep(tmp_path, [SHOP], {})
    assert policy.fingerprint(edited()) == policy.fingerprint(SHOP)
    assert served_policies.asked_again(tmp_path, edited()) == "visitors will not be asked again"


def test_without_a_served_policy_it_says_so(tmp_path: Path) -> None:
    assert "never served" in served_policies.asked_again(tmp_path, SHOP)
    served_policies.keep(tmp_path, [], {})
    assert served_policies.asked_again(tmp_path, SHOP) == "a new site: visitors will be asked"
    (tmp_path / served_policies.FILE).write_text("{")
    assert "never served" in served_policies.asked_again(tmp_path, SHOP)
