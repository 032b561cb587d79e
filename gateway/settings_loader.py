"""gateway.toml, sites.d/ and the environment into one frozen Settings, or every problem at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.errors import Problem, SettingsError
from gateway.settings import Settings
from gateway.settings_check import check, check_together
from gateway.settings_decode import decode
from gateway.settings_environment import overlay
from gateway.settings_table import Setting, settings
from gateway.sites import check as site_check
from gateway.sites import drafts
from gateway.sites.drafts import Written
from gateway.sites.site import Site

DEFAULT_CONFIG = "gateway.toml"
ENVIRONMENT = "the environment"


class Source(NamedTuple):
    """Where a configuration is read from: what `read` takes."""

    config: Path | None
    environ: Mapping[str, str]


class Loaded(NamedTuple):
    """The settings, and per site what the configuration itself writes of what the banner studio could change.

    `source` is where it can be read again; None where it was made by a program.
    """

    settings: Settings
    written: Mapping[int, Written] = {}
    source: Source | None = None


def load(config: Path | None, environ: Mapping[str, str], *, need_sites: bool = True) -> Settings:
    """Read the configuration. `config` is gateway.toml; None means GATEWAY_CONFIG, else gateway.toml here if there is one.

    Sites are those of gateway.toml and of sites.d/*.toml beside it, in order of their ids, completed with the purposes
    that every site has. Variables of `environ` go before files. Raises SettingsError with all problems found.
    """
    return read(config, environ, need_sites=need_sites).settings


def read(config: Path | None, environ: Mapping[str, str], *, need_sites: bool = True) -> Loaded:
    """The same, with what the configuration itself writes."""
    problems: list[Problem] = []
    raw, site_tables = _read(config, environ, problems)
    in_files = [dict.fromkeys(drafts.written(table), _file(where)) for where, table in site_tables]
    problems += overlay(raw, [table for _, table in site_tables], environ)
    loaded = decode(Settings, raw, "", problems)
    sites = [(where, decode(Site, table, where, problems)) for where, table in site_tables]
    if need_sites and not site_tables and not any(problem.key.startswith("sites") for problem in problems):
        problems.append(
            Problem("sites", "there is no site.", "Describe one in sites.d/; gateway.example.toml shows how.")
        )
    # What stands in for a value that could not be read must not be found fault with.
    unread = [problem.key for problem in problems]
    found = list(check(loaded))
    for where, site in sites:
        found += site_check.check(site, where)
    public_url_known = not any(problem.key in ("public_url", "GATEWAY_PUBLIC_URL") for problem in problems + found)
    found += check_together(sites, loaded, public_url_known=public_url_known)
    problems += [problem for problem in found if not any(_is_within(problem.key, key) for key in unread)]
    if problems:
        raise SettingsError(problems)
    completed = sorted((site_check.complete(site) for _, site in sites), key=lambda site: site.id)
    written = {
        site.id: {**dict.fromkeys(drafts.written(table), ENVIRONMENT), **in_file}
        for (_, site), (_, table), in_file in zip(sites, site_tables, in_files, strict=True)
    }
    source = Source(config, dict(environ))
    return Loaded(msgspec.structs.replace(loaded, sites=tuple(completed)), written, source)


def digest(loaded: Settings) -> str:
    """16 hexadecimal digits that change with the configuration; secrets are left out, since a digest can be guessed back."""
    tree = msgspec.to_builtins(loaded, enc_hook=str)
    for row in settings():
        if isinstance(row, Setting) and row.secret:
            *tables, last = row.key.split(".")
            inner = tree
            for table in tables:
                inner = inner[table]
            del inner[last]
    return hashlib.sha256(msgspec.json.encode(tree, order="sorted")).hexdigest()[:16]


def _file(where: str) -> str:
    """The file in which the site with these words before its keys is."""
    return DEFAULT_CONFIG if where.startswith("sites[") else where.rstrip(": ")


def _is_within(key: str, outer: str) -> bool:
    return key == outer or key.startswith((f"{outer}.", f"{outer}["))


def _read(
    config: Path | None, environ: Mapping[str, str], problems: list[Problem]
) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """The tables of gateway.toml without its sites, and the sites', each with what stands before its keys."""
    if config is None and environ.get("GATEWAY_CONFIG"):
        config = Path(environ["GATEWAY_CONFIG"])
    needed = config is not None
    config = config or Path(DEFAULT_CONFIG)
    raw = (_toml(config, config.name, problems) or {}) if needed or config.exists() else {}
    tables: list[tuple[str, dict[str, Any]]] = []
    inline = raw.pop("sites", [])
    if isinstance(inline, list) and all(isinstance(table, dict) for table in inline):
        tables += [(f"sites[{index}].", table) for index, table in enumerate(inline)]
    else:
        problems.append(Problem("sites", "must be a list of tables.", "Write [[sites]] above each site."))
    folder = config.parent / "sites.d"
    for path in sorted(folder.glob("*.toml")):
        name = f"{folder.name}/{path.name}"
        table = _toml(path, name, problems)
        if table is not None:
            tables.append((f"{name}: ", table))
    return raw, tables


def _toml(path: Path, name: str, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(
            Problem(name, f"{path} cannot be read: {(error.strerror or 'unknown').lower()}.", "Name a readable file.")
        )
    except UnicodeDecodeError:
        problems.append(Problem(name, "is not UTF-8.", "Save it as UTF-8."))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, f"is not valid TOML: {error}.", "Correct that place."))
    return None
