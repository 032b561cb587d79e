"""What a site has figures of at all, so that nobody is shown an empty report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent


def dimensions_with_values(warehouse: Warehouse, site: int, first: date) -> list[str]:
    """The dimensions that have a value other than "unknown" on `first` or later, sorted. Raises WarehouseUnavailable.

    Names alone, of no visit and nobody: visitors whose rows are in no figure (GDPR art. 18) are not looked for here.
    """
    found = warehouse.query(statements.read(_HERE, "presence"), {"site": site, "first": first})
    return [str(row["dimension"]) for row in found]
