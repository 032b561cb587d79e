"""A backup taken under load, and put back elsewhere: every acknowledged row once, the erased gone, nothing overwritten."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from gateway.backup import restoring, taking
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.journal.hold import Hold
from gateway.server import serve
from gateway.settings import Settings
from gateway.settings_loader import Loaded
from gateway.upkeep.commands import run
from gateway.upkeep.parts import Upkeep
from gateway.warehouse.connection import Warehouse
from tests.running.gateways import AGENT, RunningGateway
from tests.running.load import Load, Tally
from tests.web.harness import make_site

LEAST = 300  # acknowledged hits before the backup begins


class Saved:
    """A gateway that was backed up under load, and what its visitors knew at that moment."""

    def __init__(self, folder: Path) -> None:
        self.gateway = RunningGateway(folder)
        self.backup = folder / "backup"
        self.tally = Tally()
        self.hits: set[str] = set()  # acknowledged before the backup began
        self.consents: set[str] = set()
        self.sent: set[str] = set()  # before it ended
        self.said = ""
        self.cookies = httpx.Cookies()  # of a visitor who has everything erased once the backup is made
        self.gateway.start()
        try:
            self._view("/erased-later")
            asyncio.run(self._back_up_under_load())
            self._erase()
            self.gateway.wait_delivered()
        finally:
            self.gateway.stop()

    async def _back_up_under_load(self) -> None:
        load = asyncio.create_task(Load(self.gateway, self.tally).run(seconds=60))
        await self.tally.reaches(LEAST)
        self.hits, self.consents = set(self.tally.acknowledged), set(self.tally.consents)
        self.said = await asyncio.to_thread(self.gateway.command, "backup", str(self.backup))
        self.sent = set(self.tally.sent)
        await self.tally.reaches(len(self.tally.acknowledged) + 50)  # it goes on as before
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.gateway.url, cookies=self.cookies, headers={"user-agent": AGENT}, timeout=30)

    def _view(self, path: str) -> None:
        with self._client() as visitor:
            notice = visitor.get("/v1/sites/1/notice").json()
            answer = {"site": 1, "purposes": {"analytics": True}, "fingerprint": notice["policy"]}
            assert visitor.post("/v1/consent", json={**answer, "notice": notice["notice"]}).status_code == 201
            hit = {"site": 1, "type": "pageview", "url": f"https://shop.example{path}"}
            assert visitor.post("/v1/hit", json=hit).json() == {"status": "identified"}
            self.cookies = visitor.cookies

    def _erase(self) -> None:
        with self._client() as visitor:
            answer = visitor.post("/privacy/1/erase", headers={"sec-fetch-site": "same-origin"})
            assert answer.status_code == 303, answer.text


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    yield Saved(tmp_path_factory.mktemp("saved"))


def test_what_was_acknowledged_is_there_once_and_what_was_erased_is_not(saved: Saved, tmp_path: Path) -> None:
    assert "row(s)" in saved.said and saved.hits
    restored = RunningGateway(tmp_path)
    newer = saved.gateway.data / "tombstones.jsonl"
    said = restored.command("restore", str(saved.backup), "--tombstones", str(newer))
    assert "The ledger is whole." in said and "1 erasure(s) carried out anew, 1 of them newer" in said
    with restored:
        restored.wait_delivered()
        assert "The ledger is whole." in restored.command("verify")
        # A choice that was signed before the loss still holds.
        choice = {name: value for name, value in saved.cookies.items() if name.startswith("gw_choice")}
        answer = httpx.get(f"{restored.url}/v1/consent?site=1", cookies=choice, headers={"user-agent": AGENT})
        assert answer.json()["purposes"]["analytics"] is True
    stored = [row["path"].strip("/") for row in restored.query("SELECT path FROM hits")]
    assert saved.hits - set(stored) == set()
    assert len(stored) == len(set(stored)) and set(stored) <= saved.sent
    assert "erased-later" not in stored
    consents = [row["id"] for row in restored.query("SELECT toString(id) AS id FROM consents")]
    assert saved.consents - set(consents) == set() and len(consents) == len(set(consents))


def test_no_command_rewrites_tables_while_a_backup_is_taken(tmp_path: Path) -> None:
    hold = Hold(tmp_path / "journal")
    (tmp_path / "journal").mkdir()
    rolled: list[bool] = []
    settings = Settings(data_dir=tmp_path, sites=(make_site(1, "Shop"),))
    others = dict.fromkeys(("warehouse", "clock", "journal"))
    parts = cast(Upkeep, SimpleNamespace(settings=settings, rollup=SimpleNamespace(run=rolled.append), **others))
    commands: dict[str, dict[str, object]] = {
        "rollup": {},
        "import-begin": {"site": 1},
        "import-store": {"rows": "", "token": ""},
        "import-finish": {"site": 1, "days": []},
        "dead-letters-replay": {"ids": ["x"]},
        "dead-letters-discard": {"ids": ["x"]},
    }
    with hold.holding(1):
        for command, arguments in commands.items():
            with pytest.raises(GatewayError, match="A backup is being taken"):
                asyncio.run(run(command, parts, arguments))
    assert rolled == []
    asyncio.run(run("rollup", parts, {}))
    assert rolled == [False]


def test_no_gateway_starts_on_half_a_restore(saved: Saved, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", host="no.host.invalid")
    found = restoring.prepare(settings, saved.backup, silent)
    restoring.put_files(settings, saved.backup, found, None)  # and then it is killed
    with pytest.raises(GatewayError, match="was not finished"):
        serve(Loaded(settings))
    restoring.finish(settings)
    restoring.require_whole(settings)


def test_nothing_is_overwritten(saved: Saved) -> None:
    settings = Settings(data_dir=saved.gateway.data)
    with pytest.raises(GatewayError, match="is there already: a restore overwrites nothing"):
        restoring.prepare(settings, saved.backup, silent)
    warehouse = cast(Warehouse, None)  # it is not asked
    with pytest.raises(GatewayError, match="is not empty"):
        next(taking.take(warehouse, settings, SystemClock(), str(saved.backup)))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: flip(folder / "tables" / "consents.native.zst"), "is not as it was written"),
        (lambda folder: flip(folder / "state.sqlite"), "is not as it was written"),
        (lambda folder: (folder / "tables" / "hits.native.zst").unlink(), "is missing"),
        (lambda folder: (folder / "manifest.json").unlink(), "is no backup"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "cannot be read"),
    ],
    ids=["table", "state", "missing", "unfinished", "manifest"],
)
def test_nothing_damaged_is_put_back(saved: Saved, tmp_path: Path, spoil: Callable[[Path], object], why: str) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    spoiled = tmp_path / "spoiled"
    shutil.copytree(saved.backup, spoiled)
    restoring.prepare(settings, spoiled, silent)
    spoil(spoiled)
    with pytest.raises(GatewayError, match=why):
        restoring.prepare(settings, spoiled, silent)
    assert not settings.data_dir.exists()


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def silent(_what: str, _done: int, _total: int) -> None:
    pass


def test_a_backup_is_for_its_owner_alone(saved: Saved) -> None:
    for path in (saved.backup, *saved.backup.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (saved.backup / "keys" / "signing-0001.key").is_file()


def test_no_salt_outlives_its_days_in_a_backup(saved: Saved) -> None:
    with closing(sqlite3.connect(saved.gateway.data / "state.sqlite")) as state:
        salts = [row[0] for row in state.execute("SELECT salt FROM salts")]
    copy = (saved.backup / "state.sqlite").read_bytes()
    assert salts and all(salt not in copy for salt in salts)
