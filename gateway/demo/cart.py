"""The cart of the example shop: a strictly necessary cookie of the session that holds things and numbers only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.demo.goods import BY_SLUG, Good, euros

COOKIE = "halden_cart"
MOST = 9

_ENTRY = re.compile(r"([a-z-]{1,40}):([1-9])", re.ASCII)


class Line(NamedTuple):
    good: Good
    number: int

    @property
    def price(self) -> str:
        return euros(self.good.cents * self.number)


@dataclass(frozen=True, slots=True)
class Cart:
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, cookies: Mapping[str, str]) -> Cart:
        """The cart of a request. What is not understood is left out."""
        return cls.parse(cookies.get(COOKIE, ""))

    @classmethod
    def parse(cls, written: str) -> Cart:
        """A cart as `cookie` writes it."""
        numbers = {slug: int(number) for slug, number in _ENTRY.findall(written)}
        return cls(tuple(Line(BY_SLUG[slug], number) for slug, number in numbers.items() if slug in BY_SLUG))

    def with_number(self, slug: str, number: int) -> Cart:
        """The same cart with `number` (0…9) of one good."""
        numbers = {line.good.slug: line.number for line in self.lines} | {slug: max(0, min(MOST, number))}
        return Cart(tuple(Line(BY_SLUG[each], count) for each, count in numbers.items() if count))

    def number_of(self, slug: str) -> int:
        return sum(line.number for line in self.lines if line.good.slug == slug)

    @property
    def count(self) -> int:
        return sum(line.number for line in self.lines)

    @property
    def cents(self) -> int:
        return sum(line.good.cents * line.number for line in self.lines)

    @property
    def total(self) -> str:
        return euros(self.cents)

    @property
    def items(self) -> list[dict[str, object]]:
        """As `gateway.track("order", …)` takes them."""
        return [
            {"sku": good.slug, "name": good.name, "price": good.cents / 100, "quantity": number}
            for good, number in self.lines
        ]

    @property
    def cookie(self) -> str:
        return "_".join(f"{line.good.slug}:{line.number}" for line in self.lines)
