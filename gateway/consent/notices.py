"""The notice a visitor is shown: composed from the site's policy, and kept for ever under the hash of its exact bytes.

What depends on the visitor (an earlier answer, a signal) is added around it by the endpoint; what the ledger binds to is
the notice itself (RULES.md E7).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from gateway.consent import texts
from gateway.consent.durations import months_in_words
from gateway.journal.journal import Journal
from gateway.privacy.cookies import OBJECTION_MONTHS
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import Regime, Rule, shows_do_not_sell
from gateway.sites.site import ANALYTICS, DEFAULT_PURPOSES, Purpose
from gateway.state.database import State
from gateway.state.tables import notices

# Texts that the notice holds elsewhere, and those of the pages (`gateway/web/privacy_centre.py`).
_NOT_SHOWN = ("purpose.", "cookie_", "centre_", "object", "why_", "basis_")
_OF_PAGES = {
    "authority",
    "data_protection_officer",
    "recipients_one",
    "recipients_many",
    "services",
    "unavailable",
    "withdraw",
    "yes",
}
# Said only where the law knows a sale (RULES.md C1, C4, C9).
_OF_SALE = {
    "do_not_sell",
    "opt_out_honored",
    "gpc_opt_out",
    "sale_allow",
    "sale_allow_question",
    "sale_allow_confirm",
    "no",
}

# Regimes under which a purpose runs before an answer, the furthest-reaching first.
RUNS_UNASKED = (Regime.OPT_OUT, Regime.OBJECTION, Regime.EXEMPT)


class Notice(NamedTuple):
    """`fingerprint` is the SHA-256 (hexadecimal) of `body`, the canonical JSON of `content`."""

    fingerprint: str
    body: bytes
    content: dict[str, Any]


class Notices:
    """Composes notices and remembers every one that was ever served."""

    def __init__(self, state: State, base_url: str) -> None:
        self._state = state
        self._base_url = base_url
        self._texts = texts.load()
        # By site: what was composed of one that is served no longer goes with it.
        self._composed: WeakKeyDictionary[ServedSite, dict[tuple[str, str, tuple[Rule, ...]], Notice]] = (
            WeakKeyDictionary()
        )
        self._kept: set[str] = set()

    def language(self, asked: str, site: ServedSite) -> str:
        """The language asked for, its base language, the site's default, or English: the first there are texts for."""
        for candidate in (*texts.alternatives(asked), *texts.alternatives(site.site.language)):
            if candidate in self._texts or candidate in _own_texts(site):
                return candidate
        return texts.FALLBACK

    def languages(self, site: ServedSite) -> list[str]:
        """The tags of all languages that there are texts in, the site's own among them."""
        return sorted(self._texts.keys() | _own_texts(site).keys())

    def notice(self, site: ServedSite, language: str, jurisdiction: str, account: bool = False) -> Notice:
        """`account`: for a customer who is logged in, which the first layer has to say (RULES.md E13)."""
        # Everything in a notice that depends on the jurisdiction: a handful of notices, however many countries there are.
        rules = tuple(site.rule(purpose.id, jurisdiction) for purpose in site.site.purposes)
        key = (language, f"{why(site, jurisdiction)} {shows_do_not_sell(jurisdiction)} {account}", rules)
        of_site = self._composed.get(site)
        if of_site is None:
            of_site = self._composed[site] = {}
        composed = of_site.get(key)
        if composed is None:
            content = self._compose(site, language, jurisdiction, account)
            body = msgspec.json.encode(content, order="sorted")
            composed = of_site[key] = Notice(hashlib.sha256(body).hexdigest(), body, content)
        return composed

    def is_kept(self, notice: Notice) -> bool:
        return notice.fingerprint in self._kept

    def keep(self, notice: Notice, site: int, now: float) -> bool:
        """Keep a notice before it is first shown; True where no worker had kept it yet. Blocks on the state database."""
        with self._state.begin() as connection:
            new = self._state.insert_or_ignore(
                connection, notices, fingerprint=notice.fingerprint, site=site, served_from=now, body=notice.body
            )
        self._kept.add(notice.fingerprint)
        return new

    def was_composed(self, fingerprint: str, site: ServedSite) -> bool:
        """True for a notice of this site under its current policy that this worker composed and kept; does not block."""
        return fingerprint in self._kept and any(
            composed.fingerprint == fingerprint for composed in self._composed.get(site, {}).values()
        )

    def was_shown(self, fingerprint: str, site: ServedSite) -> bool:
        """True for a notice of this site under its current policy that any worker served. Blocks on the state database."""
        body = self.find(fingerprint)
        return body is not None and _is_of(msgspec.json.decode(body), site)

    def find(self, fingerprint: str) -> bytes | None:
        """The exact bytes of a notice once served. Blocks on the state database."""
        with self._state.begin() as connection:
            row = connection.execute(notices.select().where(notices.c.fingerprint == fingerprint)).first()
        return bytes(row.body) if row is not None else None

    def words(self, site: ServedSite, language: str) -> dict[str, str]:
        """The banner's texts in `language` (or its base language, or English), with the site's own over them."""
        found = (self._texts[each] for each in texts.alternatives(language) if each in self._texts)
        return {**next(found, self._texts[texts.FALLBACK]), **_own_texts(site).get(language, {})}

    def _compose(self, site: ServedSite, language: str, jurisdiction: str, account: bool) -> dict[str, Any]:
        described = site.site
        words = self.words(site, language)
        running = words.pop("body_running")
        if why(site, jurisdiction) in RUNS_UNASKED:
            words["body"] = running
        recipients = {recipient.name for purpose in described.optional_purposes for recipient in purpose.recipients}
        filled = {
            "controller": described.controller.name,
            "duration": months_in_words(described.choice_months, language),
            "recipients": len(recipients),
        }
        count = "recipients_none" if not recipients else "recipients_one" if len(recipients) == 1 else "recipients_many"
        for key in ("body", "recipients_none", "recipients_one", "recipients_many"):
            words[key] = fill(words[key], filled)
        words["body"] = f"{words['body']} {words[count]}"
        scope = words.pop("account_scope")
        if account:
            words["body"] = f"{words['body']} {scope}"
        else:
            words = {key: text for key, text in words.items() if not key.startswith("account_")}
        return {
            "site": site.id,
            "site_name": described.name,
            "policy": site.fingerprint,
            "language": language,
            "controller": {
                "name": described.controller.name,
                "email": described.controller.email,
                "address": described.controller.address,
                "data_protection_officer": described.controller.data_protection_officer,
                "authority": described.controller.authority,
            },
            "hosting_country": described.hosting_country,
            "choice_months": described.choice_months,
            "recipients": len(recipients),
            "do_not_sell": shows_do_not_sell(jurisdiction),
            "why": why(site, jurisdiction),
            "layout": described.appearance.layout,
            "colours": {"light": described.appearance.light.given(), "dark": described.appearance.dark.given()},
            "purposes": [
                {
                    "id": purpose.id,
                    "name": _shipped(words, purpose, "name"),
                    "description": _shipped(words, purpose, "description"),
                    "required": purpose.required,
                    "regime": site.rule(purpose.id, jurisdiction).regime.value,
                    "rule": site.rule(purpose.id, jurisdiction).citation,
                    "dated": site.rule(purpose.id, jurisdiction).dated,
                    "legal_basis": purpose.legal_basis,
                    "sale": purpose.sale,
                    "retention": fill(_shipped(words, purpose, "retention"), filled),
                    "recipients": msgspec.to_builtins(purpose.recipients),
                    "consent_mode": purpose.consent_mode,
                    "services": [
                        {"id": service.id, "name": service.name, "sale": service.sale} for service in purpose.services
                    ],
                    "cookies": [*_own_cookies(site, purpose, words, language), *msgspec.to_builtins(purpose.cookies)],
                }
                for purpose in described.purposes
            ],
            "texts": _texts(site, jurisdiction, words),
            "links": {
                "privacy": f"{self._base_url}/privacy/{site.id}",
                "cookies": f"{self._base_url}/privacy/{site.id}/cookies",
                "do_not_sell": f"{self._base_url}/do-not-sell/{site.id}",
                "policy": described.privacy_policy_url,
            },
        }


