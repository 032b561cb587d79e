"""What an operator meets: starts that fail say why in one line, and what is public gives nothing away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running.gateways import PASSWORD, SITE, RunningGateway, free_port

MULTIPART = {"content-type": "multipart/form-data; boundary=x", "origin": "http://shop.example"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with RunningGateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


def run(folder: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """The exit code of `gateway …` and the lines of its standard error."""
    folder.mkdir(exist_ok=True)
    (folder / "gateway.toml").write_text(SITE)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
            "GATEWAY_CONFIG": str(folder / "gateway.toml"),
            "GATEWAY_DATA_DIR": str(folder / "data"),
            "GATEWAY_PORT": str(free_port()),
            **environment,
        },
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "gateway started" not in done.stderr
    return done.returncode, done.stderr.splitlines()


def test_a_port_that_is_taken(tmp_path: Path, gateway: RunningGateway) -> None:
    code, lines = run(tmp_path, "serve", GATEWAY_PORT=str(gateway.port))
    assert code == 1
    assert lines == [
        f"Port {gateway.port} on 127.0.0.1 is taken. Stop what listens there, or set GATEWAY_PORT to a free one."
    ]


def test_a_second_start_on_a_data_directory_changes_nothing(tmp_path: Path, gateway: RunningGateway) -> None:
    for command in (["serve"], ["demo"]):
        code, lines = run(
            tmp_path, *command, GATEWAY_DATA_DIR=str(gateway.data), GATEWAY_ADMIN_PASSWORD="other trombones here",
            GATEWAY_DEMO_PORT=str(free_port()),
        )  # fmt: skip
        said = [line for line in lines if not line.startswith("{")]  # what is no line of the log
        assert code == 1 and len(said) == 1
        assert said[0].startswith(f"Another gateway is running on this data directory ({gateway.data}).")
    with httpx.Client(base_url=gateway.url) as browser:
        page = browser.get("/login")
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        answer = browser.post("/login", data={"name": "admin", "password": PASSWORD, "csrf": token})
        assert answer.status_code == 303


@pytest.mark.parametrize("workers", ["", "2"])
def test_a_state_database_that_is_none(tmp_path: Path, workers: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "state.sqlite").write_bytes(b"no database " * 1000)
    more = {"GATEWAY_WORKERS": workers, "GATEWAY_CLICKHOUSE_URL": "http://127.0.0.1:9"} if workers else {}
    code, lines = run(tmp_path, "serve", **more)
    assert code == 1 and len(lines) == 1
    assert lines[0].startswith(f"The state database {data / 'state.sqlite'} cannot be opened: file is not a database.")


def test_a_state_url_that_cannot_be_opened(tmp_path: Path) -> None:
    code, lines = run(tmp_path, "serve", GATEWAY_STATE_URL=f"sqlite:///{tmp_path}/nowhere/state.sqlite")
    assert code == 1 and len(lines) == 1
    assert lines[0].startswith("The state database of state.url cannot be opened: unable to open database file.")


def test_a_state_url_that_is_none(tmp_path: Path) -> None:
    code, lines = run(tmp_path, "serve", GATEWAY_STATE_URL="postgresql://me:secret-word@host:port/name")
    assert code == 2
    assert "state" in lines[1].lower() and "secret-word" not in "".join(lines)


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, lines = run(tmp_path, "serve", GATEWAY_DATA_DIR=str(tmp_path / "file" / "data"))
    assert code == 2 and len(lines) == 2 and f"{tmp_path / 'file'} is a file." in lines[1]
    # Where even a superuser may make nothing.
    code, lines = run(tmp_path, "serve", GATEWAY_DATA_DIR="/proc/gateway/data")
    assert code in (1, 2) and "/proc" in lines[-1] and len(lines) <= 2


def test_a_long_data_directory_has_its_socket_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with RunningGateway(deep) as running:
        assert "hits" in running.command("retention")
        assert (running.data / "gateway.sock").is_socket()


def test_commands_reach_a_running_demo(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
        "GATEWAY_DATA_DIR": str(tmp_path / "data"),
        "GATEWAY_PORT": str(port),
        "GATEWAY_DEMO_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "gateway"]
    with (tmp_path / "log").open("wb") as log:
        demo = subprocess.Popen(
            [*command, "demo"], env=environment, cwd=tmp_path, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            give_up = time.monotonic() + 60
            while time.monotonic() < give_up and demo.poll() is None:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            done = subprocess.run(
                [*command, "retention"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
            )
        finally:
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(60) == 0
    assert done.returncode == 0, done.stderr
    assert "hits" in done.stdout
    printed = (tmp_path / "log").read_text()
    assert "Dashboard log-in: admin / " in printed and "Example website" in printed


@pytest.mark.parametrize("path", ["/gateway/1.js/", "/login/", "/privacy/1/", "/v1/stats/1/"])
def test_no_redirect_names_the_host_that_was_asked_for(gateway: RunningGateway, path: str) -> None:
    answer = httpx.get(gateway.url + path, headers={"host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in str(answer.headers) + answer.text


def test_a_form_of_files_is_not_put_on_disk(gateway: RunningGateway) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n' + b"x" * 10_000 + b"\r\n--x--\r\n"
    answer = httpx.post(f"{gateway.url}/privacy/1", content=part, headers=MULTIPART)
    assert answer.status_code == 400
    answer = httpx.post(f"{gateway.url}/privacy/1", content=b"x" * 300_000, headers=MULTIPART)
    assert answer.status_code == 413


def test_a_form_that_is_sent_in_pieces_has_the_same_limit(gateway: RunningGateway) -> None:
    def pieces() -> Iterator[bytes]:
        for number in range(60):
            yield b"a%d=" % number + b"x" * 5_000 + b"&"

    headers = {**MULTIPART, "content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{gateway.url}/privacy/1", content=pieces(), headers=headers)
    assert answer.status_code == 413


def test_who_leaves_in_the_middle_of_a_form_is_not_an_error(gateway: RunningGateway) -> None:
    head = (
        "POST /privacy/1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://shop.example\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ndo=save"
    )
    before = gateway.log.read_text().count('"error"')
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(head.encode())
        time.sleep(0.3)
    time.sleep(0.3)
    log = gateway.log.read_text()
    assert "request failed" not in log and "Traceback" not in log
    assert log.count('"error"') == before


def test_a_log_importers_token(gateway: RunningGateway) -> None:
    """Made beside the running gateway, it says whose hits they are and when; revoked, it is worth nothing at once."""
    token = gateway.command("tokens", "create", "--name", "log", "--scope", "tracking", "--site", "1").strip()
    hit = {
        "idsite": 1,
        "rec": 1,
        "url": "https://shop.example/log",
        "cip": "198.51.100.3",
        "cdt": "2026-01-10 10:00:00",
    }
    body = {"token_auth": token, "requests": [{**hit, "ua": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}]}
    with httpx.Client(base_url=gateway.url, timeout=30) as importer:
        asked = {"module": "API", "method": "SitesManager.getSiteFromId", "format": "json", "idSite": "1"}
        assert "main_url" in importer.post("/", data={**asked, "token_auth": token}).json()
        answer = importer.post("/piwik.php?queuedtracking=0", json=body).json()
        assert answer == {"status": "success", "tracked": 1, "invalid": 0, "invalid_indices": []}
        assert "log  tracking  site 1  cookieless" in gateway.command("tokens", "list")
        gateway.command("tokens", "revoke", "log")
        assert importer.post("/piwik.php", json=body).json() == {"status": "success", "tracked": 0, "invalid": 1}


def test_the_background_work_is_listed(gateway: RunningGateway) -> None:
    give_up = time.monotonic() + 60
    while True:
        head, *lines = gateway.command("jobs").splitlines()
        listed = {line.split("  ")[0].strip(): line for line in lines}
        if " done " in listed.get("sessions", "") and " done " in listed.get("retention", ""):
            break
        assert time.monotonic() < give_up, listed
    assert head.split() == ["name", "what", "every", "last", "took", "outcome", "next", "leader"]
    assert {"rollup", "erasures", "salts", "ledger heads"} <= listed.keys()
    assert "what is past its limit is deleted" in listed["retention"] and " 86400 s " in listed["retention"]


def test_a_reload_swaps_what_is_sound_and_says_what_is_not(gateway: RunningGateway) -> None:
    """`gateway reload` and SIGHUP; the hash of the configuration tells that it is another one."""
    config = gateway.directory / "gateway.toml"
    before, sound = gateway.get("/readyz")["configuration"], config.read_text()
    try:
        config.write_text(sound.replace('"CNIL"', '""'))
        with pytest.raises(subprocess.CalledProcessError) as refused:
            gateway.command("reload")
        assert refused.value.returncode == 2 and "controller.authority" in refused.value.stderr
        assert gateway.process is not None
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_logged("the configuration was not reloaded; nothing changed")
        assert gateway.get("/readyz")["configuration"] == before
        config.write_text("workers = 1\n[limits]\nbody_bytes = 70000\n" + sound.replace('"Shop SARL"', '"Store SARL"'))
        told = gateway.command("reload")
        after = gateway.get("/readyz")["configuration"]
        assert f"1 site(s) are served from configuration {after}" in told and after != before
        assert "limits.body_bytes takes effect at the next start" in told
        assert gateway.get("/v1/sites/1/notice")["controller"]["name"] == "Store SARL"
    finally:
        config.write_text(sound)
        gateway.command("reload")
    assert gateway.get("/readyz")["configuration"] == before
