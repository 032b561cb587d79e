from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.erasure.erasures import Erasures
from tests.warehouse.engines import engine, here, shared
from tests.warehouse.worlds import World

__all__ = ["engine", "here", "shared"]


@pytest.fixture
def there(here: World, tmp_path: Path) -> Iterator[Erasures]:
    """A journal, a state database and a warehouse with everything that erases."""
    erasures = Erasures(here, tmp_path)
    yield erasures
    erasures.close()
