"""Plain data, as TOML gives it, into the frozen types of settings.py and site.py; every problem is found, not the first."""

from __future__ import annotations

import difflib
import math
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gateway.errors import Problem
from gateway.settings_table import Setting, description, in_words, settings, struct_of, unwrap
from gateway.sites.lint.keys import forbidden

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_BAD = object()


def closest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or "" where none is."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)), "")


def decode(kind: type[_Struct], raw: Mapping[str, Any], where: str, problems: list[Problem]) -> _Struct:
    """Read one table. `where` stands before each key in a problem ("sites[0].").

    A value that is wrong or missing is reported and replaced by its default or by something empty, so that the checks
    that follow find what else is wrong; the result is to be used only where `problems` stays empty.
    """
    fields = msgspec.structs.fields(kind)
    names = [field.name for field in fields]
    for key in raw:
        if key not in names:
            said = forbidden(kind, key) or ("is not a known setting.", _unknown(key, names))
            problems.append(Problem(f"{where}{key}", *said))
    values: dict[str, Any] = {}
    for field in fields:
        key = where + field.name
        value = _BAD
        if field.name in raw:
            value = _value(field.type, raw[field.name], key, problems)
        elif field.required:
            problems.append(Problem(key, "is missing.", f"Set it. {description(field.type)}"))
        if value is not _BAD:
            values[field.name] = value
        elif field.required:
            values[field.name] = _empty(field.type)
    return kind(**values)


def convert(annotation: Any, raw: Any, *, from_text: bool = False) -> Any:
    """One single value. `from_text`: it comes from the environment. Raises ValueError with a sentence."""
    try:
        value = msgspec.convert(raw, annotation, strict=not from_text, dec_hook=_path)
    except msgspec.ValidationError as error:
        # The message names types and bounds only, never the value: it may be a secret.
        text = str(error).replace("`", "")
        expected, _, at = text.partition(" - at $")
        if expected.startswith("Invalid enum value"):
            expected = f"is not {in_words(annotation)}"
        raise ValueError(f"{expected[0].lower()}{expected[1:]}{f' (item {at})' if at else ''}.") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("expected a finite number.")
    return value


def _value(annotation: Any, raw: Any, key: str, problems: list[Problem]) -> Any:
    struct, repeated = struct_of(annotation)
    if struct is not None and repeated:
        if not isinstance(raw, list):
            problems.append(Problem(key, "must be a list of tables.", f"Write [[{key}]] above each of them."))
            return _BAD
        items = [_value(struct, item, f"{key}[{index}]", problems) for index, item in enumerate(raw)]
        return tuple(item for item in items if item is not _BAD)
    if struct is not None:
        if not isinstance(raw, Mapping):
            problems.append(Problem(key, "must be a table.", f"Write [{key}] and its settings below it."))
            return _BAD
        return decode(struct, raw, f"{key}.", problems)
    try:
        return convert(annotation, raw)
    except ValueError as error:
        problems.append(Problem(key, str(error), f"Give {in_words(annotation)}. {description(annotation)}".strip()))
        return _BAD


def _empty(annotation: Any) -> Any:
    struct, repeated = struct_of(annotation)
    if struct is not None and not repeated:
        return struct(**{field.name: _empty(field.type) for field in msgspec.structs.fields(struct) if field.required})
    plain, _ = unwrap(annotation)
    if typing.get_origin(plain) is typing.Literal:
        return typing.get_args(plain)[0]
    return (typing.get_origin(plain) or plain)()


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError("expected a path")


def _unknown(key: str, names: list[str]) -> str:
    near = closest(key, names)
    if near:
        return f'Did you mean "{near}"?'
    elsewhere = [row.key for row in settings() if isinstance(row, Setting) and row.key.rpartition(".")[2] == key]
    if elsewhere:
        return f'Did you mean "{elsewhere[0]}"?'
    return f"Remove it, or use one of: {', '.join(names)}."
