"""What an answer for viewers says of the figures that it hides."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, UnsetType

HiddenBelow: TypeAlias = Annotated[
    int | UnsetType, Meta(description="For viewers: figures from 1 up to this are hidden, and null.")
]
