"""One server under test, in its own process: `python -m benchmarks.serve bare|gateway`, settings from the environment."""

from __future__ import annotations

import os
import sys

import uvicorn

from benchmarks.bare import app as bare
from gateway import logs
from gateway.app import Gateway
from gateway.demo.run import demo_settings
from gateway.server import config

settings = demo_settings(os.environ)
logs.setup(settings.log.level, settings.log.format)
app = bare if sys.argv[1] == "bare" else Gateway(settings).application()
serving = config(app, settings)
if app is bare:
    serving.http = "httptools"  # the yardstick runs on uvicorn as it comes
uvicorn.Server(serving).run()
