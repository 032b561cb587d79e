"""The words of the dashboard in its three languages, and numbers and dates in everybody's."""

from __future__ import annotations

import json
import re
import string
import subprocess
from pathlib import Path

import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Role
from gateway.web.languages import LANGUAGES, preferred
from gateway.web.pages import catalogue

ROOT = Path(__file__).parent.parent.parent
EU = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split()
# A separator of groups or decimals may be any of these, and spaces come in kinds.
_BLANKS = re.compile("[\u00a0\u202f\u2009]")


def words(language: str) -> dict[str, str]:
    return {f"{part}.{key}": text for part, texts in catalogue(language).items() for key, text in texts.items()}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_every_language_says_everything_that_english_does(language: str) -> None:
    english, translated = words("en"), words(language)
    assert list(translated) == list(english), "the same keys in the same order, so that a difference is seen"
    for key, text in english.items():
        assert translated[key].strip(), key
        assert names_in(translated[key]) == names_in(text), key
    # A catalogue that was copied and not translated.
    same = [key for key, text in english.items() if translated[key] == text]
    assert len(same) < len(english) * 0.15, same


def test_whatever_is_in_the_audit_log_has_words() -> None:
    assert {action.value for action in Action} <= set(catalogue("en")["actions"])
    assert {role.value for role in Role} == set(catalogue("en")["roles"])


def test_no_language_has_a_file_that_nobody_offers() -> None:
    stored = {file.stem for file in (ROOT / "gateway/templates/texts").glob("*.json")}
    assert stored == set(LANGUAGES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-CH, de;q=0.9, en;q=0.8", "fr"),
        ("pl, de-AT;q=0.7, en;q=0.6", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("en;q=0.5, fr;q=0.50001", "fr"),
        ("fr;q=nonsense, de;q=0.2", "de"),
        ("fr;q=nan", ""),
        ("pl, cs", ""),
        ("*", ""),
        ("", ""),
        (",;q=1,;;", ""),
    ],
)
def test_the_browser_says_which_language_it_prefers(header: str, language: str) -> None:
    assert preferred(header) == language


# Runs the dashboard's own module of formats, once for each browser.
_FORMATS = """
import {{ build }} from "esbuild";
const entryPoints = ["static/dashboard/format.ts"];
const built = await build({{ entryPoints, bundle: true, format: "esm", target: "es2022", write: false }});
const told = {{}};
for (const [languages, page, chosen] of {cases}) {{
  Object.defineProperty(globalThis, "navigator", {{ value: {{ languages }}, configurable: true }});
  globalThis.document = {{ documentElement: {{ lang: page }}, body: {{ dataset: chosen ? {{ languageChosen: "" }} : {{}} }} }};
  const unique = `data:text/javascript,${{encodeURIComponent(built.outputFiles[0].text + "//" + languages + page + chosen)}}`;
  const format = await import(unique);
  told[`${{languages}} ${{page}} ${{chosen}}`] = [
    format.whole(1234567), format.figure("actions_per_visit", 2.5), format.span({{ from: "2026-03-01", to: "2026-03-01" }}),
  ];
}}
console.log(JSON.stringify(told));
"""


def formatted(cases: list[tuple[list[str], str, bool]]) -> dict[str, list[str]]:
    script = _FORMATS.format(cases=json.dumps(cases))
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout)
    return {case: [_BLANKS.sub(" ", text) for text in texts] for case, texts in told.items()}


def test_numbers_and_dates_are_the_readers_own_in_all_languages_of_the_eu() -> None:
    chosen = [(["en-US"], "fr", True), (["pl-PL", "de-AT", "en"], "de", True), (["xx-nonsense"], "de", False)]
    told = formatted([([tag], "en", False) for tag in EU] + chosen)
    assert told["de en false"][0] == "1.234.567"
    assert told["fr en false"][:2] == ["1 234 567", "2,5"]
    assert told["en en false"][:2] == ["1,234,567", "2.5"]
    assert told["pl en false"][0] == "1 234 567"
    # A month's name or a date's order is the language's own: no two that write alike would say so by chance.
    dates = {tag: told[f"{tag} en false"][2] for tag in EU}
    assert all("2026" in date and "1" in date for date in dates.values())
    assert len(set(dates.values())) >= 22, dates
    assert dates["fi"] != dates["et"] != dates["en"]
    # Who chose French reads French dates, whatever the browser was bought with; the browser's own kind of German stays.
    assert told["en-US fr true"] == told["fr en false"]
    assert told["pl-PL,de-AT,en de true"][0] == "1 234 567"
    assert told["xx-nonsense de false"] == told["de en false"]
