"""What the types cannot say about a site: each rule with the problem that breaking it is.

`where` stands before each key ("sites[0]."). Rule numbers are those of docs/legal.md: E15 is what must be declared.
"""

from __future__ import annotations

import functools
import re
import tomllib
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from importlib.resources import files
from urllib.parse import urlsplit

import msgspec

from gateway.errors import Problem
from gateway.sites import goals, lint
from gateway.sites.choice_size import LARGEST, choice_size
from gateway.sites.codes import country_fix, is_country, is_language
from gateway.sites.domains import is_host, is_local, is_public_suffix, suggestion
from gateway.sites.jurisdictions import EU_EEA, EXEMPTIONS, NEVER_EXEMPT, Regime, measurement_rule
from gateway.sites.site import ANALYTICS, DEFAULT_PURPOSES, Exemption, Purpose, Site

NECESSARY = "necessary"
DO_NOT_SELL_TEXTS = ("Do Not Sell or Share My Personal Information", "Your Privacy Choices")
MAX_ANALYTICS_MONTHS = 25

_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)+")
_SPACE = re.compile(r"[\s\\\x00-\x1f]")
_MONTHS = re.compile(r"(\d+)\s*(?:months?|mois|monate?|meses|mesi)\b", re.IGNORECASE)
_YEARS = re.compile(r"(\d+)\s*(?:years?|ans?|années?|jahre?|años?|anni?)\b", re.IGNORECASE)


@functools.cache
def text_keys() -> frozenset[str]:
    """The texts that a site may override: those shipped in English.

    Read as data, since the code that shows them stands in a higher layer.
    """
    shipped = files("gateway") / "consent" / "texts" / "en.toml"
    return frozenset(tomllib.loads(shipped.read_text(encoding="utf-8")))


def complete(site: Site) -> Site:
    """The site with the purposes that every site has, and its home page.

    A site's own purpose replaces the default of that id.
    """
    host = site.domains[0].removeprefix("*.")
    home = site.main_url or f"https://{f'[{host}]' if ':' in host else host}/"
    return msgspec.structs.replace(_with_shipped(site), main_url=home)


def _with_shipped(site: Site) -> Site:
    own = {purpose.id: purpose for purpose in site.purposes}
    defaults = tuple(own.get(default.id, default) for default in DEFAULT_PURPOSES)
    shipped = {default.id for default in DEFAULT_PURPOSES}
    added = tuple(purpose for purpose in site.purposes if purpose.id not in shipped)
    return msgspec.structs.replace(site, purposes=defaults + added)


def check(site: Site, where: str) -> Iterator[Problem]:
    """Everything wrong with one site as its operator wrote it, before `complete`."""
    yield from _domains(site, where)
    yield from _words(site, where)
    yield from _controller(site, where)
    if not is_country(site.hosting_country):
        yield Problem(f"{where}hosting_country", "is no ISO 3166-1 country.", country_fix(site.hosting_country))
    yield from _repeated((purpose.id for purpose in site.purposes), f"{where}purposes", "purpose")
    services = (service.id for purpose in site.purposes for service in purpose.services)
    yield from _repeated(services, f"{where}purposes", "service")
    for index, purpose in enumerate(site.purposes):
        yield from _purpose(purpose, f"{where}purposes[{index}].")
    if (size := choice_size(_with_shipped(site))) > LARGEST:
        yield Problem(
            f"{where}purposes",
            f"are so many that the choice cookie would have {size} bytes; browsers drop one of more than {LARGEST}.",
            "Ask for fewer services apart, or give them shorter ids.",
        )
    yield from _repeated((webhook.url for webhook in site.webhooks), f"{where}webhooks", "receiver")
    for index, webhook in enumerate(site.webhooks):
        yield from _receiver(webhook.url, f"{where}webhooks[{index}].url")
    yield from _repeated((exemption.country for exemption in site.exemptions), f"{where}exemptions", "country")
    for index, exemption in enumerate(site.exemptions):
        yield from _exemption(exemption, f"{where}exemptions[{index}].")
    yield from goals.check(site.goals, site.dimensions, site.search_parameters, where)
    yield from lint.check(site, where)


