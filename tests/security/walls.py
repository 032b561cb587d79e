"""A gateway behind the server that it is run with, on a real port of this machine and a clock that runs; no warehouse."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from gateway import server
from gateway.app import Gateway
from gateway.settings import ClickHouse, Dashboard, Limits, Privacy, Proxy, Settings
from gateway.web.door import Door
from tests.web.visitors import SHOP

TOKEN = "a-token-for-the-tests-0123456789-abcdef"


class Walls:
    """`url` is where it is; whoever comes from this machine may say in X-Forwarded-For where they are."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port = int(listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        settings = Settings(
            data_dir=folder,
            public_url=self.url,
            privacy=Privacy(local_jurisdiction="GB"),
            proxy=Proxy(trusted=("127.0.0.0/8",)),
            clickhouse=ClickHouse(url="http://127.0.0.1:9"),
            dashboard=Dashboard(api_token=TOKEN),
            limits=limits,
            sites=(SHOP,),
        )
        self.gateway = Gateway(settings)
        app: Any = self.gateway.application()
        self.door: Door = app.door
        self._listener = listener
        self._server = uvicorn.Server(server.config(app, settings, lifespan="off", log_level="critical"))
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)

    async def _serve(self) -> None:
        self.gateway.turn_salts()
        self.gateway.journal.open()
        await self._server.serve([self._listener])
        await asyncio.to_thread(self.gateway.journal.close)

    def start(self) -> None:
        self._thread.start()
        with httpx.Client(transport=httpx.HTTPTransport(retries=50)) as client:
            while client.get(f"{self.url}/healthz", timeout=30).status_code != 200:
                pass

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        self._listener.close()
        self.gateway.geography.close()
        self.gateway.state.close()

    def count(self, metric: str, **labels: str) -> float:
        """The sum of a counter's values with these labels, as an operator reads it."""
        lines = httpx.get(f"{self.url}/metrics", timeout=30).text.splitlines()
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith(f"{metric}{{") and all(text in line for text in wanted)
        )


@contextlib.contextmanager
def walls(folder: Path, limits: Limits) -> Iterator[Walls]:
    one = Walls(folder, limits)
    one.start()
    try:
        yield one
    finally:
        one.stop()


class Line:
    """A connection of a client that writes bytes as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, walls: Walls, buffer: int = 0) -> Line:
        """`buffer` bytes, about, are taken without being read; as many as usual where it is 0."""
        own = socket.socket()
        if buffer:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        own.connect(("127.0.0.1", walls.port))
        own.setblocking(False)
        return cls(*await asyncio.open_connection(sock=own))

    async def say(self, data: bytes) -> None:
        """Raises ConnectionError once the server has hung up."""
        if self.reader.at_eof():
            raise ConnectionResetError
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self, patience: float = 60.0) -> bytes:
        """Everything that still comes until the server hangs up."""
        said = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(patience):
                while data := await self.reader.read(65_536):
                    said += data
        self.writer.close()
        return said


def status(answer: bytes) -> int:
    """0 where the server hung up without a word."""
    return int(answer.split(b" ", 2)[1]) if answer else 0
