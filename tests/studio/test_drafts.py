"""A published draft is what the equal configuration would be: the same site, policy, notice and script, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import settings_loader
from gateway.consent.notices import Notices
from gateway.sites import drafts
from gateway.sites.catalog import ServedSite
from gateway.sites.drafts import Draft, Look, PurposeWords
from gateway.sites.site import Recipient
from gateway.state.database import State
from gateway.web.script import EmbeddedScript

CONFIGURED = """
id = 1
name = "Shop"
domains = ["shop.example"]
hosting_country = "FR"
language = "fr"
[controller]
name = "Shop SARL"
address = "Paris"
email = "a@shop.example"
authority = "CNIL"
"""

WORDS = st.sampled_from(["Nous gardons vos choix.", "We keep your choices.", "Vos choix", 'A "quoted" \\ word'])
COLOURS = st.fixed_dictionaries(
    {}, optional={"line": st.sampled_from(["#123", "#aBc", "#1d2b45"])}
)  # lines need no contrast
PURPOSES = st.fixed_dictionaries(
    {"name": WORDS, "description": WORDS, "retention": st.sampled_from(["13 months.", "2 years.", "A day."])},
    optional={"recipients": st.just([{"name": "Kino BV", "country": "NL"}])},
)
BANNERS = st.fixed_dictionaries(
    {},
    optional={
        "texts": st.dictionaries(
            st.sampled_from(["fr", "pt-BR", "eo"]),
            st.dictionaries(st.sampled_from(["title", "body"]), WORDS, min_size=1),
        ),
        "appearance": st.fixed_dictionaries(
            {}, optional={"layout": st.sampled_from(["bar", "card", "inline"]), "light": COLOURS, "dark": COLOURS}
        ),
        "purposes": st.dictionaries(st.sampled_from(["analytics", "payment-fraud"]), PURPOSES),
        "choice_months": st.integers(1, 13),
    },
)


def toml(banner: dict[str, Any]) -> str:
    """A banner as an operator would write it into the site's file."""
    lines = [f"choice_months = {banner['choice_months']}"] if "choice_months" in banner else []
    lines.append(CONFIGURED)
    for language, texts in banner.get("texts", {}).items():
        lines += [f"[texts.{language}]", *_pairs(texts)]
    look = banner.get("appearance", {})
    if "layout" in look:
        lines += ["[appearance]", f'layout = "{look["layout"]}"']
    for scheme in drafts.SCHEMES:
        lines += [f"[appearance.{scheme}]", *_pairs(look.get(scheme, {}))]
    for purpose, words in banner.get("purposes", {}).items():
        lines += ["[[purposes]]", f'id = "{purpose}"', *_pairs({k: v for k, v in words.items() if k != "recipients"})]
        for recipient in words.get("recipients", []):
            lines += ["[[purposes.recipients]]", *_pairs(recipient)]
    return "\n".join(lines)


def _pairs(values: dict[str, str]) -> list[str]:
    return [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items()]


def load(folder: Path, text: str) -> settings_loader.Loaded:
    (folder / "sites.d").mkdir(exist_ok=True)
    (folder / "gateway.toml").write_text(f'data_dir = "{folder}"\n')
    (folder / "sites.d" / "shop.toml").write_text(text)
    return settings_loader.read(folder / "gateway.toml", {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drafts")


@settings(max_examples=25, deadline=None)
@given(banner=BANNERS, law=st.sampled_from(["FR", "US-CA", "GB", ""]), language=st.sampled_from(["fr", "pt-br", "en"]))
def test_a_draft_serves_what_the_equal_configuration_does(
    folder: Path, banner: dict[str, Any], law: str, language: str
) -> None:
    bare = load(folder, CONFIGURED)
    drafted = ServedSite(drafts.applied(bare.settings.sites[0], msgspec.convert(banner, Draft), bare.written[1]))
    equal = ServedSite(load(folder, toml(banner)).settings.sites[0])
    assert drafted.fingerprint == equal.fingerprint
    notices, script = Notices(cast(State, None), "https://g.example"), EmbeddedScript("https://g.example")
    assert notices.notice(drafted, language, law).body == notices.notice(equal, language, law).body
    assert (
        script.of_site(drafted, notices.words(drafted, "fr")).body
        == script.of_site(equal, notices.words(equal, "fr")).body
    )


@settings(max_examples=15, deadline=None)
@given(written=BANNERS, banner=BANNERS)
def test_what_the_configuration_writes_goes_before(
    folder: Path, written: dict[str, Any], banner: dict[str, Any]
) -> None:
    """Each key has the configuration's value where it is written there, the draft's otherwise; the file is named."""
    loaded = load(folder, toml(written))
    site, locked = loaded.settings.sites[0], loaded.written[1]
    own, draft = tomllib.loads(toml(written)), msgspec.convert(banner, Draft)
    assert set(locked) == set(drafts.written(own)) and set(locked.values()) <= {"sites.d/shop.toml"}
    then = drafts.applied(site, draft, locked)
    for key, value in drafts.values(draft).items():
        expected = drafts.value(site, key) if key in locked else value
        assert drafts.value(then, key) == (expected or None), key
    untouched = set(locked) - set(drafts.values(draft))
    assert all(drafts.value(then, key) == drafts.value(site, key) for key in untouched)


def test_a_variable_of_the_environment_goes_before_as_well(folder: Path) -> None:
    load(folder, CONFIGURED)
    loaded = settings_loader.read(folder / "gateway.toml", {"GATEWAY_SITE_1_CHOICE_MONTHS": "9"})
    assert loaded.written[1] == {"choice_months": "the environment"}
    assert drafts.applied(loaded.settings.sites[0], Draft(choice_months=3), loaded.written[1]).choice_months == 9


def test_an_empty_draft_changes_nothing_and_a_purpose_that_is_gone_is_left_out(folder: Path) -> None:
    site = load(folder, CONFIGURED).settings.sites[0]
    assert drafts.applied(site, Draft(), {}) == site
    gone = Draft(purposes={"gone": PurposeWords(name="Gone", recipients=(Recipient(name="A", country="FR"),))})
    assert drafts.applied(site, gone, {}) == site
    assert drafts.applied(site, Draft(appearance=Look(layout="card")), {}).appearance.layout == "card"
