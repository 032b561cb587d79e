from __future__ import annotations

from tests.warehouse.engines import engine, here, shared

__all__ = ["engine", "here", "shared"]
