"""Which regime a purpose runs under, where: the law of the visitor's country, each rule with its citation and date.

A jurisdiction is a string: an ISO 3166-1 country ("FR"), a US state ("US-CA"), or "" where the country is unknown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Regime(StrEnum):
    NECESSARY = "necessary"  # no question is asked: the service the visitor requested needs it
    CONSENT = "consent"  # nothing before a yes
    EXEMPT = "exempt"  # audience-measurement exemption, within its limits
    OBJECTION = "objection"  # runs until the visitor objects
    OPT_OUT = "opt_out"  # runs until the visitor opts out


class Rule(NamedTuple):
    regime: Regime
    citation: str
    dated: str  # ISO date of the text relied on


EU_EEA = frozenset("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split())

EPRIVACY = Rule(Regime.CONSENT, "Directive 2002/58/EC art. 5(3); GDPR art. 6(1)(a)", "2009-12-18")
UNKNOWN_COUNTRY = Rule(Regime.CONSENT, "Country unknown or without a rule: the strictest regime", "2026-01-01")
UK = Rule(
    Regime.OBJECTION, "Data (Use and Access) Act 2025, statistical purposes exception to PECR reg. 6", "2026-02-05"
)
US = Rule(Regime.OPT_OUT, "CCPA, Cal. Code Regs. tit. 11 § 7026; applied to every US visitor", "2026-01-01")

# The audience-measurement exemption, per country. Operators add others with a dated citation; Germany never.
EXEMPTIONS: dict[str, Rule] = {
    "FR": Rule(Regime.EXEMPT, "CNIL deliberation 2020-091, art. 5; Loi Informatique et Libertés art. 82", "2020-09-17"),
}
NEVER_EXEMPT = frozenset({"DE"})


def is_us(jurisdiction: str) -> bool:
    return jurisdiction == "US" or jurisdiction.startswith("US-")


def measurement_rule(jurisdiction: str) -> Rule:
    """The rule for measuring one's own audience, before any exemption a site chooses to rely on."""
    if is_us(jurisdiction):
        return US
    if jurisdiction == "GB":
        return UK
    if jurisdiction in EU_EEA:
        return EPRIVACY
    return UNKNOWN_COUNTRY


def shows_do_not_sell(jurisdiction: str) -> bool:
    """True where the California link belongs: every US visitor, and whoever's country is unknown."""
    return jurisdiction == "" or is_us(jurisdiction)
