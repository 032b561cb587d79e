"""Contrast as WCAG 2.2 defines it, and the table of shipped colours as the script has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.sites.lint.contrast import PAIRS, SHIPPED, find, parse, ratio

SURFACE = Path(__file__).parents[2] / "static" / "consent-banner" / "ui" / "surface.ts"


def test_the_shipped_colours_are_those_of_the_script() -> None:
    script = SURFACE.read_text(encoding="utf-8")
    declared = re.search(r'NAMES = "([a-z -]+)"', script)
    assert declared is not None
    names = [name.replace("-", "_") for name in declared[1].split()]
    for scheme, shipped in SHIPPED.items():
        found = re.search(rf'{scheme}: "([0-9a-f ]+)"', script)
        assert found is not None, scheme
        assert dict(zip(names, (f"#{colour}" for colour in found[1].split()), strict=True)) == shipped


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000", "#fff", 21.0), ("#fff", "#ffffff", 1.0), ("#777777", "#fff", 4.48), ("#767676", "#fff", 4.54)],
)
def test_ratio(one: str, other: str, expected: float) -> None:
    assert ratio(parse(one), parse(other)) == pytest.approx(expected, abs=0.005)
    assert ratio(parse(other), parse(one)) == ratio(parse(one), parse(other))


def test_the_limit_is_met_to_the_digit() -> None:
    """#777 misses 4.5:1 on white by 0.02; #767676 does not, though not where a pointer tints what is behind."""
    assert [finding.key for finding in find({"light": {"accent": "#777777"}})] == ["appearance.light.accent"]
    assert list(find({"light": {"alert": "#767676"}})) == []
    assert [finding.kind for finding in find({"light": {"muted": "#767676"}})] == ["text_contrast"]
    assert list(find({"light": {"control": "#949494"}})) == []
    assert [finding.kind for finding in find({"light": {"control": "#969696"}})] == ["control_contrast"]


def test_the_shipped_colours_pass_and_every_pair_is_looked_at() -> None:
    assert list(find(SHIPPED)) == []
    for scheme, shipped in SHIPPED.items():
        for pair in PAIRS:
            spoilt = {scheme: {pair.front: shipped[pair.behind]}}
            assert any(finding.kind == pair.kind for finding in find(spoilt)), pair


def test_one_colour_is_judged_with_the_shipped_others() -> None:
    assert {finding.key for finding in find({"dark": {"background": "#f8f8f8"}})} == {"appearance.dark.background"}
