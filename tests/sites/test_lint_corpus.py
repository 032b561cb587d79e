"""The corpus: at least 20 manipulative and 20 honest texts a language, and how many the lint judges rightly."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from gateway.consent import texts
from gateway.sites.lint import KINDS, wording
from tests.sites.lint_corpus import LANGUAGES, PAGE, corpus, measure, mistakes, page

SHIPPED = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv nb is tr ar he".split()


def test_every_shipped_language_has_a_lexicon_and_a_corpus() -> None:
    folder = files("gateway.sites.lint") / "lexicon"
    assert {Path(file.name).stem for file in folder.iterdir()} == {*LANGUAGES} == {*SHIPPED}
    assert texts.load().keys() <= {*SHIPPED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_size(language: str) -> None:
    entries = [entry for half in ("known", "held_out") for entry in corpus(language)[half]]
    assert len({entry.words for entry in entries}) == len(entries), "a text is there twice"
    for half in ("known", "held_out"):
        for manipulative in (True, False):
            assert sum(bool(entry.kind) is manipulative for entry in corpus(language)[half]) >= 9
    for manipulative in (True, False):
        assert sum(bool(entry.kind) is manipulative for entry in entries) >= 20
    kinds = {entry.kind for entry in entries} - {""}
    assert kinds <= KINDS.keys()
    assert len(kinds) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_known(language: str) -> None:
    assert [(entry, list(map(str, found))) for entry, found in mistakes(language, "known")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out(language: str) -> None:
    measured = measure(language, "held_out")
    assert measured.found / measured.manipulative >= 0.7
    assert measured.faulted / measured.honest <= 0.05


def test_the_figures_are_those_of_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m tests.sites.lint_corpus"


@pytest.mark.parametrize("language", SHIPPED)
def test_expressions_take_time_in_proportion_to_the_text(language: str) -> None:
    """By construction: every repetition is bounded, and none stands within another."""
    words = wording.lexicon(language)
    assert words is not None
    for name, pattern in words.patterns.items():
        assert not re.search(r"(?<!\\)[*+]|\{\d*,\}", pattern.pattern.replace("(?:", "(")), name
        # Bounded ones repeat a character or a class, never a group; a group is there once or not at all.
        assert not re.search(r"\)\{", pattern.pattern), name


@pytest.mark.parametrize("language", SHIPPED)
def test_expressions_are_written_in_words(language: str) -> None:
    file = files("gateway.sites.lint") / "lexicon" / f"{language}.toml"
    for expressions in tomllib.loads(file.read_text(encoding="utf-8")).values():
        for expression in expressions:
            plain = wording.normalise(expression.replace("…", ""))
            assert re.fullmatch(r"\^?[\w '\-%()|?*]+\$?", plain), expression
            assert "?" not in expression.replace(")?", ""), f"{expression}: only a group may be missing"
            assert ")?" not in re.sub(r"\([^()]*\)\??", "", expression), f"{expression}: a group in a missing one"
            assert expression.count("…") <= 3, expression
