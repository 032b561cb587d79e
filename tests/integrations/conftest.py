"""The interpreters that the integrations are written for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HINTS = {"php": "On Debian: apt-get install php-cli", "node": "It comes with scripts/setup", sys.executable: ""}


def run(interpreter: str, script: Path, *, given: str = "", arguments: tuple[str, ...] = ()) -> str:
    """What `script` prints for the text `given`."""
    found = shutil.which(interpreter)
    if found is None:
        pytest.fail(
            f"{interpreter} is missing, which the tests of the integrations need. {HINTS[interpreter]}", pytrace=False
        )
    done = subprocess.run([found, str(script), *arguments], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout
