"""The products compared with, in pinned versions: which published files a page needs, and where each claim can be read."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.claims import Evidence, Unrelated

PINNED = "2026-11-22"  # the day these versions were the newest published


class Rival(NamedTuple):
    name: str
    packages: tuple[
        str, ...
    ]  # name@version, the first one the product itself; the others only what it needs to be bundled
    loads: tuple[str, ...]  # published files as package/path; empty where it is published for bundlers: then `entry`
    note: str
    features: dict[str, Evidence]
    entry: str = ""  # what a bundler is given
    unrelated: tuple[Unrelated, ...] = ()

    @property
    def version(self) -> str:
        return self.packages[0].rpartition("@")[2]

    @property
    def package(self) -> str:
        return self.packages[0].rpartition("@")[0]


_VANILLA, _KLARO, _TAC, _OREJIME, _PROBO = (
    "vanilla-cookieconsent",
    "klaro",
    "tarteaucitronjs",
    "orejime",
    "@probo/cookie-banner",
)
_C15T = ("c15t@2.2.1", "@c15t/schema@2.2.0", "@c15t/translations@2.2.1", "zustand@5.0.14", "valibot@1.4.2")
_C15T_FEATURES = {
    "languages": Evidence("{files}", "@c15t/translations/dist-types/translations/??.d.ts", r"declare const"),
    "late": Evidence("frames yes; scripts are loaded by its own loader", "c15t/dist/index.js", r"new MutationObserver"),
    "placeholder": Evidence(
        "React component; otherwise build your own", "c15t/docs/frameworks/javascript/iframe-blocking.md", r"<Frame>"
    ),
    "gpc": Evidence("yes", "c15t/dist/index.js", r"globalPrivacyControl"),
    "consent_mode": Evidence("yes, v2, by `@c15t/scripts`", "c15t/docs/integrations/google-tag.md", r"Consent Mode v2"),
    "proof": Evidence("yes, `@c15t/backend` (not measured here)", "c15t/README.md", r"Self-hostable consent backend"),
    "styles": Evidence(
        "style sheet of 68 kB, plus a `<style>` element that can carry a nonce",
        "c15t/docs/shared/react/components/consent-manager-provider.md",
        r"c15t injects a `<style id=\"c15t-theme\">` element",
    ),
    "storage": Evidence(
        "cookie written by script, and localStorage",
        "c15t/docs/frameworks/javascript/concepts/cookie-management.md",
        r"in a `c15t` cookie \(and mirrors it to localStorage\)",
    ),
    "identifier": Evidence(
        "yes, a subject id",
        "c15t/docs/frameworks/javascript/concepts/cookie-management.md",
        r"when they consented, and their subject ID",
    ),
}
_C15T_UNRELATED = (Unrelated("no_js", ("docs/integrations/*.md",), "about a pixel in a vendor's snippet"),)

RIVALS = (
    Rival(
        "CookieConsent",
        (f"{_VANILLA}@3.1.0",),
        (f"{_VANILLA}/dist/cookieconsent.umd.js", f"{_VANILLA}/dist/cookieconsent.css"),
        "every text is the site's own and comes on top",
        {
            "services": Evidence("yes", f"{_VANILLA}/types/index.d.ts", r"individually togglable services"),
            "styles": Evidence("linked style sheet", f"{_VANILLA}/dist/cookieconsent.css", r"#cc-main"),
            "storage": Evidence(
                "cookie written by script, or localStorage",
                f"{_VANILLA}/types/index.d.ts",
                r"useLocalStorage\?: boolean",
            ),
            "identifier": Evidence("yes, `consentId`", f"{_VANILLA}/types/index.d.ts", r"consentId: string"),
        },
    ),
    Rival(
        "Klaro",
        (f"{_KLARO}@0.7.22",),
        (f"{_KLARO}/dist/klaro.js",),
        "all languages and the styles are in the one file",
        {
            "languages": Evidence("{files}", f"{_KLARO}/src/translations/??.yml", r"consentNotice|consentModal"),
            "services": Evidence("yes", f"{_KLARO}/dist/config.js", r"group services by their purpose"),
            "placeholder": Evidence(
                "yes", f"{_KLARO}/src/components/contextual-consent-notice.jsx", r"ContextualConsentNotice"
            ),
            "styles": Evidence(
                "`<style>` element written by script; a variant with a linked style sheet exists",
                f"{_KLARO}/README.md",
                r"version of Klaro without stylesheets included",
            ),
            "storage": Evidence(
                "cookie written by script, or localStorage", f"{_KLARO}/dist/config.js", r"either 'cookie'"
            ),
        },
        unrelated=(
            Unrelated("late", ("dist/*.js",), "part of a polyfill of promises"),
            Unrelated(
                "no_js",
                ("ide/*.jsx", "controls/*.jsx", "dist/*.js"),
                "its own configurator, or a name in its rendering library",
            ),
        ),
    ),
    Rival(
        "tarteaucitron",
        (f"{_TAC}@1.34.0",),
        (
            f"{_TAC}/tarteaucitron.min.js",
            f"{_TAC}/tarteaucitron.services.min.js",
            f"{_TAC}/lang/tarteaucitron.en.min.js",
            f"{_TAC}/css/tarteaucitron.min.css",
        ),
        "the catalogue of all its ready-made services is loaded, as its loader does",
        {
            "languages": Evidence("{files}", f"{_TAC}/lang/tarteaucitron.??.min.js", r"tarteaucitron\.lang"),
            "services": Evidence("yes", f"{_TAC}/README.md", r"allow or deny each services one by one"),
            "placeholder": Evidence(
                "yes, per ready-made service", f"{_TAC}/README.md", r"Incorporate a fallback system"
            ),
            "consent_mode": Evidence("yes, v2", f"{_TAC}/README.md", r"Enable Google Consent Mode v2"),
            "styles": Evidence(
                "linked style sheet, plus `style` attributes in its markup",
                f"{_TAC}/tarteaucitron.min.js",
                r'style="display:block"',
            ),
            "storage": Evidence(
                "cookie written by script", f"{_TAC}/README.md", r"Store the consent in a cookie for 365 days"
            ),
        },
    ),
    Rival(
        "c15t",
        _C15T,
        (),
        "headless: no banner; bundled and minified by this script, as its documentation asks for a bundler",
        _C15T_FEATURES,
        unrelated=_C15T_UNRELATED,
        entry='import { getOrCreateConsentRuntime } from "c15t";\nwindow.consentRuntime = getOrCreateConsentRuntime;\n',
    ),
    Rival(
        "c15t with its banner",
        ("@c15t/react@2.2.1", "@c15t/ui@2.2.1", *_C15T),
        (),
        "React components, bundled and minified by this script; React itself is not counted",
        _C15T_FEATURES,
        unrelated=_C15T_UNRELATED,
        entry='import { ConsentBanner, ConsentDialog, ConsentManagerProvider } from "@c15t/react";\n'
        'import "@c15t/react/styles.css";\nwindow.consent = [ConsentBanner, ConsentDialog, ConsentManagerProvider];\n',
    ),
    Rival(
        "probo",
        (f"{_PROBO}@0.18.0",),
        (f"{_PROBO}/dist/cookie-banner.iife.js",),
        "the banner's texts come from its server and come on top",
        {
            "languages": Evidence("4", f"{_PROBO}/README.md", r"English, French, German, and Spanish"),
            "late": Evidence("yes", f"{_PROBO}/dist/cookie-banner.iife.js", r"new MutationObserver"),
            "placeholder": Evidence("yes", f"{_PROBO}/dist/cookie-banner.iife.js", r"probo-ph-icon"),
            "gpc": Evidence("yes", f"{_PROBO}/README.md", r"Global Privacy Control"),
            "consent_mode": Evidence("yes, v2", f"{_PROBO}/README.md", r"Google Consent Mode v2"),
            "proof": Evidence("yes, by a probo instance", f"{_PROBO}/README.md", r"Every consent action is recorded"),
            "shadow": Evidence("yes", f"{_PROBO}/dist/cookie-banner.iife.js", r"attachShadow"),
            "styles": Evidence(
                "`<style>` elements written by script",
                f"{_PROBO}/dist/cookie-banner.iife.js",
                r'createElement\("style"\)',
            ),
            "storage": Evidence("cookie written by script", f"{_PROBO}/dist/cookie.d.ts", r"setConsentCookie"),
            "identifier": Evidence("yes, `vid`", f"{_PROBO}/dist/cookie.d.ts", r"vid: string"),
        },
    ),
    Rival(
        "Orejime",
        (f"{_OREJIME}@3.2.1",),
        (f"{_OREJIME}/dist/orejime-standard-en.js", f"{_OREJIME}/dist/orejime-standard.css"),
        "one file per language",
        {
            "languages": Evidence("{files}", f"{_OREJIME}/dist/orejime-standard-??.js", r"."),
            "services": Evidence("yes, purposes in groups", f"{_OREJIME}/README.md", r"Purposes can also be grouped"),
            "placeholder": Evidence(
                "yes", f"{_OREJIME}/README.md", r"display a fallback notice until consent is given"
            ),
            "styles": Evidence("linked style sheet", f"{_OREJIME}/dist/orejime-standard.css", r"\.orejime-Env"),
            "storage": Evidence(
                "cookie written by script", f"{_OREJIME}/README.md", r"expiration time for the Orejime cookie"
            ),
        },
    ),
)

# What they do better than this project, each with where it can be read.
STRENGTHS = (
    Evidence(
        "tarteaucitron brings ready-made definitions of {matches} third-party services. Here a site declares its own.",
        f"{_TAC}/tarteaucitron.services.js",
        r"(?m)^tarteaucitron\.services\.\w+ = ",
    ),
    Evidence(
        "c15t documents integrations with {files} products, page by page, and has components for React.",
        "c15t/docs/integrations/*.md",
        r"(?m)^title:",
    ),
    Evidence(
        "c15t speaks IAB TCF, which this project leaves out because it serves advertising chains.",
        "c15t/docs/frameworks/javascript/iab/overview.md",
        r"TCF",
    ),
    Evidence(
        "tarteaucitron also speaks Japanese, Korean, Chinese and Vietnamese.",
        f"{_TAC}/lang/tarteaucitron.[jkzv]?.js",
        r".",
    ),
    Evidence(
        "probo writes to the console what an integrator forgot, such as the way back to the choices.",
        f"{_PROBO}/README.md",
        r"probo-validation",
    ),
    Evidence(
        "Orejime has a theme in the design system of the French state.", f"{_OREJIME}/README.md", r"#### DSFR theme"
    ),
    Evidence(
        "Klaro is also published without its styles, and as a consent manager without any interface.",
        f"{_KLARO}/README.md",
        r"consent management framework without the UI classes",
    ),
)

# Named by the field but not on npm: the names its repository and its documentation use, asked for again at each run.
UNPUBLISHED = {"Fides": ("fides-js", "@ethyca/fides-js", "fides-consent")}
