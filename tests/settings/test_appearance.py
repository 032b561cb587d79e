"""A site's looks and signals, as its operator writes them: nothing but colours, layouts and names that exist."""

from __future__ import annotations

import pytest

from tests.settings.conftest import SITE, Folder


@pytest.mark.parametrize("colour", ["#fff", "#FFffFF", "#0a1B2c", ""])
def test_colours(folder: Folder, colour: str) -> None:
    site = folder.write(shop=f'{SITE}\n[appearance.light]\nline = "{colour}"').load().sites[0]
    assert site.appearance.light.given() == ({"line": colour} if colour else {})
    assert site.appearance.dark.given() == {}
    assert site.appearance.layout == "bar"


@pytest.mark.parametrize(
    "colour", ["red", "#ff", "#ffff", "#fffffff", "fff", "#ggg", "#fff;", "url(x)", "#fff\\n", " #fff", "var(--x)"]
)
def test_what_is_no_colour_stops_the_start(folder: Folder, colour: str) -> None:
    problems = folder.write(shop=f'{SITE}\n[appearance.dark]\nbackground = "{colour}"').problems()
    assert [key.rpartition("appearance")[2] for key in problems] == [".dark.background"]
    (problem,) = problems.values()
    assert "#rgb or #rrggbb" in problem.fix


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[appearance]\nlayout = "popup"', "appearance.layout"),
        ('[appearance]\ncolour = "#fff"', "appearance.colour"),
        ('[appearance.light]\nshadow = "#fff"', "appearance.light.shadow"),
        (
            '[[purposes]]\nid = "ads"\nname = "N"\ndescription = "D"\nretention = "R"\nconsent_mode = ["ads"]',
            "consent_mode",
        ),
    ],
)
def test_unknown_names_stop_the_start(folder: Folder, text: str, key: str) -> None:
    problems = folder.write(shop=f"{SITE}\n{text}").problems()
    assert len(problems) == 1
    assert next(iter(problems)).endswith(key)


def test_signals(folder: Folder) -> None:
    assert folder.write(shop=f'signals = ["usp", "gpp"]\n{SITE}').load().sites[0].signals == ("usp", "gpp")
    assert folder.load(GATEWAY_SITE_1_SIGNALS="consent_mode").sites[0].signals == ("consent_mode",)
    problems = folder.write(shop=f'signals = ["tcf"]\n{SITE}').problems()
    assert '"consent_mode", "usp", "gpp"' in next(iter(problems.values())).fix
