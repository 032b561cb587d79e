"""The interpreters that the integrations are written for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HINTS = {"php": "On Debian: apt-get install php-cli", "node": "scripts/setup brings it"}
# Every notice of PHP counts, whatever its configuration hides.
OPTIONS = {"php": ("-d", "error_reporting=-1", "-d", "display_errors=stderr", "-d", "log_errors=0")}
# scripts/setup may have put a Node.js of its own beside Python.
PATHS = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def run(interpreter: str, *arguments: str | Path, given: str = "") -> str:
    """What it prints for the text `given`. A missing interpreter fails the test and says what to install."""
    found = shutil.which(interpreter, path=PATHS)
    if found is None:
        pytest.fail(
            f"{interpreter} is missing, which the tests of the integrations need. {HINTS[interpreter]}", pytrace=False
        )
    command = [found, *OPTIONS.get(interpreter, ()), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout
