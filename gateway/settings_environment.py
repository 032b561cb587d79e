"""GATEWAY_… variables over what the files say. The environment is what the caller passes, never the process's own."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.errors import Problem
from gateway.settings_decode import closest, convert
from gateway.settings_table import PREFIX, Setting, settings, site_settings, unwrap

# Read by the command line, the example website or the tests; no settings.
OTHER_NAMES = frozenset({"GATEWAY_CONFIG", "GATEWAY_DEMO_PORT"})
OTHER_PREFIXES = ("GATEWAY_TEST_", "GATEWAY_BENCH_")

# Kubernetes gives these to every pod beside a Service named "gateway".
_SERVICE_LINK = re.compile(r"GATEWAY_(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
_SITE_NAME = re.compile(r"GATEWAY_SITE_(\d+)_(\w+)")
_FILE = "_FILE"


def overlay(raw: dict[str, Any], sites: Sequence[dict[str, Any]], environ: Mapping[str, str]) -> list[Problem]:
    """Put each variable's value into `raw` or into the site with its number. An empty variable counts as unset."""
    known = {name: row for row in settings() if isinstance(row, Setting) for name in row.names}
    of_site = {name: row for row in site_settings() if isinstance(row, Setting) for name in row.names}
    problems: list[Problem] = []
    given: dict[str, tuple[str, Any]] = {}
    for name in sorted(environ):
        text = environ[name]
        if not name.startswith(PREFIX) or not text or _is_other(name):
            continue
        target, row = raw, known.get(name)
        site_match = _SITE_NAME.fullmatch(name)
        if site_match:
            row = of_site.get(f"{PREFIX}SITE_{{id}}_{site_match[2]}")
            found = next((site for site in sites if str(site.get("id")) == site_match[1]), None)
            if row and found is None:
                problems.append(
                    Problem(name, f"there is no site with id {site_match[1]}.", "Describe the site in sites.d/ first.")
                )
                continue
            target = found if found is not None else raw
        elif row is None and name.endswith(_FILE):
            row = known.get(name.removesuffix(_FILE))
            if row and row.secret:
                try:
                    text = _content(Path(text))
                except (OSError, ValueError) as error:
                    reason = f"its file cannot be used: {_why(error)}."
                    problems.append(Problem(name, reason, "Name a file with the secret in it."))
                    continue
            else:
                row = None
        if row is None:
            problems.append(Problem(name, "is not a known variable.", _suggest(name, known, of_site, site_match)))
            continue
        try:
            value = convert(row.annotation, _parts(text) if _is_list(row) else text, from_text=True)
        except ValueError as error:
            problems.append(Problem(name, str(error), _fix(name, text, row)))
            continue
        where = row.key if target is raw else f"{id(target)}:{row.key}"
        if where in given and given[where][1] != value:
            problems.append(Problem(name, f"contradicts {given[where][0]}.", "Set only one of the two."))
            continue
        given[where] = (name, value)
        _put(target, row.key.split("."), _plain(value))
    return problems


def _is_other(name: str) -> bool:
    return name in OTHER_NAMES or name.startswith(OTHER_PREFIXES) or _SERVICE_LINK.fullmatch(name) is not None


def _is_list(row: Setting) -> bool:
    return typing.get_origin(unwrap(row.annotation)[0]) is tuple


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]


def _content(path: Path) -> str:
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise ValueError("it is empty")
    return text


def _why(error: Exception) -> str:
    return (error.strerror or "unreadable").lower() if isinstance(error, OSError) else str(error)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _put(target: dict[str, Any], path: list[str], value: Any) -> None:
    *tables, last = path
    inner: Any = target
    for table in tables:
        inner = inner.setdefault(table, {})
        if not isinstance(inner, dict):
            return  # wrong in the file; reported when it is decoded
    inner[last] = value


def _fix(name: str, text: str, row: Setting) -> str:
    if name == "GATEWAY_PORT" and "://" in text:
        return "Kubernetes sets this for a Service named gateway: put enableServiceLinks: false into the pod."
    return f"Give {row.kind}. {row.description}"


def _suggest(
    name: str, known: Mapping[str, Setting], of_site: Mapping[str, Setting], site_match: re.Match[str] | None
) -> str:
    candidates = [*known, *(f"{key}{_FILE}" for key, row in known.items() if row.secret), *sorted(OTHER_NAMES)]
    if site_match:
        candidates += [key.replace("{id}", site_match[1]) for key in of_site]
    near = closest(name, candidates)
    return f"Did you mean {near}?" if near else "Remove it; docs/settings.md lists every variable."
