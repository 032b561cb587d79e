"""While somebody holds, nothing passes; holding ends with its holder, and passing with who passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.journal.hold import Hold

HOLDER = """
import sys
from pathlib import Path
from gateway.journal.hold import Hold
with Hold(Path(sys.argv[1])).holding(10):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nothing_passes_while_somebody_holds(tmp_path: Path) -> None:
    mine, other = Hold(tmp_path), Hold(tmp_path)
    with mine.holding(1):
        with other.passing() as free:
            assert not free
        with pytest.raises(GatewayError, match="being taken already"), other.holding(1):
            pass
    with other.passing() as free, mine.passing() as both:
        assert free and both, "who passes does not keep others from passing"
        with pytest.raises(GatewayError, match="did not come to rest"), mine.holding(0.1):
            pass
    with mine.holding(1):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_holder_that_is_killed_holds_no_more(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None and holder.stdout is not None
    with holder.stdin, holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with Hold(tmp_path).passing() as free:
            assert not free
        holder.kill()
        holder.wait()
    with Hold(tmp_path).passing() as free:
        assert free
    with Hold(tmp_path).holding(1):
        pass
