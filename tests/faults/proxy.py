"""A TCP proxy before ClickHouse that fails in the ways in which networks and servers do."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from enum import Enum, auto

from tests.running.gateways import free_port

INSERT = b"INSERT"
_MIDDLE = 300  # bytes of a cut insert's request that get through: its head, and not all of its rows


class Mode(Enum):
    PASS = auto()
    REFUSE = auto()  # nothing listens
    HANG = auto()  # connections are accepted, and never answered
    CUT_REPLY = auto()  # an insert gets through and is carried out; its reply is cut off
    CUT_INSERT = auto()  # an insert is cut off in the middle


class Proxy:
    """Listens on `port` of 127.0.0.1 and passes everything on to `target`, until told otherwise."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.cuts = 0  # inserts that were cut so far
        self._target = target
        self._mode = Mode.PASS
        self._lock = threading.Lock()
        self._listening: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def turn(self, mode: Mode) -> None:
        """Fail, or work again, from now on. Open connections are closed."""
        with self._lock:
            self._mode = mode
            connections, self._open = self._open, set()
        for connection in connections:
            _reset(connection)
        if mode is Mode.REFUSE:
            self._deafen()
        elif self._listening is None:
            self._listen()

    def close(self) -> None:
        self.turn(Mode.REFUSE)

    def _listen(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._accept, args=(self._listening,), name="proxy", daemon=True).start()

    def _deafen(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with self._lock:
                mode = self._mode
                self._open.add(client)
            if mode is not Mode.HANG:
                threading.Thread(target=self._serve, args=(client, mode), name="proxied", daemon=True).start()

    def _serve(self, client: socket.socket, mode: Mode) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target), timeout=30)
            server.settimeout(None)
        except OSError:
            _reset(client)
            return
        with self._lock:
            self._open.add(server)
        with contextlib.suppress(OSError, ValueError):
            self._pass_on(client, server, mode)
        with self._lock:
            self._open -= {client, server}
        for connection in (client, server):
            connection.close()

    def _pass_on(self, client: socket.socket, server: socket.socket, mode: Mode) -> None:
        inserting = False
        while True:
            ready, _, _ = select.select([client, server], [], [])
            if client in ready:
                data = client.recv(65_536)
                if not data:
                    return
                inserting = inserting or INSERT in data
                if inserting and mode is Mode.CUT_INSERT:
                    server.sendall(data[: min(_MIDDLE, len(data) // 2)])
                    self._cut(client, server)
                    return
                server.sendall(data)
            if server in ready:
                data = server.recv(65_536)
                if not data:
                    return
                if inserting and mode is Mode.CUT_REPLY:
                    self._cut(client, server)  # it waits for the end of an insert before it answers: this one is stored
                    return
                client.sendall(data)
                inserting = False

    def _cut(self, *connections: socket.socket) -> None:
        self.cuts += 1
        for connection in connections:
            _reset(connection)


def _reset(connection: socket.socket) -> None:
    """Closes with RST, as a crash or a firewall does, not in good order."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
