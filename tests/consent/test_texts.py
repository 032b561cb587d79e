"""The banner's texts in every language: complete, fillable, translated, and no less plain about a no than about a yes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec import structs

from gateway.consent.durations import months_in_words
from gateway.consent.notices import Notices
from gateway.consent.texts import FALLBACK, load
from gateway.sites.catalog import ServedSite
from gateway.sites.codes import ALIASES
from gateway.sites.site import DEFAULT_PURPOSES, Controller, Exemption, Site
from gateway.state.database import State

# The 24 official languages of the EU, then Norwegian, Icelandic, Turkish, Arabic and Hebrew.
LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv nb is tr ar he".split()
TRANSLATED = [language for language in LANGUAGES if language != FALLBACK]

# California prescribes the words (RULES.md C1, C4).
ENGLISH_EVERYWHERE = {"do_not_sell", "opt_out_honored"}
# Words that other languages share with English.
MAY_EQUAL_ENGLISH = {
    "kind_cookie", "entry_name", "no", "services", "centre_start", "centre_contact", "centre_browser_name",
    "centre_erase_ask", "centre_on", "centre_visits",
}  # fmt: skip

TEXTS = load()
SHOP = Site(
    id=1,
    name="Shop",
    domains=("shop.example",),
    controller=Controller(name="Shop", address="Street", email="a@shop.example", authority="CNIL"),
    hosting_country="FR",
    purposes=DEFAULT_PURPOSES,
)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notices]:
    state = State("", tmp_path_factory.mktemp("state"))
    yield Notices(state, "https://consent.shop.example")
    state.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_shipped_in_the_order_of_english(language: str) -> None:
    assert list(TEXTS[language]) == list(TEXTS[FALLBACK])


def test_no_language_is_shipped_that_nobody_checks() -> None:
    assert set(TEXTS) <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_the_placeholders_of_english(language: str) -> None:
    for key, english in TEXTS[FALLBACK].items():
        text = TEXTS[language][key]
        assert placeholders(text) == placeholders(english), f"{key}: {text}"
        assert "{" not in re.sub(r"\{\w+\}", "", text), f"{key}: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_set_cleanly(language: str) -> None:
    for key, text in TEXTS[language].items():
        assert text and text == text.strip(), key
        assert "  " not in text, key
        assert not re.search(r"[\t\r\n]", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_ends_where_the_english_one_does(language: str) -> None:
    """A button, a heading or a label has no full stop; a sentence has its mark."""
    for key, english in TEXTS[FALLBACK].items():
        text = TEXTS[language][key]
        if english.endswith((".", "?")):
            assert text.endswith((".", "?", ";", "؟")), f"{key}: {text}"
        else:
            assert not text.endswith((".", ":", ",")), f"{key}: {text}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language: str) -> None:
    same = {key for key, english in TEXTS[FALLBACK].items() if TEXTS[language][key] == english}
    assert same >= ENGLISH_EVERYWHERE
    assert same - ENGLISH_EVERYWHERE <= MAY_EQUAL_ENGLISH


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_signal_keeps_its_name(language: str) -> None:
    for key in ("gpc_opt_out", "gpc_objection"):
        assert "Global Privacy Control" in TEXTS[language][key]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_no_takes_as_much_room_as_a_yes(language: str) -> None:
    """RULES.md E1, C7: neither answer is the long one that nobody reads."""
    accept, reject = len(TEXTS[language]["accept_all"]), len(TEXTS[language]["reject_all"])
    assert max(accept, reject) <= 2 * min(accept, reject)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_answers_read_alike(language: str) -> None:
    answers = [TEXTS[language][key] for key in ("accept_all", "reject_all", "choose", "save", "close", "back")]
    assert len(set(answers)) == len(answers)


@pytest.mark.parametrize(
    ("asked", "default", "given"),
    [
        ("no", "en", "nb"),
        ("nn-NO", "en", "nb"),
        ("nb-NO", "en", "nb"),
        ("iw", "en", "he"),
        ("iw-IL", "en", "he"),
        ("fr-CA", "en", "fr"),
        ("xx", "no", "nb"),
        ("", "de-AT", "de"),
        ("xx", "xx", "en"),
    ],
)
def test_a_tag_finds_the_language_it_means(shipped: Notices, asked: str, default: str, given: str) -> None:
    assert shipped.language(asked, ServedSite(structs.replace(SHOP, language=default))) == given


def test_a_site_s_own_texts_stand_over_those_of_the_language_meant(shipped: Notices) -> None:
    site = ServedSite(structs.replace(SHOP, texts={"nn": {"title": "Dine val"}}))
    assert shipped.language("nn-NO", site) == "nn"
    words = shipped.words(site, "nn")
    assert words["title"] == "Dine val"
    assert words["reject_all"] == TEXTS["nb"]["reject_all"]


def test_the_case_of_a_tag_says_nothing(shipped: Notices) -> None:
    site = ServedSite(structs.replace(SHOP, texts={"pt-BR": {"title": "Suas escolhas"}}))
    language = shipped.language("pt-BR", site)
    assert shipped.words(site, language)["title"] == "Suas escolhas"
    assert shipped.words(site, language)["reject_all"] == TEXTS["pt"]["reject_all"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("exemptions", "jurisdiction", "key"),
    [
        ((), "FR", "body"),
        ((Exemption(country="FR"),), "FR", "body_running"),
        ((Exemption(country="FR"),), "DE", "body"),
        ((), "GB", "body_running"),
        ((), "US-CA", "body_running"),
        ((), "US", "body_running"),
        ((), "", "body"),
    ],
)
def test_the_first_layer_claims_to_ask_first_only_where_it_does(
    shipped: Notices, language: str, exemptions: tuple[Exemption, ...], jurisdiction: str, key: str
) -> None:
    shown = shipped.notice(ServedSite(structs.replace(SHOP, exemptions=exemptions)), language, jurisdiction).content
    assert shown["texts"]["body"].startswith(filled(TEXTS[language][key], language))
    assert "body_running" not in shown["texts"]


def test_a_site_that_measures_nothing_runs_nothing_unasked_in_britain(shipped: Notices) -> None:
    site = ServedSite(structs.replace(SHOP, analytics_enabled=False))
    body = shipped.notice(site, "en", "GB").content["texts"]["body"]
    assert body.startswith(filled(TEXTS["en"]["body"], "en"))


def test_a_site_s_own_words_for_the_first_layer_are_for_where_they_hold(shipped: Notices) -> None:
    own = {"body": "We ask first.", "body_running": "We count until you object."}
    site = ServedSite(structs.replace(SHOP, texts={"en": own}))
    assert shipped.notice(site, "en", "DE").content["texts"]["body"].startswith(own["body"])
    assert shipped.notice(site, "en", "GB").content["texts"]["body"].startswith(own["body_running"])
    asking = ServedSite(structs.replace(SHOP, texts={"en": {"body": own["body"]}}))
    assert own["body"] not in shipped.notice(asking, "en", "GB").content["texts"]["body"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_first_layers_end_in_the_same_words(language: str) -> None:
    """The answers, that refusing costs nothing, and how long the answer is kept: all after the first sentence."""
    rest = TEXTS[language]["body"].partition(". ")[2]
    assert rest
    assert TEXTS[language]["body_running"].endswith(f". {rest}")


def test_the_words_of_the_first_layer_ask_nobody_again() -> None:
    own = structs.replace(SHOP, texts={"en": {"body_running": "We count until you object."}})
    assert ServedSite(own).fingerprint == ServedSite(SHOP).fingerprint


def test_every_alias_leads_to_a_language_that_is_shipped_under_no_other_name() -> None:
    assert set(ALIASES.values()) <= set(LANGUAGES)
    assert not set(ALIASES) & set(LANGUAGES)


def filled(text: str, language: str) -> str:
    duration = months_in_words(SHOP.choice_months, language)
    return text.replace("{controller}", SHOP.controller.name).replace("{duration}", duration)


def placeholders(text: str) -> list[str]:
    """The names of what is filled in, each as often as it stands there."""
    return sorted(re.findall(r"\{(\w+)\}", text))
