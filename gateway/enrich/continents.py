"""The continent of a country. Seven, so that maps and reports agree: Central America and the Caribbean are North America.

Countries on two continents stand where audience reports usually have them, Matomo's among them: Russia, Turkey and Cyprus in
Europe, Georgia, Armenia, Azerbaijan and Kazakhstan in Asia, Egypt in Africa. The rest is UN M.49.
"""

from __future__ import annotations

from types import MappingProxyType

_COUNTRIES = {
    "africa": (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE "
        "RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW"
    ),
    "antarctica": "AQ BV GS HM TF",
    "asia": (
        "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK "
        "PS QA SA SG SY TH TJ TL TM TW UZ VN YE"
    ),
    "europe": (
        "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL "
        "NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK"
    ),
    "north_america": (
        "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC "
        "VG VI"
    ),
    "oceania": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    "south_america": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}

CONTINENTS = tuple(_COUNTRIES)

# ISO 3166-1 alpha-2 (and XK, which databases use for Kosovo) → one of CONTINENTS.
CONTINENT = MappingProxyType({code: name for name, codes in _COUNTRIES.items() for code in codes.split()})


def continent(country: str) -> str:
    """The continent of a country's code; "" for what is none."""
    return CONTINENT.get(country, "")
