"""The page of the comparison: tables from what was measured, and what the others do better."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from benchmarks.claims import FEATURES
from benchmarks.rivals import PINNED, RIVALS, Rival


class Size(NamedTuple):
    """Bytes."""

    published: int
    gzip: int
    brotli: int


class Row(NamedTuple):
    """One line of the size table and, where it stands for a product, one column of the features."""

    name: str
    version: str
    licence: str
    files: str
    size: Size
    note: str
    features: dict[str, str]  # feature → the table's words


HEAD = """# Compared with other consent banners

Measured on {day} from the packages as published, by `scripts/compare`, which writes this page. Versions are pinned in
`benchmarks/rivals.py`; they were the newest ones on {pinned}. What is claimed was found in the published files named at
the end. "Not found" means what it says: not found there; a product may still do it by other means. Late nodes, Global Privacy
Control, Consent Mode, GPP, shadow DOM and forms were searched for in every published file; the other rows by reading what the
package says of itself in its README, types and documentation.

## Size

Bytes that a page loads to show the banner and to gate: the product's own files, as published and recommended for production.
The site's own configuration and what a server sends beside it are not counted, except where the note says so.

"""

BETTER = """
## What the others do better

- CookieConsent, Klaro, tarteaucitron and Orejime are static files: no server to run, nothing that can be down. The gateway
  needs one, for its proof of consent, for cookies that outlive the seven days that browsers give to scripts, and for the rules
  of the visitor's country.
"""


def render(rows: Sequence[Row], strengths: Sequence[str], absent: dict[str, tuple[str, ...]], day: date) -> str:
    """The whole page. `rows` begin with the project's own; `absent` are products with the names npm does not know."""
    lines = [HEAD.format(day=day.isoformat(), pinned=PINNED)]
    sizes = [
        [r.name, r.version, f"{r.size.brotli:,}", f"{r.size.gzip:,}", f"{r.size.published:,}", r.files, r.note]
        for r in rows
    ]
    lines.append(
        _table(["product", "version", "brotli 11", "gzip 9", "published", "files", "note"], sizes, right=(2, 3, 4))
    )
    lines.append("\n## Features\n\n")
    columns = [row for row in rows if row.name in {"The gateway", *(rival.name for rival in _products())}]
    body = [
        [text, *(row.features.get(feature, "not found") for row in columns)] for feature, (text, _) in FEATURES.items()
    ]
    body.append(["licence", *(row.licence for row in columns)])
    lines.append(_table(["feature", *(row.name for row in columns)], body))
    lines.append(BETTER)
    lines.extend(f"- {strength}\n" for strength in strengths)
    lines.append("\n## Not measured\n\n")
    for name, names in absent.items():
        asked = ", ".join(f"`{each}`" for each in names)
        lines.append(
            f"- {name}: publishes no package on npm ({asked} do not exist there), so nothing here can be checked.\n"
        )
    lines.append("\n## Where it was read\n\n")
    lines.append(_table(["product", "feature", "file"], _sources(), right=()))
    return "".join(lines)


def _products() -> list[Rival]:
    """One entry a product: the lines that differ only in what is bundled share their features."""
    return [rival for number, rival in enumerate(RIVALS) if rival.features not in [r.features for r in RIVALS[:number]]]


def _sources() -> list[list[str]]:
    rows = []
    for rival in _products():
        for feature, evidence in rival.features.items():
            rows.append([rival.name, FEATURES[feature][0], f"`{evidence.file}`"])
        for feature, files, what in rival.unrelated:
            where = ", ".join(f"`{file}`" for file in files)
            rows.append([rival.name, FEATURES[feature][0], f"not found: what looks like it in {where} is {what}"])
    return rows


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    line = ["---:" if number in right else "---" for number in range(len(head))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [head, line, *rows])
