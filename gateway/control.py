"""Commands for a gateway that runs: a second process cannot open the embedded database, so the CLI asks this one.

A Unix socket in the data directory, mode 0600 (whoever can open it owns the data anyway); one JSON object a line:
    → {"command": "rollup", "arguments": {"full": true}}
    ← {"result": 3}   or   {"error": "why"}
Commands that take long or answer much send {"event": …} lines before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.errors import GatewayError
from gateway.upkeep import commands
from gateway.upkeep.parts import of_gateway

if TYPE_CHECKING:
    from gateway.app import Gateway

log = logging.getLogger("gateway.control")

SOCKET_NAME = "gateway.sock"
LONGEST_LINE = 1_000_000
LONGEST_ADDRESS = 100  # bytes; systems refuse socket addresses of more than 103 to 107
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
        """Listen. Where that cannot be, the gateway runs without: it says so, and commands wait until it is stopped."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            self._path.unlink(missing_ok=True)
            with _address(self._path) as address:
                listening.bind(address)
        except OSError as error:
            listening.close()
            log.warning(
                "no socket for commands: gateway retention, rollup and dead-letters cannot reach this gateway",
                extra={"path": str(self._path), "error": error.strerror or str(error)},
            )
            return
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LONGEST_LINE)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(line: dict[str, Any]) -> None:
            writer.write(msgspec.json.encode(line) + b"\n")
            await writer.drain()

        try:
            await send(await self._answer(await reader.readline(), send))
        except (OSError, ValueError) as error:
            log.warning("a command could not be answered", extra={"error": str(error)})
        finally:
            writer.close()

    async def _answer(self, line: bytes, send: Callable[[dict[str, Any]], Awaitable[None]]) -> dict[str, Any]:
        try:
            request = msgspec.json.decode(line, type=_Request)
            if request.command in commands.STREAMS:
                async for event in commands.stream(request.command, of_gateway(self._gateway), request.arguments):
                    await send({"event": event})
                return {"result": None}
            if request.command not in commands.COMMANDS:
                return {"error": f"There is no command {request.command}."}
            result = await commands.run(request.command, of_gateway(self._gateway), request.arguments)
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
            with _address(data_dir / SOCKET_NAME) as address:
                probe.connect(address)
        except OSError:
            return False
    return True


def call(data_dir: Path, command: str, arguments: dict[str, Any]) -> Any:
    """Run a command in the gateway of `data_dir` and wait for it. Raises GatewayError with its message where it failed."""
    for answer in _answers(data_dir, command, arguments):
        if "result" in answer:
            return answer["result"]
    raise _STOPPED


def stream(data_dir: Path, command: str, arguments: dict[str, Any]) -> Iterator[Any]:
    """The events of a command that answers in many. Raises GatewayError where it failed, be it in the middle."""
    for answer in _answers(data_dir, command, arguments):
        if "result" in answer:
            return
        yield answer["event"]
    raise _STOPPED


_STOPPED = GatewayError("The gateway stopped before it answered.")


def _answers(data_dir: Path, command: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            with _address(data_dir / SOCKET_NAME) as address:
                connection.connect(address)
            connection.sendall(msgspec.json.encode({"command": command, "arguments": arguments}) + b"\n")
            with connection.makefile("rb") as lines:
                for line in lines:
                    answer = msgspec.json.decode(line)
                    if "error" in answer:
                        raise GatewayError(answer["error"])
                    yield answer
        except OSError as error:
            raise _STOPPED from error


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """What to bind or connect to for `path`: a longer one than the system takes is reached through its open folder."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
