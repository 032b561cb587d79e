"""The pages for visitors run the way their language is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.visitors import Browser, served


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with served(tmp_path_factory.mktemp("gateway")) as gateway:
        yield Browser(gateway)


@pytest.mark.parametrize("path", ["/privacy/1", "/privacy/1/cookies", "/do-not-sell/1"])
@pytest.mark.parametrize(("language", "way"), [("ar", "rtl"), ("he", "rtl"), ("fr", "ltr")])
def test_a_page_runs_the_way_of_its_language(visitor: Browser, path: str, language: str, way: str) -> None:
    page = visitor.get(f"{path}?language={language}").text
    assert f'<html lang="{language}" dir="{way}">' in page


def test_what_california_prescribes_in_english_runs_from_left_to_right(visitor: Browser) -> None:
    page = visitor.get("/do-not-sell/1?language=ar").text
    assert '<h1 lang="en" dir="ltr">Do Not Sell or Share My Personal Information</h1>' in page
    assert '<a href="/privacy/1?language=ar">' in page


def test_what_the_operator_wrote_runs_its_own_way_on_an_arabic_page(visitor: Browser) -> None:
    privacy, cookies = (visitor.get(f"{path}?language=ar").text for path in ("/privacy/1", "/privacy/1/cookies"))
    assert "<bdi>Shows adverts.</bdi>" in privacy
    assert "(\u2068Shop\u2069)" in privacy  # isolated inside the sentence that names the controller
    assert "<bdi>Recognises you.</bdi>" in cookies
