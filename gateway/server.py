"""Serving HTTP: uvicorn with uvloop and httptools, without its access log."""

from __future__ import annotations

import contextlib
import signal
import threading
import time

import uvicorn
from starlette.types import ASGIApp

from gateway import logs
from gateway.app import Gateway
from gateway.settings import Settings
from gateway.warehouse.migrations import migrate

DRAIN_SECONDS = 10


def config(app: ASGIApp | str, settings: Settings, **more: object) -> uvicorn.Config:
    """uvicorn's settings, the same for the gateway, its workers, and what benchmarks compare it with."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,  # it would write full addresses; gateway.web.access is ours
        proxy_headers=False,  # the edge decides what a forwarded address is worth
        server_header=False,
        date_header=True,
        log_config=None,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        **more,  # type: ignore[arg-type]
    )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain. With more than one worker, processes that share the port."""
    logs.setup(settings.log.level, settings.log.format)
    if settings.workers > 1:
        from uvicorn.supervisors import Multiprocess

        workers = config("gateway.app:make_app", settings, factory=True, workers=settings.workers)
        Multiprocess(workers, sockets=[workers.bind_socket()]).run()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn drains, then raises the signal again for whoever handled it before; a drained stop is a success.
        signal.signal(number, _leave)
    gateway = Gateway(settings)
    if settings.embedded:
        # Before any server is there: what is wrong with the schema is then said plainly, with an exit code of its own.
        migrate(gateway.warehouse, settings)
    uvicorn.Server(config(gateway.application(), settings)).run()


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