def _texts(site: ServedSite, jurisdiction: str, words: dict[str, str]) -> dict[str, str]:
    """What the script may have to say to this visitor: every first view carries it."""
    said = {f"why_{why(site, jurisdiction)}", *(f"basis_{purpose.legal_basis}" for purpose in site.site.purposes)}
    unsaid = _OF_PAGES if shows_do_not_sell(jurisdiction) else _OF_PAGES | _OF_SALE
    return {
        key: text for key, text in words.items() if key in said or not (key.startswith(_NOT_SHOWN) or key in unsaid)
    }


def why(site: ServedSite, jurisdiction: str) -> str:
    """Which sentence says why a visitor gets these rules, the text `why_…`: that of what runs without being asked."""
    if not jurisdiction:
        return "unknown"
    asked = [purpose.id for purpose in site.site.optional_purposes if purpose.id != ANALYTICS or site.analytics]
    regimes = {site.rule(purpose, jurisdiction).regime for purpose in asked}
    for regime in RUNS_UNASKED:
        if regime in regimes:
            return regime.value
    return Regime.CONSENT.value


async def keep_durably(kept: Notices, notice: Notice, site: int, now: float, journal: Journal) -> None:
    """Keep a notice in the state database and send it on to the warehouse; done before it is first shown."""
    if kept.is_kept(notice):
        return
    row = {
        "fingerprint": notice.fingerprint,
        "site": site,
        "served_from": now,
        "body": notice.body.decode(),
    }
    # To the journal first: were the process killed in between, the next start would journal it again, never miss it.
    await journal.append("notices", [msgspec.json.encode(row)], reserve=True)
    await asyncio.to_thread(kept.keep, notice, site, now)


