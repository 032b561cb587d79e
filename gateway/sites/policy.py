"""The policy fingerprint: what a consent was given to.

A change of purposes, recipients, retention, legal basis or the rules of a jurisdiction makes a new fingerprint and asks
visitors again; a corrected typo does not (EDPB Guidelines 05/2020 § 110; RULES.md E6).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gateway.sites.jurisdictions import EPRIVACY, EXEMPTIONS, NEVER_EXEMPT, UK, US, Regime, Rule, measurement_rule
from gateway.sites.site import ANALYTICS, Purpose, Site

FINGERPRINT_LENGTH = 16

_FIGURE = re.compile(r"(\d+)[\s-]*([^\W\d]*)")


def rule(site: Site, purpose: Purpose, jurisdiction: str) -> Rule:
    """The rule under which `purpose` of `site` runs for a visitor from `jurisdiction`."""
    if purpose.required:
        return Rule(Regime.NECESSARY, "Directive 2002/58/EC art. 5(3), strictly necessary", "2009-12-18")
    measured = measurement_rule(jurisdiction)
    if purpose.id != ANALYTICS:
        # Only in the US does an optional purpose other than measurement run before an answer.
        return US if measured is US else EPRIVACY
    if measured.regime is Regime.CONSENT and jurisdiction not in NEVER_EXEMPT:
        for exemption in site.exemptions:
            if exemption.country == jurisdiction:
                shipped = EXEMPTIONS.get(jurisdiction)
                if shipped is not None and not exemption.citation:
                    return shipped
                return Rule(Regime.EXEMPT, exemption.citation, exemption.dated)
    return measured


def fingerprint(site: Site) -> str:
    """16 hexadecimal digits over everything a visitor's answer depends on."""
    return hashlib.sha256(msgspec.json.encode(material(site), order="sorted")).hexdigest()[:FINGERPRINT_LENGTH]


def material(site: Site) -> dict[str, Any]:
    """What a visitor's answer depends on, as JSON types: what changes in it asks everybody again."""
    return {
        "purposes": {
            purpose.id: {
                "required": purpose.required,
                "legal_basis": purpose.legal_basis,
                "sale": purpose.sale,
                "retention": _durations(purpose.retention),
                "recipients": sorted([r.name, r.country, r.safeguard] for r in purpose.recipients),
                "services": sorted([s.id, s.sale] for s in purpose.services),
            }
            for purpose in site.purposes
        },
        "controller": site.controller.name,
        "analytics_enabled": site.analytics_enabled,
        "before_choice": site.before_choice,
        "exemptions": sorted(exemption.country for exemption in site.exemptions),
        "choice_months": site.choice_months,
        "rules": [UK.regime, UK.dated, US.regime, US.dated],
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """The keys by which two materials differ, as dotted paths; nothing where nobody is asked again."""
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from changes(old, new, f"{where}{key}.")
        elif old != new:
            yield f"{where}{key}" + (" (new)" if key not in before else " (gone)" if key not in after else "")


def _durations(words: str) -> list[str]:
    """What a retention says: its figures with the first letter of their units, so that a typo mended elsewhere says the same.

    The words themselves where there is no figure.
    """
    figures = [f"{figure}{unit[:1]}" for figure, unit in _FIGURE.findall(words.casefold())]
    return figures or re.findall(r"\w+", words.casefold())
