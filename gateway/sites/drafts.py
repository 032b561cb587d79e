"""What the banner studio may change of a site, and the site with it. What the configuration writes always goes before.

Keys of what is changed are dotted paths as in the configuration, with the language in lower case and the purpose's id in
place of its number: "texts.fr.body", "appearance.light.accent", "purposes.analytics.retention", "choice_months".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gateway.sites.appearance import Appearance, Colours
from gateway.sites.site import Purpose, Recipient, Site

# Key → what writes it: the name of a file, or of a variable of the environment.
Written = Mapping[str, str]

Words = Annotated[str, Meta(max_length=4000)]
PURPOSE_FIELDS = ("name", "description", "retention", "recipients")
SCHEMES = ("light", "dark")


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Layout and colours; what is absent or empty is as configured."""

    layout: Literal["bar", "card", "dialog", "inline"] | None = None
    light: Colours = Colours()
    dark: Colours = Colours()


class PurposeWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is said of a purpose; what is absent is as configured."""

    name: Words | None = None
    description: Words | None = None
    retention: Words | None = None
    recipients: Annotated[tuple[Recipient, ...], Meta(max_length=100)] | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A banner as the studio has it: only what differs from the configuration."""

    texts: Annotated[
        dict[Annotated[str, Meta(max_length=35)], dict[Annotated[str, Meta(max_length=80)], Words]],
        Meta(max_length=60, description="Language → key → text, as in the configuration."),
    ] = {}
    appearance: Look = Look()
    purposes: Annotated[
        dict[Annotated[str, Meta(max_length=40)], PurposeWords],
        Meta(max_length=100, description="Purpose → what is said of it."),
    ] = {}
    choice_months: Annotated[int, Meta(ge=1, le=13, description="How long an answer is kept.")] | None = None


def applied(site: Site, draft: Draft, written: Written) -> Site:
    """The site with the draft over it, without what the configuration writes itself and purposes it has not (any more)."""
    kept = {key: value for key, value in values(draft).items() if key not in written}
    look = site.appearance
    changed: dict[str, Any] = {
        "texts": _texts(site, kept),
        "appearance": Appearance(
            layout=kept.get("appearance.layout", look.layout),
            **{scheme: _colours(getattr(look, scheme), f"appearance.{scheme}.", kept) for scheme in SCHEMES},
        ),
        "purposes": tuple(_purpose(purpose, kept) for purpose in site.purposes),
        "choice_months": kept.get("choice_months", site.choice_months),
    }
    return msgspec.structs.replace(site, **changed)


def values(draft: Draft) -> dict[str, Any]:
    """Everything that a draft sets, by key."""
    found: dict[str, Any] = {
        f"texts.{language.lower()}.{name}": text
        for language, texts in draft.texts.items()
        for name, text in texts.items()
    }
    look = draft.appearance
    if look.layout is not None:
        found["appearance.layout"] = look.layout
    for scheme in SCHEMES:
        found |= {f"appearance.{scheme}.{name}": colour for name, colour in getattr(look, scheme).given().items()}
    for purpose, words in draft.purposes.items():
        given = {name: getattr(words, name) for name in PURPOSE_FIELDS}
        found |= {f"purposes.{purpose}.{name}": value for name, value in given.items() if value is not None}
    if draft.choice_months is not None:
        found["choice_months"] = draft.choice_months
    return found


def value(site: Site, key: str) -> Any:
    """What a site has under a key of a draft; None where it has nothing of its own."""
    kind, _, rest = key.partition(".")
    if kind == "texts":
        language, _, name = rest.partition(".")
        return {tag.lower(): texts for tag, texts in site.texts.items()}.get(language, {}).get(name)
    if kind == "purposes":
        purpose_id, _, name = rest.partition(".")
        purpose = site.purpose(purpose_id)
        return getattr(purpose, name) if purpose is not None else None
    found: Any = site
    for name in key.split("."):
        found = getattr(found, name)
    return found or None


def written(table: Mapping[str, Any]) -> Iterator[str]:
    """The keys that a site's own table writes. What is of the wrong type writes nothing: it is a problem of its own."""
    for language, texts in _table(table.get("texts")):
        yield from (f"texts.{language.lower()}.{name}" for name, _ in _table(texts))
    for name, part in _table(table.get("appearance")):
        if isinstance(part, dict):
            yield from (f"appearance.{name}.{colour}" for colour in part)
        else:
            yield f"appearance.{name}"
    purposes = table.get("purposes")
    for purpose in purposes if isinstance(purposes, list) else []:
        if isinstance(purpose, dict):
            yield from (f"purposes.{purpose.get('id')}.{name}" for name in PURPOSE_FIELDS if name in purpose)
    if "choice_months" in table:
        yield "choice_months"


def _table(found: Any) -> list[tuple[str, Any]]:
    return list(found.items()) if isinstance(found, dict) else []


def _texts(site: Site, kept: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    merged = {tag: dict(texts) for tag, texts in site.texts.items()}
    tags = {tag.lower(): tag for tag in merged}  # "pt-BR" of the configuration and "pt-br" are one language
    for key, text in kept.items():
        kind, _, rest = key.partition(".")
        if kind == "texts":
            language, _, name = rest.partition(".")
            merged.setdefault(tags.setdefault(language, language), {})[name] = text
    return merged


def _colours(own: Colours, where: str, kept: Mapping[str, Any]) -> Colours:
    changed = {key.removeprefix(where): colour for key, colour in kept.items() if key.startswith(where)}
    return msgspec.structs.replace(own, **changed)


def _purpose(purpose: Purpose, kept: Mapping[str, Any]) -> Purpose:
    where = f"purposes.{purpose.id}."
    changed = {name: kept[where + name] for name in PURPOSE_FIELDS if where + name in kept}
    return msgspec.structs.replace(purpose, **changed) if changed else purpose
