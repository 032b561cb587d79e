"""Contrast of the banner's colours (WCAG 2.2, 1.4.3 and 1.4.11), in light and dark, the shipped ones standing in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gateway.sites.lint.finding import Finding

Colour = tuple[float, float, float]

TEXT_RATIO = 4.5
CONTROL_RATIO = 3.0

# Those of static/consent-banner/ui/surface.ts, by scheme.
SHIPPED: dict[str, dict[str, str]] = {
    "light": {
        "background": "#fff",
        "text": "#191c22",
        "muted": "#555c69",
        "line": "#dcdfe5",
        "control": "#767d8b",
        "accent": "#1d2b45",
        "accent_text": "#fff",
        "alert": "#a3241b",
    },
    "dark": {
        "background": "#1c1f26",
        "text": "#eef0f4",
        "muted": "#aeb5c2",
        "line": "#363b46",
        "control": "#8b93a3",
        "accent": "#e9edf5",
        "accent_text": "#191c22",
        "alert": "#ffa59b",
    },
}


class Pair(NamedTuple):
    """`front` is seen on `behind`, into which `share` of `mixed` is mixed (as the style sheets do where a pointer hovers)."""

    front: str
    behind: str
    kind: str = "text_contrast"
    mixed: str = ""
    share: float = 0.0


# `line` only divides what is apart already, so nothing depends on seeing it.
PAIRS = (
    Pair("text", "background"),
    Pair("text", "background", mixed="text", share=0.08),
    Pair("muted", "background"),
    Pair("muted", "background", mixed="text", share=0.07),
    Pair("alert", "background"),
    Pair("accent_text", "accent"),
    Pair("accent_text", "accent", mixed="background", share=0.12),
    Pair("control", "background", "control_contrast"),
    Pair("accent", "background", "control_contrast"),
)


def find(own: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """What is too pale among a site's colours: scheme → name → "#rgb" or "#rrggbb"."""
    for scheme, shipped in SHIPPED.items():
        given = own.get(scheme, {})
        colours = {name: parse(given.get(name) or shipped[name]) for name in shipped}
        faulty: set[tuple[str, str]] = set()
        for pair in PAIRS:
            named = [name for name in (pair.front, pair.behind, pair.mixed) if given.get(name)]
            measured = ratio(colours[pair.front], _surface(pair, colours))
            least = TEXT_RATIO if pair.kind == "text_contrast" else CONTROL_RATIO
            if named and measured < least and (pair.front, pair.behind) not in faulty:
                faulty.add((pair.front, pair.behind))
                state = " under the pointer" if pair.mixed else ""
                # Cut, not rounded: 4.499 is not 4.5.
                found = f"{pair.front} on {pair.behind}{state} at {int(measured * 100) / 100}:1"
                yield Finding(pair.kind, f"appearance.{scheme}.{named[0]}", found)


def parse(colour: str) -> Colour:
    """Red, green and blue from 0 to 1."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def ratio(one: Colour, other: Colour) -> float:
    """WCAG's contrast ratio, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _surface(pair: Pair, colours: Mapping[str, Colour]) -> Colour:
    below = colours[pair.behind]
    if not pair.mixed:
        return below
    red, green, blue = (
        kept * (1 - pair.share) + added * pair.share for kept, added in zip(below, colours[pair.mixed], strict=True)
    )
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
