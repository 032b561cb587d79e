"""Commands for a gateway that runs: a second process cannot open the embedded database, so the CLI asks this one.

A Unix socket in the data directory, mode 0600 (whoever can open it owns the data anyway); one JSON object a line:
    → {"command": "rollup", "arguments": {"full": true}}
    ← {"result": 3}   or   {"error": "why"}
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gateway import upkeep
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.app import Gateway

log = logging.getLogger("gateway.control")

SOCKET_NAME = "gateway.sock"
LONGEST_LINE = 1_000_000
CONNECT_SECONDS = 2.0


class _Request(msgspec.Struct, frozen=True):
    command: str
    arguments: dict[str, Any] = {}


class Control:
    """The listening side; lives in the gateway's event loop, where its journal is."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._path = gateway.settings.data_dir / SOCKET_NAME
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listening.bind(str(self._path))
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LONGEST_LINE)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(await reader.readline())
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        except (OSError, ValueError) as error:
            log.warning("a command could not be answered", extra={"error": str(error)})
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = msgspec.json.decode(line, type=_Request)
            if request.command not in upkeep.COMMANDS:
                return {"error": f"There is no command {request.command}."}
            result = await upkeep.run(request.command, upkeep.of_gateway(self._gateway), request.arguments)
        except msgspec.MsgspecError as error:
            return {"error": str(error)}
        except GatewayError as error:
            return {"error": error.what}
        return {"result": result}


def is_running(data_dir: Path) -> bool:
    """True where a gateway answers on this data directory."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_SECONDS)
        try:
            probe.connect(str(data_dir / SOCKET_NAME))
        except OSError:
            return False
    return True


def call(data_dir: Path, command: str, arguments: dict[str, Any]) -> Any:
    """Run a command in the gateway of `data_dir` and wait for it. Raises GatewayError with its message where it failed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(data_dir / SOCKET_NAME))
        connection.sendall(msgspec.json.encode({"command": command, "arguments": arguments}) + b"\n")
        with connection.makefile("rb") as answers:
            line = answers.readline()
    if not line:
        raise GatewayError("The gateway stopped before it answered.")
    answer = msgspec.json.decode(line)
    if "error" in answer:
        raise GatewayError(answer["error"])
    return answer["result"]
