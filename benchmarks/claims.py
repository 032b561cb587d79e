"""What is compared, and what the table may say: words that stand in a file, or "not found".

A claim is an `Evidence`: the words for the table, a published file, and an expression found in it. Where there is none, the
feature's own `probe` must match nowhere in the published files, and the table says "not found"; matches that mean something
else are `Unrelated`, with the reason. `benchmarks.comparison` checks all of this each time it runs.
"""

from __future__ import annotations

from typing import NamedTuple

FEATURES: dict[str, tuple[str, str]] = {
    # id → what the row says, and the expression whose absence means "not found" ("": looked for by reading)
    "languages": ("languages shipped", ""),
    "services": ("consent per service, not only per purpose", ""),
    "late": ("holds back nodes added later", r"MutationObserver"),
    "placeholder": ("placeholder in the place of a held-back frame", ""),
    "gpc": ("Global Privacy Control", r"globalPrivacyControl|Sec-GPC"),
    "consent_mode": ("Google Consent Mode", r"ad_user_data|Consent Mode"),
    "gpp": ("IAB GPP or USP", r"__gpp|__uspapi"),
    "proof": ("proof of consent kept by a server of your own", ""),
    "shadow": ("shadow DOM, so that the page's styles cannot break it", r"attachShadow"),
    "styles": ("how its styles arrive (a strict policy forbids inline ones)", ""),
    "storage": ("where the choice is kept", ""),
    "identifier": ("identifier kept with the choice", ""),
    "no_js": ("form that works without JavaScript", r"<noscript|<form"),
}


class Evidence(NamedTuple):
    """`file` is `package/path`; with `*` or `?` it stands for several, each of which has to match, with `**` for any of many.

    `{files}` in `says` becomes the number of files, `{matches}` that of matches in them.
    """

    says: str
    file: str
    pattern: str


class Unrelated(NamedTuple):
    """Files in which a feature's probe matches something else, as patterns of their paths."""

    feature: str
    files: tuple[str, ...]
    what: str


# The same about this project, in its own files.
OURS: dict[str, Evidence] = {
    "languages": Evidence("{files}", "gateway/consent/texts/??.toml", r"accept"),
    "services": Evidence("yes", "gateway/privacy/cookies.py", r"service → 1 or 0"),
    "late": Evidence("yes", "static/consent-banner/**/*.ts", r"new MutationObserver"),
    "placeholder": Evidence("yes, once or always", "static/consent-banner/**/*.ts", r"gateway-placeholder"),
    "gpc": Evidence("yes, in the browser and by the server", "tests/browser/test_gates.py", r"global_privacy_control"),
    "consent_mode": Evidence(
        "yes, v2, where the site enables it", "gateway/sites/site.py", r"Consent Mode v2|consent_mode"
    ),
    "gpp": Evidence("yes, both, where the site enables them", "gateway/sites/site.py", r"gpp"),
    "proof": Evidence("yes, a ledger with hash chain", "gateway/consent/ledger.py", r"chain"),
    "shadow": Evidence("yes", "static/consent-banner/**/*.ts", r"attachShadow"),
    "styles": Evidence("constructable style sheets", "static/consent-banner/**/*.ts", r"new CSSStyleSheet"),
    "storage": Evidence("cookie set by the server", "gateway/privacy/cookies.py", r"def set_choice"),
    "identifier": Evidence("no", "gateway/privacy/cookies.py", r"an answer, and no identifier"),
    "no_js": Evidence("yes", "gateway/templates/banner_form.html", r"<form"),
}