def _own_texts(site: ServedSite) -> dict[str, dict[str, str]]:
    """A site's own texts by tag in lower case: "pt-BR" in its file and "pt-br" from a browser are one (RFC 5646, 2.1.1)."""
    return {tag.lower(): own for tag, own in site.site.texts.items()}


def _is_of(content: dict[str, Any], site: ServedSite) -> bool:
    return bool(content["site"] == site.id and content["policy"] == site.fingerprint)


def _own_cookies(site: ServedSite, purpose: Purpose, words: dict[str, str], language: str) -> list[dict[str, str]]:
    """The gateway's own cookies, declared like everybody's (RULES.md E15; DESIGN.md, Cookies)."""
    lives: dict[str, int] = {}
    if purpose.id == DEFAULT_PURPOSES[0].id:
        months = site.site.choice_months
        lives = {"choice": months, "receipt": months, "objection": OBJECTION_MONTHS, "optout": OBJECTION_MONTHS}
    elif purpose.id == ANALYTICS:
        lives = {"visitor": site.site.max_cookie_months}
    return [
        {
            "name": f"gw_{name}_{site.id}",
            "kind": "cookie",
            "life": months_in_words(months, language),
            "description": words[f"cookie_{name}"],
            "provider": "",
        }
        for name, months in lives.items()
    ]


def _shipped(words: dict[str, str], purpose: Purpose, field: str) -> str:
    """A purpose's text: translated where it is the one that is shipped, the operator's own otherwise."""
    own: str = getattr(purpose, field)
    shipped = any(getattr(default, field) == own for default in DEFAULT_PURPOSES if default.id == purpose.id)
    return words.get(f"purpose.{purpose.id}.{field}", own) if shipped else own


def fill(text: str, values: Mapping[str, object]) -> str:
    """A text with its placeholders, {name}, filled in."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text