def _domains(site: Site, where: str) -> Iterator[Problem]:
    for name in ("domains", "test_domains"):
        listed: tuple[str, ...] = getattr(site, name)
        yield from _repeated(listed, f"{where}{name}", "domain")
        for index, domain in enumerate(listed):
            key = f"{where}{name}[{index}]"
            plain = domain.removeprefix("*.") if name == "domains" else domain
            if not is_host(plain) or (plain != domain and is_local(plain)):
                meant = suggestion(domain)
                yield Problem(
                    key,
                    f'"{domain}" is no host name: {_fault(domain)}.',
                    f'Write "{meant}".' if meant else 'Write a host such as "example.com" or "*.example.com".',
                )
            elif plain != domain and is_public_suffix(plain):
                yield Problem(key, f"anyone can register below {plain}.", "Name your own domain.")
    for index, domain in enumerate(site.test_domains):
        if domain in site.domains:
            yield Problem(f"{where}test_domains[{index}]", "is among domains as well.", "Keep it in one of the two.")
    if site.main_url and not _is_url(site.main_url):
        yield Problem(f"{where}main_url", "is no http or https URL.", 'Write it in full: "https://example.com/".')
    policy = site.privacy_policy_url
    if policy and not _is_url(policy) and not re.fullmatch(r"/(?!/)[^\s\\]*", policy):
        fix = 'Write it in full, or a path such as "/privacy".'
        yield Problem(f"{where}privacy_policy_url", "is no http or https URL.", fix)


def _receiver(url: str, key: str) -> Iterator[Problem]:
    if not _is_url(url):
        yield Problem(key, "is no http or https URL.", 'Write it in full: "https://shop.example/hooks/privacy".')
    elif url.startswith("http:") and not is_local(urlsplit(url).hostname or ""):
        yield Problem(key, "answers would travel in the clear.", "Use https.")


def _fault(domain: str) -> str:
    if "://" in domain:
        return "it has a scheme"
    if re.search(r":\d+$", domain):
        return "it has a port"
    if "/" in domain:
        return "it has a path"
    if not domain.isascii():
        return "it is not in its ASCII form"
    if domain != domain.lower():
        return "it is not in lower case"
    return "its syntax is wrong"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
    return whole and not _SPACE.search(text)


