"""docs/settings.md from the settings' own descriptions: `python -m gateway.settings_docs` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from gateway.settings_table import Group, Setting, settings, site_settings

TARGET = Path(__file__).parent.parent / "docs" / "settings.md"

_HEAD = """# Settings

Written by `python -m gateway.settings_docs` from the descriptions in the code; a test fails when the two differ.

The gateway reads `gateway.toml` (the file named by `--config` or `GATEWAY_CONFIG`, else the one in the working directory)
and every `sites.d/*.toml` beside it, one site per file. Each single value may also be set in the environment, which goes
before the files; lists are comma-separated there, and an empty variable counts as unset. Instead of a secret, its variable
with `_FILE` at the end may name a file that holds it. `gateway check` reads everything and reports all problems at once.

An unknown key or an unknown `GATEWAY_` variable is a problem, so a typing error never goes unnoticed.
These variables are no settings: `GATEWAY_CONFIG` (path of gateway.toml), `GATEWAY_DEMO_PORT` (port of the example website).

## gateway.toml
"""

_SITES = """
## A site: sites.d/*.toml, or [[sites]] in gateway.toml

In the environment the number in the name is the site's id, as in `GATEWAY_SITE_1_NAME`.
The purposes `necessary`, `payment-fraud` and `analytics` are there without being written; a purpose with one of these ids
replaces the shipped one. [Countries, languages and exemptions](operate.md#sites) are explained beside the example.
"""

_COLUMNS = "\n| key | environment | type | default | what |\n|---|---|---|---|---|\n"


def render() -> str:
    """The whole page."""
    return _HEAD + _tables(settings()) + _SITES + _tables(site_settings())


def _tables(rows: Iterable[Setting | Group]) -> str:
    groups: dict[str, Group] = {}
    members: dict[str, list[Setting]] = {"": []}
    for row in rows:
        if isinstance(row, Group):
            groups[row.key] = row
            members[row.key] = []
        else:
            members[row.key.rpartition(".")[0].removesuffix("[]")].append(row)
    text = ""
    for key, own in members.items():
        if key:
            name = key.replace("[]", "")
            text += f"\n### {f'[[{name}]]' if groups[key].repeated else f'[{name}]'}\n\n{groups[key].description}\n"
        text += _COLUMNS + "".join(_row(row) for row in own)
    return text


def _row(row: Setting) -> str:
    names = [name.replace("{id}", "1") for name in row.names]
    names += [f"{name}_FILE" for name in names] if row.secret else []
    cells = (
        f"`{row.key.replace('[]', '')}`",
        "<br>".join(f"`{name}`" for name in names) or "–",
        row.kind,
        "required" if row.default == "required" else f"`{row.default}`",
        row.description,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET} written\n")
