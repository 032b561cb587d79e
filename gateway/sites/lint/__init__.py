"""Dark patterns that no configuration may publish: wording, labels and colours of a site, each with the rule it breaks.

`check` finds what stops the start. What an operator overrides with a reason is `overridden`, to be said and logged.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Problem
from gateway.sites.codes import is_language
from gateway.sites.lint import contrast, labels, wording
from gateway.sites.lint.finding import FINAL, KINDS, Finding
from gateway.sites.site import ANALYTICS, Purpose, Site

__all__ = ["FINAL", "KINDS", "Finding", "check", "lint", "overridden"]

MIN_REASON = 20


def lint(site: Site) -> list[Finding]:
    """Everything manipulative or illegible in what a site shows, overridden or not; keys are the site's own."""
    found: list[Finding] = []
    for language, texts in site.texts.items():
        if not is_language(language):
            continue  # a problem of its own
        words = wording.lexicon(language)
        for key, text in texts.items():
            if words is not None:
                measures = key.startswith(f"purpose.{ANALYTICS}.") or key == "cookie_visitor"
                found += wording.find(words, text, f"texts.{language}.{key}", measures=measures)
        found += labels.find(language, texts)
    for purpose in site.purposes:
        found += _purpose(purpose, site.language)
    look = site.appearance
    found += contrast.find({"light": look.light.given(), "dark": look.dark.given()})
    return found


def check(site: Site, where: str) -> Iterator[Problem]:
    """What stops the start: findings that no override names, and overrides that may not or need not be."""
    found = lint(site)
    reasons = {(override.rule, override.key) for override in site.lint_overrides if _is_reason(override.reason)}
    for finding in found:
        if finding.rule in FINAL or (finding.rule, finding.key) not in reasons:
            fix = KINDS[finding.kind].fix
            more = "" if finding.rule in FINAL else " Or record in lint_overrides why it stands."
            yield Problem(f"{where}{finding.key}", str(finding), fix + more)
    known = {(finding.rule, finding.key) for finding in found}
    for index, override in enumerate(site.lint_overrides):
        key = f"{where}lint_overrides[{index}]"
        if override.rule in FINAL:
            yield Problem(
                key, f"{override.rule} cannot be overridden: {FINAL[override.rule]}.", "Remove it, and keep the rule."
            )
        elif (override.rule, override.key) not in known:
            yield Problem(key, f"{override.rule} finds nothing at {override.key}.", "Remove it, or name rule and key.")
        elif not _is_reason(override.reason):
            fix = "Write down who decided it and why; it is logged at every start."
            yield Problem(f"{key}.reason", f"is shorter than {MIN_REASON} characters.", fix)


def overridden(site: Site) -> list[tuple[Finding, str]]:
    """What stands although a rule finds fault with it, each with its recorded reason."""
    reasons = {(override.rule, override.key): override.reason for override in site.lint_overrides}
    return [
        (finding, reason)
        for finding in lint(site)
        if finding.rule not in FINAL and (reason := reasons.get((finding.rule, finding.key)))
    ]


def _is_reason(text: str) -> bool:
    return len(" ".join(text.split())) >= MIN_REASON


def _purpose(purpose: Purpose, language: str) -> Iterator[Finding]:
    """A purpose is described once for all languages: in the site's, or in English."""
    described = [(name, getattr(purpose, name)) for name in ("name", "description", "retention")]
    described += [(f"services.{service.id}", service.name) for service in purpose.services]
    described += [(f"cookies.{cookie.name}", cookie.description) for cookie in purpose.cookies]
    known = [words for tag in dict.fromkeys((language, "en")) if (words := wording.lexicon(tag)) is not None]
    for name, text in described:
        key = f"purposes.{purpose.id}.{name}"
        yield from {
            finding.kind: finding
            for words in known
            for finding in wording.find(words, text, key, measures=purpose.id == ANALYTICS)
        }.values()
