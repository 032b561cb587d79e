"""The corpus of manipulative and honest texts, and what the lint makes of it. `python -m tests.sites.lint_corpus` writes
its table into docs/dark-patterns.md."""

from __future__ import annotations

import functools
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.sites.lint import Finding, lint
from gateway.sites.site import Controller, Site

FOLDER = Path(__file__).parent / "corpus"
PAGE = Path(__file__).parents[2] / "docs" / "dark-patterns.md"
LANGUAGES = tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))
HALVES = ("known", "held_out")

_BEGIN, _END = "<!-- measured -->\n", "<!-- /measured -->\n"
_CONTROLLER = Controller(name="Shop SAS", address="1 rue X", email="privacy@example.com", authority="CNIL")
_SITE = Site(id=1, name="Shop", domains=("www.example.com",), hosting_country="FR", controller=_CONTROLLER)


class Entry(NamedTuple):
    """One text, or two labels beside each other: keys and words are then joined by " | "."""

    kind: str  # as which it must be found; "" for an honest one
    key: str
    words: str


class Measured(NamedTuple):
    """How many manipulative texts were found, as what they are, and how many honest ones were found fault with."""

    found: int
    manipulative: int
    faulted: int
    honest: int


@functools.cache
def corpus(language: str) -> dict[str, list[Entry]]:
    """Half → entries."""
    raw = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {
        half: [
            *(Entry(*row) for row in raw[half]["manipulative"]),
            *(Entry("", *row) for row in raw[half]["honest"]),
        ]
        for half in raw
    }


def findings(entry: Entry, language: str) -> list[Finding]:
    texts = dict(zip(entry.key.split(" | "), entry.words.split(" | "), strict=True))
    return lint(msgspec.structs.replace(_SITE, language=language, texts={language: texts}))


def mistakes(language: str, half: str) -> Iterator[tuple[Entry, list[Finding]]]:
    """What the lint judges wrongly, and what it found."""
    for entry in corpus(language)[half]:
        found = findings(entry, language)
        if entry.kind not in {finding.kind for finding in found} if entry.kind else found:
            yield entry, found


def measure(language: str, half: str) -> Measured:
    entries = corpus(language)[half]
    manipulative = sum(bool(entry.kind) for entry in entries)
    wrong = [entry for entry, _ in mistakes(language, half)]
    missed = sum(bool(entry.kind) for entry in wrong)
    return Measured(manipulative - missed, manipulative, len(wrong) - missed, len(entries) - manipulative)


def table() -> str:
    """The figures per language and half, as they stand in the page."""
    rows = ["| language | known: found | known: false positives | held out: found | held out: false positives |"]
    rows.append("|---|---|---|---|---|")
    totals = {half: Measured(0, 0, 0, 0) for half in HALVES}
    for language in LANGUAGES:
        cells = [language]
        for half in HALVES:
            measured = measure(language, half)
            totals[half] = Measured(*map(sum, zip(totals[half], measured, strict=True)))
            cells += _cells(measured)
        rows.append(f"| {' | '.join(cells)} |")
    cells = ["**all**", *(cell for half in HALVES for cell in _cells(totals[half], share=True))]
    rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def page(text: str) -> str:
    """`text` of the page with the table as measured now."""
    head, _, rest = text.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    return f"{head}{_BEGIN}\n{table()}\n{_END}{tail}"


def _cells(measured: Measured, *, share: bool = False) -> list[str]:
    cells = []
    for part, whole in ((measured.found, measured.manipulative), (measured.faulted, measured.honest)):
        cells.append(f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if share and whole else ""))
    return cells


if __name__ == "__main__":
    if "--mistakes" in sys.argv:
        for language in sys.argv[sys.argv.index("--mistakes") + 1 :] or LANGUAGES:
            for half in corpus(language):
                for entry, found in mistakes(language, half):
                    sys.stdout.write(f"{language} {half} {entry} {list(map(str, found))}\n")
    else:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{PAGE} written\n")
