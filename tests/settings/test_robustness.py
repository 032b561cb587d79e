"""Whatever a file or variable holds, the loader answers with settings or with problems, never with another error."""

from __future__ import annotations

import copy
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gateway.errors import SettingsError
from gateway.settings_check import advice
from gateway.settings_loader import digest, load
from gateway.settings_table import Group, Setting, settings, site_settings

ROOT = Path(__file__).parents[2]
GATEWAY = tomllib.loads((ROOT / "gateway.example.toml").read_text(encoding="utf-8"))
SHOP = tomllib.loads((ROOT / "sites.d" / "shop.toml.example").read_text(encoding="utf-8"))

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    [
        "",
        " ",
        "//",
        "http://[",
        "https://[::1",
        "*.",
        ".",
        "a..b",
        "::1%eth0",
        "..",
        "1/0",
        "https://:80",
        "\u2028",
        "xn--",
        "DE",
    ]
)
SCALARS = TEXTS | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.booleans() | st.dates()
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.dictionaries(st.sampled_from(["id", "name", "fr"]), SCALARS, max_size=2)
)


def keys(rows: tuple[Setting | Group, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([row.key for row in rows])


def spoil(tree: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """A copy with `value` at `key`; in the first of several tables."""
    tree = copy.deepcopy(tree)
    inner: Any = tree
    *tables, last = key.split(".")
    for table in tables:
        name = table.removesuffix("[]")
        inner = inner.setdefault(name, [{}] if name != table else {})
        inner = inner[0] if isinstance(inner, list) else inner
    inner[last] = value
    return tree


@hypothesis_settings(max_examples=300, deadline=None)
@given(keys(settings()), VALUES, keys(site_settings()), VALUES)
def test_any_value_anywhere(key: str, value: object, site_key: str, site_value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "gateway.toml"
        (config.parent / "sites.d").mkdir()
        config.write_text(tomlkit.dumps(spoil(GATEWAY, key, value)), encoding="utf-8")
        shop = tomlkit.dumps(spoil(SHOP, site_key, site_value))
        (config.parent / "sites.d" / "shop.toml").write_text(shop, encoding="utf-8")
        try:
            loaded = load(config, {})
        except SettingsError as error:
            assert error.problems
            return
    assert len(digest(loaded)) == 16
    advice(loaded)


@hypothesis_settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [
            name.replace("{id}", "1")
            for row in (*settings(), *site_settings())
            if isinstance(row, Setting)
            for name in row.names
        ]
    ),
    TEXTS,
)
def test_any_variable(name: str, value: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "gateway.toml"
        (config.parent / "sites.d").mkdir()
        config.write_text("", encoding="utf-8")
        (config.parent / "sites.d" / "shop.toml").write_text(tomlkit.dumps(SHOP), encoding="utf-8")
        try:
            load(config, {name: value})
        except SettingsError as error:
            assert error.problems
