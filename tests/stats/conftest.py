from __future__ import annotations

from tests.warehouse.engines import engine

__all__ = ["engine"]
