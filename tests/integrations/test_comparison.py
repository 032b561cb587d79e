"""The comparison says what its script checks: every product, version, feature and claim, and nothing by hand. No network."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import brotli
import pytest

from benchmarks import comparison
from benchmarks.claims import FEATURES, OURS, Evidence, Unrelated
from benchmarks.comparison import Wrong, claim, found, measure
from benchmarks.comparison_page import Row, Size, render
from benchmarks.rivals import PINNED, RIVALS, STRENGTHS, UNPUBLISHED, Rival

ROOT = Path(__file__).parents[2]
PAGE = comparison.PAGE.read_text(encoding="utf-8")


def table(title: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [rows[0], *rows[2:]]


def as_expression(says: str) -> str:
    return re.escape(says).replace(r"\{files\}", r"\d+").replace(r"\{matches\}", r"\d+")


def test_the_page_is_dated_and_says_how_it_was_made() -> None:
    measured = re.search(r"Measured on (\d{4}-\d\d-\d\d)", PAGE)
    assert measured and date.fromisoformat(measured[1]) >= date.fromisoformat(PINNED)
    assert "`scripts/compare`" in PAGE


def test_every_product_stands_in_the_size_table_with_its_pinned_version() -> None:
    _, *rows = table("Size")
    sizes = {row[0]: row for row in rows}
    assert len(rows) == len(RIVALS) + 3
    for rival in RIVALS:
        assert sizes[rival.name][1] == rival.version
        assert re.fullmatch(r"\d+(\.\d+)+", rival.version)
    for row in rows:
        small, middle, large = (int(cell.replace(",", "")) for cell in row[2:5])
        assert 1000 < small < middle < large, row


def test_every_feature_is_answered_for_every_product_in_the_words_of_the_table() -> None:
    head, *rows = table("Features")
    assert [row[0] for row in rows] == [text for text, _ in FEATURES.values()] + ["licence"]
    told = {rival.name: rival.features for rival in RIVALS} | {"The gateway": OURS}
    for row, feature in zip(rows, FEATURES, strict=False):
        for name, cell in zip(head[1:], row[1:], strict=True):
            evidence = told[name].get(feature)
            expected = as_expression(evidence.says) if evidence else "not found"
            assert re.fullmatch(expected, cell), f"{name}: {row[0]}: {cell}; run scripts/compare"


def test_every_claim_names_the_file_where_it_was_read() -> None:
    sources = PAGE.split("## Where it was read\n", 1)[1]
    for rival in RIVALS:
        for evidence in rival.features.values():
            assert f"`{evidence.file}`" in sources


def test_what_others_do_better_is_said() -> None:
    section = PAGE.split("## What the others do better\n", 1)[1].split("\n## ", 1)[0]
    for strength in STRENGTHS:
        assert re.search(as_expression(strength.says), section)
    for name in UNPUBLISHED:
        assert f"- {name}: publishes no package" in PAGE


@pytest.mark.parametrize("feature", FEATURES)
def test_what_the_page_says_of_this_project_is_in_its_own_files(feature: str) -> None:
    assert found(OURS[feature], ROOT, "the gateway")


def test_a_claim_that_the_files_do_not_bear_out_stops_the_script(tmp_path: Path) -> None:
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing/index.js").write_text("new MutationObserver(f)")
    rival = Rival(
        "Thing", ("thing@1.0.0",), ("thing/index.js",), "", {"gpc": Evidence("yes", "thing/index.js", "globalP")}
    )
    with pytest.raises(Wrong, match="globalP"):
        claim(rival, "gpc", tmp_path)
    with pytest.raises(Wrong, match="MutationObserver"):
        claim(rival, "late", tmp_path)
    assert claim(rival, "shadow", tmp_path) == "not found"
    assert (
        claim(rival._replace(unrelated=(Unrelated("late", ("index.js",), "no gate"),)), "late", tmp_path) == "not found"
    )
    with pytest.raises(Wrong, match="there is no"):
        found(Evidence("{files}", "thing/*.toml", "."), tmp_path, "Thing")


def test_sizes_are_sums_of_files_compressed_one_by_one() -> None:
    texts = [b"abc" * 500, b"xyz" * 700]
    size = measure(texts)
    assert size.published == 3600
    assert size.brotli == sum(len(brotli.compress(text, quality=11)) for text in texts)
    assert 0 < size.gzip < 100


def test_own_lines_are_measured_like_the_others() -> None:
    asking, everything, gates = comparison.own_rows()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert {asking.version, everything.version, gates.version} == {version}
    assert 1000 < gates.size.brotli < asking.size.brotli <= everything.size.brotli
    page = render([Row("The gateway", "1", "MIT", "a", Size(3, 2, 1), "", {})], [], {}, date(2026, 1, 2))
    assert "Measured on 2026-01-02" in page and "| The gateway | 1 | 1 | 2 | 3 | a |  |" in page
