"""Goals reached by hand, orders and carts: `idgoal`, `revenue`, `ec_…`."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from gateway.errors import BadRequest
from gateway.hits import Item
from gateway.ingest import goals
from gateway.ingest.matomo.parameters import Values, number
from gateway.sites.catalog import ServedSite

MOST_ITEMS = 500
MOST_PIECES = 2**32 - 1


class Order(NamedTuple):
    """What an order or a cart comes to; `number` is "" for a cart."""

    number: str
    subtotal: float
    tax: float
    shipping: float
    discount: float
    items: tuple[Item, ...]


NOTHING = Order("", 0.0, 0.0, 0.0, 0.0, ())


def goal(values: Values, site: ServedSite) -> int:
    """The goal that the client says was reached; 0 for an order or a cart, -1 for none.

    Raises BadRequest for a goal that the site does not define.
    """
    text = values.get("idgoal", "")
    if not text or text == "-1":
        return -1
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise BadRequest("idgoal must be the number of a goal", "idgoal")
    found = int(text)
    if found:
        goals.require(site, found, "idgoal")
    return found


def order(values: Values) -> Order:
    """The order or cart of a request with `idgoal=0`. Raises BadRequest past MOST_ITEMS."""
    subtotal, tax, shipping, discount = (number(values.get(name, "")) for name in ("ec_st", "ec_tx", "ec_sh", "ec_dt"))
    order_number = values.get("ec_id", "").strip()[:200]
    return Order(order_number, subtotal, tax, shipping, discount, _items(values.get("ec_items", "")))


def _items(text: str) -> tuple[Item, ...]:
    """Lines of [sku, name, category or categories, price, quantity]. What is none is left out, as Matomo does."""
    if not text:
        return ()
    try:
        lines = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return ()
    if not isinstance(lines, list):
        return ()
    if len(lines) > MOST_ITEMS:
        raise BadRequest(f"An order may have {MOST_ITEMS} items, this has {len(lines)}", "ec_items")
    return tuple(_item(line) for line in lines if isinstance(line, list) and line and _word(line[0]))


def _item(line: list[Any]) -> Item:
    sku, name, category, price, quantity = (*line[:5], "", "", "", "")[:5]
    if isinstance(category, list):
        category = next((one for one in category if _word(one)), "")
    pieces = int(number(str(quantity))) if quantity not in ("", None) else 1
    return Item(
        _word(sku)[:200], _word(name)[:500], _word(category)[:500], number(str(price)), min(max(pieces, 0), MOST_PIECES)
    )


def _word(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) else ""
