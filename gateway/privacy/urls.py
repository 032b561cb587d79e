"""URLs as they may be stored: host and path, without what identifies a person or follows one from site to site.

Query strings are dropped but for the parameters a site names; of those and of the path, e-mail addresses, complete IP
addresses, phone numbers, session ids and tokens are removed (`personal.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from gateway.privacy.personal import clean as clean
from gateway.privacy.personal import clean_part as clean_part

LONGEST = 2048
MOST_PARAMETERS = 200
LONGEST_HOST = 253  # RFC 1035 § 2.3.4, in text
LONGEST_CACHED = 300  # so that the cache stays small whatever visitors send

# What nearly all URLs look like, for which the general parser takes ten times as long; a test holds the two together.
_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?::\d{1,5})?(/[!-\"$->@-~]*)?(?:\?([!-\"$-~]*))?(?:#([!-~]*))?", re.ASCII)

# Parameters that name a click, a mailing's reader, a session or a person: never stored, even where a site names them as telling
# its pages apart. In lower case.
PRIVATE_PARAMETERS = frozenset(
    "gclid gclsrc gbraid wbraid dclid gad_source gad_campaignid srsltid _ga _gl _gac fbclid fb_action_ids fb_action_types fb_ref "
    "fb_source fb_comment_id fb_xd_fragment igshid igsh msclkid ttclid twclid li_fat_id yclid ysclid _openstat epik sccid "
    "scclid rdt_cid irclickid cjevent awc ranmid raneaid ransiteid clickid click_id mc_cid mc_eid _hsenc _hsmi hsctatracking "
    "__hssc __hstc __hsfp mkt_tok vero_id vero_conv oly_anon_id oly_enc_id wickedid zanpid _branch_match_id _bta_c _bta_tid _ke "
    "_kx trk_contact trk_msg trk_sid elqtrackid elqtrack elqaid elqat ml_subscriber ml_subscriber_hash dm_i ck_subscriber_id "
    "bsft_uid bsft_clkid pk_vid _pk_vid mtm_vid matomo_vid nb_klid guce_referrer guce_referrer_sig "
    "phpsessid jsessionid sessionid session_id session sessid sess sid aspsessionid asp.net_sessionid cfid cftoken zenid oscsid "
    "doing_wp_cron token access_token id_token refresh_token auth_token apikey api_key client_secret secret signature sig otp "
    "password passwd pwd nonce csrf csrf_token email e-mail e_mail usermail phone tel msisdn username user_name first_name "
    "firstname last_name lastname fullname birthdate dob iban ssn".split()
)


class Page(NamedTuple):
    """A page's address in parts. `query` is for this request's enrichment only and is never stored."""

    host: str  # lower case, without port
    path: str
    query: tuple[tuple[str, str], ...]


def parse(url: str) -> Page | None:
    """The parts of an http(s) URL, None where it is none. Parameters in the fragment count as query, as Matomo has it."""
    return _cached(url) if len(url) <= LONGEST_CACHED else _parse(url)


def _parse(url: str) -> Page | None:
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        host, path, query, fragment = plain.groups("")
    else:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not host:
            return None
        path, query, fragment = parts.path, parts.query, parts.fragment
    if len(host) > LONGEST_HOST:
        return None
    parameters = _parameters(query) if query else ()
    if "=" in fragment:
        # "#?utm_source=x", "#utm_source=x" and, of pages that route by it, "#/offers?utm_source=x".
        parameters += _parameters(fragment.rpartition("?")[2])
    return Page(host.rstrip("."), clean_part(path or "/"), parameters)


_cached = lru_cache(maxsize=16_384)(_parse)


def path_of(page: Page, kept: tuple[str, ...]) -> str:
    """The path as stored: with the parameters that tell this site's pages apart, in the site's order."""
    if not kept or not page.query:
        return page.path
    values = dict(page.query)
    named = [name for name in kept if name in values and name.lower() not in PRIVATE_PARAMETERS]
    query = urlencode([(name, clean_part(values[name])) for name in named])
    return f"{page.path}?{query}" if query else page.path


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    """Names and values; none at all where there are more than MOST_PARAMETERS, which no page of a person has."""
    return tuple(parse_qsl(query)) if query.count("&") < MOST_PARAMETERS else ()
