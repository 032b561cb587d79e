"""One round of each fault under load; `scripts/faults` tries many (docs/reliability.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.reckoning import Sum
from tests.faults.stand import NotRun
from tests.faults.stands import Stands
from tests.faults.table import TABLE, Fault


@pytest.fixture(scope="module")
def stands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stands]:
    stands = Stands(tmp_path_factory.mktemp("faults"))
    yield stands
    stands.close()


@pytest.mark.parametrize("fault", TABLE, ids=lambda fault: fault.name)
def test_nothing_is_lost_and_nothing_doubled(stands: Stands, fault: Fault) -> None:
    try:
        stand = stands.get(fault.stand)
        own = fault.act(stand, 0)
        # Figures take some seconds to be made: they are looked at after the last fault on a stand, over all that was sent to it.
        found = stand.settle(figures=fault is [one for one in TABLE if one.stand == fault.stand][-1])
    except NotRun as error:
        pytest.skip(str(error))
    except BaseException:
        stands.drop()
        raise
    assert found.plus(own or Sum()).acknowledged > 0
