"""How the banner looks on one site. None of it is part of what a visitor agrees to, so it never asks anybody again."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# Three or six hexadecimal digits: what is written into a style sheet can be nothing but a colour.
Colour = Annotated[str, Meta(pattern=r"^(#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}))?\Z")]


class Colours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours of one scheme, #rgb or #rrggbb; an empty one keeps the shipped colour."""

    background: Annotated[Colour, Meta(description="Behind everything, #rgb or #rrggbb; empty: as shipped.")] = ""
    text: Annotated[Colour, Meta(description="Of the text, #rgb or #rrggbb.")] = ""
    muted: Annotated[Colour, Meta(description="Of secondary text, #rgb or #rrggbb.")] = ""
    line: Annotated[Colour, Meta(description="Of lines that separate, #rgb or #rrggbb.")] = ""
    control: Annotated[Colour, Meta(description="Of the edges of controls, #rgb or #rrggbb.")] = ""
    accent: Annotated[Colour, Meta(description="Of buttons and switched-on toggles, #rgb or #rrggbb.")] = ""
    accent_text: Annotated[Colour, Meta(description="Of the text on buttons, #rgb or #rrggbb.")] = ""
    alert: Annotated[Colour, Meta(description="Of messages that something failed, #rgb or #rrggbb.")] = ""

    def given(self) -> dict[str, str]:
        """Those that the site sets, by name."""
        return {name: colour for name in self.__struct_fields__ if (colour := getattr(self, name))}


class Appearance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Layout and colours of the banner."""

    layout: Annotated[
        Literal["bar", "card", "dialog", "inline"],
        Meta(description="Bar at the bottom, card in a corner, centred dialog, or in the page's own text flow."),
    ] = "bar"
    light: Annotated[Colours, Meta(description="Colours on light screens.")] = Colours()
    dark: Annotated[Colours, Meta(description="Colours on dark screens.")] = Colours()
