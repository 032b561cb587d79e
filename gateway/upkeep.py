"""What an operator does with the data: the same commands inside a running gateway and, where none runs, on its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from gateway import secrets
from gateway.accounts.accounts import Accounts
from gateway.accounts.principal import Principal, Role
from gateway.backup import taking
from gateway.clock import Clock, SystemClock
from gateway.consent.export import ExportQuery, count, pages
from gateway.consent.heads import published
from gateway.consent.preview import Preview, preview_link
from gateway.consent.signing import LedgerKeys
from gateway.consent.verify import verify
from gateway.delivery import dead_letters
from gateway.erasure.erasing import Erasing
from gateway.erasure.looks import Looks
from gateway.erasure.tombstones import Tombstones
from gateway.errors import BadRequest, GatewayError
from gateway.hits import Basis
from gateway.imports import store as imports
from gateway.journal.hold import Hold
from gateway.journal.journal import Journal
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.state.database import State
from gateway.state.job_runs import JobRuns
from gateway.warehouse import retention
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from gateway.warehouse.rollup import Rollup
from gateway.webhooks.outbox import Outbox

if TYPE_CHECKING:
    from gateway.app import Gateway

Result = TypeVar("Result")

ALL = 1_000_000
COMMAND_LINE = "command line"  # as the audit log names whoever can open the socket


class Upkeep(NamedTuple):
    """What the commands work on."""

    settings: Settings
    clock: Clock
    warehouse: Warehouse
    rollup: Rollup
    journal: Journal
    outbox: Outbox
    tombstones: Tombstones
    looks: Looks
    erasing: Erasing
    accounts: Accounts
    reload: Callable[[], Any]
    runs: JobRuns


def of_gateway(gateway: Gateway) -> Upkeep:
    """The parts of a gateway that runs."""
    return Upkeep(
        gateway.serving.settings,
        gateway.clock,
        gateway.warehouse,
        gateway.rollup,
        gateway.journal,
        gateway.outbox,
        gateway.tombstones,
        gateway.looks,
        gateway.erasing,
        gateway.accounts,
        gateway.reload,
        gateway.runs,
    )


@contextlib.contextmanager
def standalone(settings: Settings) -> Iterator[Upkeep]:
    """The parts opened for one command, where no gateway runs on this data directory."""
    clock, metrics = SystemClock(), Metrics()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    warehouse = Warehouse(settings)
    journal = Journal(settings.data_dir / "journal", settings=settings.journal, clock=clock, metrics=metrics)
    state = State(settings.state.url, settings.data_dir)
    try:
        migrate(warehouse, settings)
        catalog = Catalog(settings.sites)
        rollup_ = Rollup(warehouse, catalog, settings, clock, metrics)
        tombstones = Tombstones(state, clock, settings.data_dir)
        looks = Looks(state, clock, settings.data_dir, tombstones)
        erasing = Erasing(state, warehouse, rollup_, looks, catalog, clock, metrics)
        outbox = Outbox(state, clock)
        accounts = Accounts(state, settings, clock)
        runs = JobRuns(state, clock)
        yield Upkeep(
            settings,
            clock,
            warehouse,
            rollup_,
            journal,
            outbox,
            tombstones,
            looks,
            erasing,
            accounts,
            _nothing_runs,
            runs,
        )
    finally:
        state.close()
        warehouse.close()


def _nothing_runs() -> None:
    raise GatewayError("No gateway runs on this data directory; it reads its configuration when it starts.")


async def reload(parts: Upkeep) -> Any:
    return (await asyncio.to_thread(parts.reload))._asdict()


async def show_retention(parts: Upkeep) -> Any:
    return await asyncio.to_thread(retention.report, parts.warehouse, parts.settings, parts.clock)


async def list_jobs(parts: Upkeep) -> Any:
    return [job._asdict() for job in await asyncio.to_thread(parts.runs.listed)]


async def declared(parts: Upkeep) -> Any:
    """The sites as the gateway serves them, and where it is."""
    return {"gateway": parts.settings.base_url, "sites": parts.settings.sites}


async def roll_up(parts: Upkeep, full: bool = False) -> int:
    return await _moving(parts, parts.rollup.run, full)


async def list_dead_letters(parts: Upkeep, table: str = "", limit: int = 100) -> Any:
    return await asyncio.to_thread(dead_letters.list_, parts.warehouse, table=table, limit=limit)


async def replay_dead_letters(parts: Upkeep, ids: Sequence[str]) -> int:
    with _passing(parts):
        return await dead_letters.replay(parts.warehouse, parts.journal, await _ids(parts, ids))


async def discard_dead_letters(parts: Upkeep, ids: Sequence[str]) -> int:
    return await _moving(parts, dead_letters.discard, parts.warehouse, await _ids(parts, ids))


async def preview(parts: Upkeep, **wanted: Any) -> str:
    return preview_link(parts.settings, parts.clock, msgspec.convert(wanted, Preview))


async def list_webhooks(parts: Upkeep, failed: bool = False, limit: int = 100) -> Any:
    return await asyncio.to_thread(parts.outbox.listed, failed, limit)


async def repeat_webhooks(parts: Upkeep, ids: Sequence[str]) -> int:
    return await asyncio.to_thread(parts.outbox.again, ids)


async def list_erasures(parts: Upkeep, pending: bool = False, limit: int = 100) -> Any:
    tombstones = await asyncio.to_thread(parts.erasing.listed, pending, limit)
    journals = await asyncio.to_thread(parts.looks.known)
    return {"tombstones": tombstones, "journals": [journal._asdict() for journal in journals]}


async def replay_erasures(parts: Upkeep) -> Any:
    restored = await asyncio.to_thread(parts.tombstones.restore)
    return {"restored": restored, "replayed": await asyncio.to_thread(parts.erasing.replay)}


async def forget_journal(parts: Upkeep, journal: str) -> bool:
    return await asyncio.to_thread(parts.looks.forget, journal)


async def create_token(
    parts: Upkeep, name: str, scope: str, sites: Sequence[int], basis: str, expires: float | None = None
) -> str:
    _check_sites(parts, sites)
    principal = Principal(name, Role(scope), frozenset(sites) or None, Basis(basis))
    return await asyncio.to_thread(parts.accounts.create_token, principal, by=COMMAND_LINE, expires=expires)


async def list_tokens(parts: Upkeep) -> Any:
    return [
        {
            "name": token.principal.user,
            "scope": token.principal.role,
            "sites": sorted(token.principal.sites) if token.principal.sites is not None else None,
            "basis": token.principal.basis,
            "created": token.created,
            "expires": token.expires,
        }
        for token in await asyncio.to_thread(parts.accounts.tokens)
    ]


async def revoke_token(parts: Upkeep, name: str) -> bool:
    return await asyncio.to_thread(parts.accounts.revoke_token, name, by=COMMAND_LINE)


async def list_users(parts: Upkeep) -> Any:
    return [
        {
            "name": user.principal.user,
            "role": user.principal.role,
            "sites": sorted(user.principal.sites) if user.principal.sites is not None else None,
            "state": "disabled" if user.disabled else "invited" if user.invited else "active",
            "seen": user.seen,
        }
        for user in await asyncio.to_thread(parts.accounts.staff.all)
    ]


async def add_user(parts: Upkeep, name: str, role: str, sites: Sequence[int]) -> str:
    """The link by which the new user chooses a password."""
    _check_sites(parts, sites)
    principal = Principal(name, Role(role), frozenset(sites) or None)
    secret = await asyncio.to_thread(parts.accounts.staff.invite, principal, by=COMMAND_LINE)
    return f"{parts.settings.base_url}/invitation/{secret}"


async def set_user_password(parts: Upkeep, name: str, password: str) -> None:
    staff = parts.accounts.staff
    user = await asyncio.to_thread(staff.named, name)
    await asyncio.to_thread(staff.set_password, user.id, password, by=COMMAND_LINE)


async def shut_user(parts: Upkeep, name: str, disabled: bool) -> None:
    staff = parts.accounts.staff
    user = await asyncio.to_thread(staff.named, name)
    await asyncio.to_thread(staff.disable if disabled else staff.enable, user.id, by=COMMAND_LINE)


async def unlink_user(parts: Upkeep, name: str) -> None:
    await asyncio.to_thread(parts.accounts.identities.unlink, name, by=COMMAND_LINE)


def _check_sites(parts: Upkeep, sites: Sequence[int]) -> None:
    known = {site.id for site in parts.settings.sites}
    for site in sites:
        if site not in known:
            raise BadRequest(f"There is no site {site} in this configuration.", "$.sites")


async def begin_import(parts: Upkeep, site: int) -> Any:
    settings = parts.settings
    served = next((one for one in settings.sites if one.id == site), None)
    if served is None:
        raise BadRequest(f"There is no site {site} in this configuration.", "$.site")
    published = await _moving(parts, imports.begin, parts.warehouse, settings, parts.clock, site)
    shared = {name: getattr(settings, name) for name in ("privacy", "retention", "unwanted", "geo")}
    return {"site": served, "settings": shared, "published": published}


async def store_import(parts: Upkeep, rows: str, token: str) -> int:
    return await _moving(parts, imports.store, parts.warehouse, rows, token)


async def finish_import(parts: Upkeep, site: int, days: Sequence[str]) -> int:
    dates = [date.fromisoformat(day) for day in days]
    return await _moving(parts, imports.finish, parts.warehouse, parts.rollup, parts.settings, parts.clock, site, dates)


async def _moving(parts: Upkeep, work: Callable[..., Result], *given: object) -> Result:
    """Do what rewrites tables, in a thread."""
    with _passing(parts):
        return await asyncio.to_thread(work, *given)


@contextlib.contextmanager
def _passing(parts: Upkeep) -> Iterator[None]:
    """No backup begins in the block. Raises GatewayError where one is being taken: its tables would not fit together."""
    with Hold(parts.settings.data_dir / "journal").passing() as free:
        if not free:
            raise GatewayError("A backup is being taken; try again when it is done.")
        yield


async def _ids(parts: Upkeep, ids: Sequence[str]) -> list[str]:
    """The ids given, or those of all dead letters for `all`."""
    if list(ids) != ["all"]:
        return list(ids)
    letters = await asyncio.to_thread(dead_letters.list_, parts.warehouse, limit=ALL)
    return [letter.id for letter in letters]


async def enforce_retention(parts: Upkeep) -> Any:
    return await asyncio.to_thread(retention.enforce, parts.warehouse, parts.settings, parts.clock)


def take_backup(parts: Upkeep, directory: str, with_keys: bool = True) -> Iterator[Any]:
    """Progress while it goes on; then what was written."""
    yield from taking.take(parts.warehouse, parts.settings, parts.clock, directory, with_keys)


def verify_ledger(parts: Upkeep) -> Iterator[Any]:
    """Progress, [done, total], while it goes on; then {"verdict", "key", "heads"}."""
    keys = LedgerKeys(secrets.ledger_seeds(parts.settings))
    heads = published(parts.settings.data_dir, parts.clock, keys)
    verdict = yield from verify(parts.warehouse, keys, heads)
    yield {"verdict": verdict, "key": keys.public, "heads": len(heads)}


def export_ledger(parts: Upkeep, **query: Any) -> Iterator[Any]:
    """The number of rows, then pages of lines."""
    wanted = msgspec.convert(query, ExportQuery)
    yield count(parts.warehouse, wanted)
    yield from pages(parts.warehouse, wanted, parts.settings.base_url)


Command = Callable[..., Awaitable[Any]]

# By name: what the CLI calls, here or through the socket of the gateway that runs. Arguments and results are JSON.
COMMANDS: Mapping[str, Command] = {
    "retention": show_retention,
    "jobs": list_jobs,
    "declared": declared,
    "rollup": roll_up,
    "reload": reload,
    "preview": preview,
    "dead-letters-list": list_dead_letters,
    "dead-letters-replay": replay_dead_letters,
    "dead-letters-discard": discard_dead_letters,
    "webhooks-list": list_webhooks,
    "webhooks-repeat": repeat_webhooks,
    "erasures-list": list_erasures,
    "erasures-replay": replay_erasures,
    "erasures-forget-journal": forget_journal,
    "tokens-create": create_token,
    "tokens-list": list_tokens,
    "tokens-revoke": revoke_token,
    "users-list": list_users,
    "users-add": add_user,
    "users-set-password": set_user_password,
    "users-shut": shut_user,
    "users-unlink": unlink_user,
    "import-begin": begin_import,
    "import-store": store_import,
    "import-finish": finish_import,
}


Stream = Callable[..., Iterator[Any]]

# The same for commands that answer in many events; each runs in a thread.
STREAMS: Mapping[str, Stream] = {"verify": verify_ledger, "export": export_ledger, "backup": take_backup}

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
