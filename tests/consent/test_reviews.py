"""Reviews of the legal sentences: kept by language, undone by an edit, said by `gateway check`."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from gateway.cli import cli
from gateway.consent import reviews
from gateway.consent.texts import FALLBACK, load
from gateway.sites.site import Controller, Site
from tests.settings.conftest import SITE

TEXTS = load()
TRANSLATED = [language for language in TEXTS if language != FALLBACK]
REVIEWED = [language for language in TRANSLATED if (reviews.REVIEWS / f"{language}.toml").is_file()]
DAY = date(2026, 11, 22)
SHOP = Site(
    id=1,
    name="Shop",
    domains=("shop.example",),
    controller=Controller(name="Shop", address="Street", email="a@shop.example", authority="CNIL"),
    hosting_country="FR",
    language="fr",
)


def back(language: str) -> dict[str, str]:
    """A back-translation of every legal sentence: the English itself."""
    return {key: TEXTS[FALLBACK][key] for key in reviews.legal(language)}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_language_is_reviewed(language: str) -> None:
    assert reviews.unreviewed(language) == []


@pytest.mark.parametrize("language", REVIEWED)
def test_a_review_is_of_the_texts_as_they_stand(language: str) -> None:
    review = reviews.read(language)
    assert review is not None
    assert date.fromisoformat(review.reviewed) >= date(2026, 1, 1)
    assert review.method == reviews.METHOD
    sentences = reviews.legal(language)
    edited = [key for key, source in review.source.items() if source != reviews.digest(sentences.get(key, ""))]
    assert edited == [], f"{language}: edited since; review again: {', '.join(edited)}"
    assert review.sentences.keys() == review.source.keys()


def test_english_is_the_source() -> None:
    assert reviews.unreviewed(FALLBACK) == []
    assert set(TEXTS) == {FALLBACK, *TRANSLATED}


def test_every_pattern_of_a_legal_sentence_finds_one() -> None:
    for pattern in reviews.LEGAL:
        plain = pattern.removesuffix("*")
        found = [key for key in TEXTS[FALLBACK] if (key.startswith(plain) if plain != pattern else key == pattern)]
        assert found and all(reviews.is_legal(key) for key in found), pattern
    assert not any(reviews.is_legal(key) for key in ("privacy_policy", "why", "cookies"))


def test_what_a_reviewer_is_given_has_no_english(capsys: pytest.CaptureFixture[str]) -> None:
    english = {text for text in TEXTS[FALLBACK].values() if " " in text}
    for language in TRANSLATED:
        reviews.main(["extract", language])
        given = tomllib.loads(capsys.readouterr().out)
        assert given == {key: text for key, text in TEXTS[language].items() if reviews.is_legal(key)}
        assert not set(given.values()) & english


def test_an_edited_sentence_is_unreviewed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reviews.unreviewed("fr", tmp_path) == list(reviews.legal("fr"))
    assert reviews.store("fr", back("fr"), DAY, tmp_path) == []
    edited = {**TEXTS, "fr": {**TEXTS["fr"], "object": "Non merci", "privacy_policy": "Vie privée"}}
    monkeypatch.setattr(reviews, "_shipped", lambda: edited)
    assert reviews.unreviewed("fr", tmp_path) == ["object"]
    assert reviews.store("fr", {"object": "No thanks"}, date(2026, 12, 1), tmp_path) == []
    kept = reviews.read("fr", tmp_path)
    assert kept is not None and kept.reviewed == "2026-12-01"
    assert kept.sentences == {**back("fr"), "object": "No thanks"}


def test_a_review_of_some_sentences_leaves_the_others_unreviewed(tmp_path: Path) -> None:
    quoted = 'Your \\ "choices"'
    missing = reviews.store("mt", {"title": quoted, "purpose.analytics.name": "Audience"}, DAY, tmp_path)
    assert set(reviews.legal("mt")) - set(missing) == {"title", "purpose.analytics.name"}
    kept = reviews.read("mt", tmp_path)
    assert kept is not None and kept.sentences["title"] == quoted


@pytest.mark.parametrize(
    ("language", "translated", "said"),
    [
        ("en", {"title": "Your choices"}, "the source"),
        ("xx", {"title": "Your choices"}, "no texts are shipped"),
        ("fr", {"privacy_policy": "Privacy policy"}, "privacy_policy"),
        ("fr", {"title": " "}, "blank: title"),
        ("fr", {"recipients_many": "Others receive data."}, "placeholders than the text has: recipients_many"),
    ],
)
def test_what_is_no_review_is_refused(tmp_path: Path, language: str, translated: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reviews.store(language, translated, DAY, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_is_none_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "back.toml"
    broken.write_text("title = 1")
    for arguments, said in (
        ([], "extract fr"),
        (["extract", "xx"], "no texts are shipped"),
        (["store", "fr", str(tmp_path / "none.toml")], "No such file"),
        (["store", "fr", str(broken)], "str"),
    ):
        with pytest.raises(SystemExit) as stopped:
            reviews.main(arguments)
        assert said in str(stopped.value.code)


def test_a_site_hears_of_its_languages(tmp_path: Path) -> None:
    reviews.store("fr", back("fr"), DAY, tmp_path)
    reviews.store("pt", {"title": "Your choices"}, DAY, tmp_path)
    site = structs.replace(SHOP, texts={"pt-BR": {"body": "Pedimos antes.", "yes": "Sim"}, "en": {}, "xx": {}})
    lines = dict(line.removeprefix("texts in ").split(": ", 1) for line in reviews.say(site, tmp_path))
    assert list(lines) == ["fr", "pt-BR", "en", "xx"]
    assert lines["fr"] == "reviewed 2026-11-22"
    unread = ", ".join(key for key in reviews.legal("pt") if key not in ("title", "body"))
    assert lines["pt-BR"] == f"not reviewed: {unread}; the site's own, not reviewed: body"
    assert lines["en"] == "the source, which needs no review"
    assert "English stands in" in lines["xx"]


def test_gateway_check_says_it(tmp_path: Path) -> None:
    (tmp_path / "sites.d").mkdir()
    site = SITE.replace('name = "Shop"\n', 'name = "Shop"\nlanguage = "is"\n', 1)
    (tmp_path / "sites.d" / "shop.toml").write_text(site, encoding="utf-8")
    config = tmp_path / "gateway.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n', encoding="utf-8")
    said = CliRunner().invoke(cli, ["check", "--config", str(config)])
    assert said.exit_code == 0, said.output
    review = reviews.read("is")
    state = f"reviewed {review.reviewed}" if review and not reviews.unreviewed("is") else "not reviewed: title, body,"
    assert f"    texts in is: {state}" in said.output
