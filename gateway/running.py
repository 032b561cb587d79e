"""How commands reach the data: in the gateway that is running on this data directory, or here where none is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway import control, settings_loader
from gateway.upkeep import commands

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="gateway.toml to read; default: GATEWAY_CONFIG, else ./gateway.toml.",
)


def run(config: Path | None, command: str, **arguments: Any) -> Any:
    """The result of a command. Raises GatewayError."""
    # The gateway that runs knows its sites; the demo's are in no file.
    settings = settings_loader.load(config, os.environ, need_sites=False)
    if control.is_running(settings.data_dir):
        return control.call(settings.data_dir, command, arguments)
    return asyncio.run(commands.run_standalone(settings_loader.load(config, os.environ), command, arguments))


def events(config: Path | None, command: str, **arguments: Any) -> Iterator[Any]:
    """The events of a command that answers in many. Raises GatewayError."""
    settings = settings_loader.load(config, os.environ, need_sites=False)
    if control.is_running(settings.data_dir):
        return control.stream(settings.data_dir, command, arguments)
    return commands.stream_standalone(settings_loader.load(config, os.environ), command, arguments)
