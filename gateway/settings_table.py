"""The settings as one table: key, environment names, type, default, help. Loader and documentation both read it."""

from __future__ import annotations

import functools
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.settings import Settings
from gateway.sites.site import Site

PREFIX = "GATEWAY_"


class Setting(NamedTuple):
    """One single value that an operator can set."""

    key: str  # as in gateway.toml: "clickhouse.url"; for a site "controller.email"
    names: tuple[str, ...]  # in the environment, short name first; {id} stands for a site's number
    annotation: Any
    kind: str  # in words
    default: str  # as TOML; "required" where there is none
    description: str
    secret: bool


class Group(NamedTuple):
    """A table of TOML, or a list of such tables."""

    key: str
    repeated: bool
    description: str


def unwrap(annotation: Any) -> tuple[Any, list[msgspec.Meta]]:
    """The plain type of an annotation and what is annotated to it."""
    metas: list[msgspec.Meta] = []
    while typing.get_origin(annotation) is typing.Annotated:
        annotation, *extra = typing.get_args(annotation)
        metas.extend(extra)
    return annotation, metas


def struct_of(annotation: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """The struct that a table of this type is read into, and whether it is a list of them."""
    plain, _ = unwrap(annotation)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        return plain, False
    if typing.get_origin(plain) is tuple:
        item, _ = unwrap(typing.get_args(plain)[0])
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            return item, True
    return None, False


def description(annotation: Any) -> str:
    return next((meta.description for meta in unwrap(annotation)[1] if meta.description), "")


def in_words(annotation: Any) -> str:
    """The type as an operator would say it, with its bounds."""
    plain, metas = unwrap(annotation)
    origin = typing.get_origin(plain)
    if origin is typing.Literal:
        return "one of " + ", ".join(msgspec.json.encode(value).decode() for value in typing.get_args(plain))
    if origin is tuple:
        item, _ = unwrap(typing.get_args(plain)[0])
        if typing.get_origin(item) is typing.Literal:
            return "list of " + ", ".join(msgspec.json.encode(value).decode() for value in typing.get_args(item))
        return "list of texts"
    if origin is dict:
        return "table"
    words = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}[plain]
    bounds = []
    for meta in metas:
        limits = (("≥", meta.ge), (">", meta.gt), ("≤", meta.le))
        bounds += [f"{sign} {limit}" for sign, limit in limits if limit is not None]
    return " ".join([words, ", ".join(bounds)]).strip()


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, Path):
        value = str(value)
    return msgspec.json.encode(value).decode()


def _rows(struct: type[msgspec.Struct], key: str, env: str) -> Iterator[Setting | Group]:
    for field in msgspec.structs.fields(struct):
        inner, repeated = struct_of(field.type)
        if inner is Site:
            continue
        if inner is not None:
            yield Group(key + field.name, repeated, description(field.type))
            # The environment cannot say which of several tables it means.
            inner_env = "" if repeated else f"{env}{field.name.upper()}_"
            yield from _rows(inner, f"{key}{field.name}{'[]' if repeated else ''}.", inner_env)
            continue
        plain, metas = unwrap(field.type)
        extra: dict[str, Any] = {}
        for meta in metas:
            extra.update(meta.extra or {})
        by_environment = env and typing.get_origin(plain) is not dict and not (struct is Site and field.name == "id")
        names = env + field.name.upper() if by_environment else ""
        yield Setting(
            key + field.name,
            tuple(name for name in (extra.get("env", ""), names) if name),
            field.type,
            in_words(field.type),
            _default(field),
            description(field.type),
            bool(extra.get("secret", False)),
        )


@functools.cache
def settings() -> tuple[Setting | Group, ...]:
    """Every setting of gateway.toml except the sites, in the order of its declaration."""
    return tuple(_rows(Settings, "", PREFIX))


@functools.cache
def site_settings() -> tuple[Setting | Group, ...]:
    """Every setting of one site."""
    return tuple(_rows(Site, "", f"{PREFIX}SITE_{{id}}_"))
