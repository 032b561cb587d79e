"""By name: what the command line calls, here or through the socket of the gateway that runs. Arguments and results are JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import msgspec

from gateway.settings import Settings
from gateway.upkeep import duties, imports, people, service, streams, tables
from gateway.upkeep.parts import Upkeep, standalone

Command = Callable[..., Awaitable[Any]]

COMMANDS: Mapping[str, Command] = {
    "retention": tables.show_retention,
    "jobs": service.list_jobs,
    "declared": service.declared,
    "rollup": tables.roll_up,
    "reload": service.reload,
    "preview": duties.preview,
    "dead-letters-list": tables.list_dead_letters,
    "dead-letters-replay": tables.replay_dead_letters,
    "dead-letters-discard": tables.discard_dead_letters,
    "webhooks-list": duties.list_webhooks,
    "webhooks-repeat": duties.repeat_webhooks,
    "erasures-list": duties.list_erasures,
    "erasures-replay": duties.replay_erasures,
    "erasures-forget-journal": duties.forget_journal,
    "tokens-create": people.create_token,
    "tokens-list": people.list_tokens,
    "tokens-revoke": people.revoke_token,
    "users-list": people.list_users,
    "users-add": people.add_user,
    "users-set-password": people.set_user_password,
    "users-shut": people.shut_user,
    "users-unlink": people.unlink_user,
    "import-begin": imports.begin_import,
    "import-store": imports.store_import,
    "import-finish": imports.finish_import,
}

Stream = Callable[..., Iterator[Any]]

# The same for commands that answer in many events; each runs in a thread.
STREAMS: Mapping[str, Stream] = {
    "verify": streams.verify_ledger,
    "export": streams.export_ledger,
    "backup": streams.take_backup,
}

_END = object()


async def stream(command: str, parts: Upkeep, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    """The events of one command, as JSON types."""
    events = STREAMS[command](parts, **arguments)
    while (event := await asyncio.to_thread(next, events, _END)) is not _END:
        yield msgspec.to_builtins(event)


def stream_standalone(settings: Settings, command: str, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """The events of one command where no gateway runs."""
    with standalone(settings) as parts:
        for event in STREAMS[command](parts, **arguments):
            yield msgspec.to_builtins(event)


async def run(command: str, parts: Upkeep, arguments: Mapping[str, Any]) -> Any:
    """Run one command; its result as JSON types."""
    return msgspec.to_builtins(await COMMANDS[command](parts, **arguments))


async def run_standalone(settings: Settings, command: str, arguments: Mapping[str, Any]) -> Any:
    """Run one command where no gateway runs; what it puts into the journal is delivered at the next start."""
    with standalone(settings) as parts:
        parts.journal.open()
        try:
            return await run(command, parts, arguments)
        finally:
            await asyncio.to_thread(parts.journal.close)
