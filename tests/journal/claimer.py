"""Claims segments and holds them until its input ends; prints the UUIDs. Arguments: directory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gateway.journal.reader import Segments

segments = Segments(Path(sys.argv[1]), lambda: None)
print(json.dumps([segment.uuid for segment in segments.claimed()]), flush=True)
sys.stdin.read()
