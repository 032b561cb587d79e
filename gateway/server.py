"""Serving HTTP: uvicorn with uvloop and httptools, without its access log."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection

import uvicorn
from starlette.types import ASGIApp

from gateway import logs, settings_check
from gateway.accounts.announce import announce_password
from gateway.app import Gateway
from gateway.backup import restoring
from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.settings_loader import Loaded
from gateway.warehouse.migrations import migrate
from gateway.web.protocol import OneWriteProtocol
from gateway.workers import Workers, leave_with_parent

log = logging.getLogger("gateway.server")

DRAIN_SECONDS = 10
BACKLOG = 2048


def config(app: ASGIApp, settings: Settings, **more: object) -> uvicorn.Config:
    """uvicorn's settings, the same for the gateway and its workers."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=OneWriteProtocol,
        ws="none",
        access_log=False,  # it would write full addresses; gateway.web.access is ours
        proxy_headers=False,  # the edge decides what a forwarded address is worth
        server_header=False,
        date_header=True,
        log_config=None,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=settings.limits.idle_seconds,
        **more,  # type: ignore[arg-type]
    )


class Server(uvicorn.Server):
    """uvicorn's server around one gateway's life, so that what fails at the start is an error of ours, not a log entry."""

    def __init__(
        self, gateway: Gateway, config: uvicorn.Config, once_serving: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._once_serving = once_serving
        self.failure: Exception | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await self._gateway.start()
        except Exception as error:
            # Not raised here, where the signals that came meanwhile would hide it.
            self.failure = error
            self.should_exit = True
            return
        await super().startup(sockets)
        self._once_serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gateway.live.stop()
        await super().shutdown(sockets)
        await self._gateway.stop()


def serve(loaded: Loaded, *, once_open: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT, then drain. With more than one worker, processes that share the port.

    SIGHUP reads the configuration again. `once_open` is called when the port and the data are ours.
    Raises GatewayError (MigrationError) where the start fails.
    """
    settings = loaded.settings
    restoring.require_whole(settings)
    logs.setup(settings.log.level, settings.log.format)
    for site in settings.sites:
        for note in settings_check.overrides(site):
            log.warning("dark pattern overridden: %s", note)
    sockets = listen(settings.host, settings.port)
    if settings.workers > 1:
        announce_password(settings)
        once_open()
        Workers(work, loaded, sockets).run()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn drains, then raises the signal again for whoever handled it before; a drained stop is a success.
        signal.signal(number, _leave)
    gateway = Gateway(settings, written=loaded.written, source=loaded.source)
    if settings.embedded:
        # Before any server is there: what is wrong with the schema is then said plainly, with an exit code of its own.
        migrate(gateway.warehouse, settings)
    # Not earlier: a start that fails must not change the log-in of a gateway that runs.
    announce_password(settings)
    once_open()
    server = Server(gateway, config(gateway.application(), settings, lifespan="off"))
    server.run(sockets)
    if server.failure is not None:
        raise server.failure


def work(loaded: Loaded, sockets: list[socket.socket], words: Connection) -> None:
    """One worker of several: what `serve` does, in a process of its own. `words` is written to once it serves."""
    leave_with_parent()
    settings = loaded.settings
    logs.setup(settings.log.level, settings.log.format)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        gateway = Gateway(settings, written=loaded.written, source=loaded.source)
        told = partial(words.send, True)
        server = Server(gateway, config(gateway.application(), settings, lifespan="off"), told)
        server.run(sockets)
        if server.failure is not None:
            raise server.failure
    except GatewayError as error:
        log.error("worker failed", extra={"error": error.what})
        raise SystemExit(1) from None
    except Exception:
        log.exception("worker failed")
        raise SystemExit(1) from None


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of `host`. Raises GatewayError, which says what to do, where one cannot."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise GatewayError(f"The host {host} is no address of this machine. Set GATEWAY_HOST to one.") from error
    listening: list[socket.socket] = []
    missing: OSError | None = None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            listening.append(_listen(family, kind, protocol, address))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                missing = error  # such as ::1 for localhost where there is no IPv6
                continue
            for other in listening:
                other.close()
            raise GatewayError(_why_not(host, port, error)) from error
    if not listening:
        raise GatewayError(_why_not(host, port, missing)) from missing
    return listening


def _listen(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> socket.socket:
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        # At once: until one of them listens, two processes may bind the same port.
        opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    opened.set_inheritable(True)  # for workers
    return opened


def _why_not(host: str, port: int, error: OSError | None) -> str:
    if error is not None and error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken. Stop what listens there, or set GATEWAY_PORT to a free one."
    if error is not None and error.errno == errno.EACCES:
        return f"Port {port} on {host} is not allowed to this user. Set GATEWAY_PORT to one above 1023."
    reason = (error.strerror or "unknown reason").lower() if error is not None else "no such address"
    return f"The gateway cannot listen on {host}, port {port}: {reason}. Set GATEWAY_HOST and GATEWAY_PORT."


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def serve_beside(app: ASGIApp, host: str, port: int, wait: float = 10.0) -> tuple[uvicorn.Server, threading.Thread]:
    """Serve another application (the example website) from a thread; back once it listens or `wait` seconds are over.

    `server.started` says which; a port that is taken ends the thread.
    """
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, ws="none", access_log=False, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=_run, args=(server,), name="example website", daemon=True)
    thread.start()
    until = time.monotonic() + wait
    while not server.started and thread.is_alive() and time.monotonic() < until:
        time.sleep(0.02)
    return server, thread


def _run(server: uvicorn.Server) -> None:
    # uvicorn leaves with SystemExit where the port is taken; in a thread that is for the caller to see.
    with contextlib.suppress(SystemExit):
        server.run()
