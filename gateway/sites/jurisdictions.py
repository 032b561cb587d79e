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

# States whose law makes Global Privacy Control an opt-out that binds (RULES.md, California).
GPC_STATES = frozenset("CA CO CT DE MD MN MT NE NH NJ OR TX".split())
GPC_BINDS = Rule(
    Regime.OPT_OUT,
    "Cal. Code Regs. tit. 11 § 7025, and the privacy acts of CO CT DE MD MN MT NE NH NJ OR TX: an opt-out preference signal",
    "2026-01-01",
)
GPC_BY_CHOICE = Rule(
    Regime.OPT_OUT,
    "Required by no law of this state; Global Privacy Control is honoured as in California",
    "2026-01-01",
)

# The audience-measurement exemption, per country. Operators add others with a dated citation; Germany never.
EXEMPTIONS: dict[str, Rule] = {
    "FR": Rule(Regime.EXEMPT, "CNIL deliberation 2020-091, art. 5; Loi Informatique et Libertés art. 82", "2020-09-17"),
}
NEVER_EXEMPT = frozenset({"DE"})


def is_us(jurisdiction: str) -> bool:
    return jurisdiction == "US" or jurisdiction.startswith("US-")


def gpc_rule(jurisdiction: str) -> Rule | None:
    """The rule by which Global Privacy Control is a lasting opt-out of sale; None outside the US.

    A US visitor without a known state, and whoever's country is unknown, may be a Californian and is treated as one. States
    that ask for nothing are treated likewise, which is stricter than their law.
    """
    if jurisdiction in ("", "US") or (is_us(jurisdiction) and jurisdiction.removeprefix("US-") in GPC_STATES):
        return GPC_BINDS
    return GPC_BY_CHOICE if is_us(jurisdiction) else None


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