def _words(site: Site, where: str) -> Iterator[Problem]:
    if not site.name.strip():
        yield Problem(f"{where}name", "is blank.", "Give the name that visitors know.")
    try:
        zoneinfo.ZoneInfo(site.timezone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        near = get_close_matches(site.timezone, zoneinfo.available_timezones(), n=1)
        fix = f'Did you mean "{near[0]}"?' if near else 'Give a zone such as "Europe/Paris".'
        yield Problem(f"{where}timezone", f'"{site.timezone}" is no time zone of the IANA database.', fix)
    for language, key in [(site.language, f"{where}language"), *((tag, f"{where}texts.{tag}") for tag in site.texts)]:
        if not is_language(language):
            yield Problem(key, f'"{language}" is no language tag.', 'Give a BCP 47 tag such as "fr" or "pt-BR".')
    for language, texts in site.texts.items():
        for name, text in texts.items():
            key = f"{where}texts.{language}.{name}"
            if name not in text_keys():
                near = get_close_matches(name, text_keys(), n=1)
                yield Problem(
                    key, "is not a text of the banner.", f'Did you mean "{near[0]}"?' if near else "Remove it."
                )
            elif not text.strip() and name != "reject_all":  # of which the lint says more
                yield Problem(key, "is blank.", "Write the text, or remove the key to keep the shipped one.")
            elif name == "do_not_sell" and language.split("-")[0] == "en" and text not in DO_NOT_SELL_TEXTS:
                choices = " or ".join(f'"{choice}"' for choice in DO_NOT_SELL_TEXTS)
                yield Problem(key, "is not the wording California prescribes.", f"Write exactly {choices}.")


def _controller(site: Site, where: str) -> Iterator[Problem]:
    controller = site.controller
    for name in ("name", "address", "email", "authority"):
        if not getattr(controller, name).strip():
            yield Problem(f"{where}controller.{name}", "is blank; visitors must be told (E15).", "Fill it in.")
    if controller.email.strip() and not _EMAIL.fullmatch(controller.email):
        yield Problem(f"{where}controller.email", "is no e-mail address.", 'Write it bare: "privacy@example.com".')


def _purpose(purpose: Purpose, where: str) -> Iterator[Problem]:
    for name in ("name", "description", "retention"):
        if not getattr(purpose, name).strip():
            yield Problem(f"{where}{name}", "is blank; visitors must be told (E15).", "Write it in plain words.")
    if purpose.required and purpose.id == ANALYTICS:
        yield Problem(
            f"{where}required", "measuring the audience is never strictly necessary.", "Remove required = true."
        )
    elif purpose.required and (purpose.sale or any(service.sale for service in purpose.services)):
        yield Problem(f"{where}required", "what sells or shares data cannot be required.", "Remove required or sale.")
    elif purpose.required and purpose.legal_basis == "consent":
        yield Problem(
            f"{where}legal_basis",
            "a required purpose is not asked, so consent cannot be its legal basis.",
            'Write legal_basis = "contract", "legal_obligation" or "legitimate_interest".',
        )
    if purpose.id == NECESSARY and not purpose.required:
        yield Problem(
            f"{where}required", "the purpose necessary is what no one is asked about.", "Write required = true."
        )
    if purpose.id == ANALYTICS and (months := _declared_months(purpose.retention)) > MAX_ANALYTICS_MONTHS:
        yield Problem(
            f"{where}retention",
            f"declares {months} months; the gateway keeps audience data {MAX_ANALYTICS_MONTHS} months at most.",
            "Declare what is true.",
        )
    for index, recipient in enumerate(purpose.recipients):
        key = f"{where}recipients[{index}]."
        if not recipient.name.strip():
            yield Problem(f"{key}name", "is blank; visitors must be told (E15).", "Give the legal name.")
        if not is_country(recipient.country):
            yield Problem(f"{key}country", "is no ISO 3166-1 country.", country_fix(recipient.country))
        elif recipient.country not in EU_EEA and not recipient.safeguard.strip():
            yield Problem(
                f"{key}safeguard",
                f"{recipient.country} is outside the EEA, and visitors must be told what protects the transfer (E15).",
                "Name the adequacy decision, standard contractual clauses, or other safeguard.",
            )
    for index, cookie in enumerate(purpose.cookies):
        for name in ("name", "life", "description"):
            if not getattr(cookie, name).strip():
                yield Problem(
                    f"{where}cookies[{index}].{name}", "is blank; visitors must be told (E15).", "Fill it in."
                )
    for index, host in enumerate(purpose.hosts):
        if not is_host(host.removeprefix("*.")):
            meant = suggestion(host)
            yield Problem(
                f"{where}hosts[{index}]",
                f'"{host}" is no host name: {_fault(host)}.',
                f'Write "{meant}".' if meant else 'Write a host such as "cdn.example" or "*.example.com".',
            )
    for index, service in enumerate(purpose.services):
        if not service.name.strip():
            yield Problem(f"{where}services[{index}].name", "is blank.", "Give the name that visitors know.")


def _declared_months(words: str) -> int:
    return max((*map(int, _MONTHS.findall(words)), *(12 * int(years) for years in _YEARS.findall(words))), default=0)


def _exemption(exemption: Exemption, where: str) -> Iterator[Problem]:
    country = exemption.country
    if country in NEVER_EXEMPT:
        yield Problem(f"{where}country", f"{country} knows no such exemption; it always needs consent.", "Remove it.")
        return
    if not is_country(country):
        yield Problem(f"{where}country", "is no ISO 3166-1 country.", country_fix(country))
        return
    if measurement_rule(country).regime is not Regime.CONSENT:
        yield Problem(f"{where}country", f"{country} asks for no consent that an exemption could lift.", "Remove it.")
        return
    if country in EXEMPTIONS and not exemption.citation and not exemption.dated:
        return
    if not exemption.citation.strip():
        yield Problem(f"{where}citation", "is missing; only FR's is shipped.", "Cite the text that you rely on.")
    try:
        date.fromisoformat(exemption.dated)
    except ValueError:
        yield Problem(f"{where}dated", "is no ISO date.", 'Give the date of the text cited: "2020-09-17".')


def _repeated(values: Iterable[str], key: str, noun: str) -> Iterator[Problem]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Problem(key, f'the {noun} "{value}" is there {count} times.', "Keep one of them.")
