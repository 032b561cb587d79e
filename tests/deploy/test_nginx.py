"""The recipe for nginx, run by a real one: the gateway below a website's own origin."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running.gateways import AGENT, TOKEN, RunningGateway, free_port

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
STAFF = "127.0.0.9"  # an address of this machine that the gateway is told to leave out

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")

CONFIG = """
{user}daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        server_name localhost;
        include {folder}/privacy-gateway.conf;
        location / {{ return 200 "the website"; }}
    }}
}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """The website's origin, nginx in front of it and of the gateway."""
    port = free_port()
    gateway = RunningGateway(
        folder,
        GATEWAY_PUBLIC_URL=f"http://localhost:{port}/privacy-gateway",
        GATEWAY_PROXY_TRUSTED="127.0.0.1",
        GATEWAY_PRIVACY_EXCLUDED=f"{STAFF}/32",
    )
    recipe = (ROOT / "deploy" / "nginx" / "privacy-gateway.conf").read_text()
    (folder / "privacy-gateway.conf").write_text(recipe.replace("127.0.0.1:8000", f"127.0.0.1:{gateway.port}"))
    # Its workers would otherwise be a user who may not enter the tests' folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=port, user=user))
    command = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with gateway:
        nginx = subprocess.Popen(command)
        try:
            origin = f"http://localhost:{port}"
            give_up = time.monotonic() + 30
            while True:
                try:
                    httpx.get(origin)
                    break
                except httpx.TransportError:
                    assert time.monotonic() < give_up and nginx.poll() is None, (folder / "error.log").read_text()
                    time.sleep(0.05)
            yield origin
        finally:
            nginx.terminate()
            nginx.wait(30)


def visitor(site: str, address: str = "127.0.0.1", **headers: str) -> httpx.Client:
    return httpx.Client(
        base_url=site,
        transport=httpx.HTTPTransport(local_address=address),
        headers={"user-agent": AGENT, "origin": site, **headers},
        timeout=30,
    )


def accept(client: httpx.Client) -> httpx.Response:
    notice = client.get("/privacy-gateway/v1/sites/1/notice").json()
    answer = {"site": 1, "purposes": {"analytics": True}, "fingerprint": notice["policy"], "notice": notice["notice"]}
    return client.post("/privacy-gateway/v1/consent", json=answer)


def view(client: httpx.Client) -> dict[str, str]:
    body = {"site": 1, "type": "pageview", "url": f"{client.base_url}"}
    status: dict[str, str] = client.post("/privacy-gateway/v1/hit", json=body).json()
    return status


def test_the_gateway_is_below_its_prefix_and_the_website_beside_it(site: str) -> None:
    with visitor(site) as client:
        assert client.get("/").text == client.get("/gateway/1.js").text == "the website"
        script = client.get("/privacy-gateway/gateway/1.js")
        assert script.status_code == 200 and f"{site}/privacy-gateway" in script.text
        page = client.get("/privacy-gateway/privacy/1")
        assert page.status_code == 200 and 'href="/privacy-gateway/' in page.text


def test_what_is_for_monitoring_is_not_for_the_public(site: str) -> None:
    with visitor(site) as client:
        assert client.get("/privacy-gateway/metrics").status_code == 403
        assert client.get("/privacy-gateway/readyz").status_code == 403
        assert client.get("/privacy-gateway/healthz").status_code == 200


def test_cookies_come_back_and_visits_are_counted(site: str) -> None:
    with visitor(site) as client:
        answer = accept(client)
        assert answer.status_code == 201
        set_ = {header.partition("=")[0]: header for header in answer.headers.get_list("set-cookie")}
        assert {"gw_choice_1", "gw_receipt_1", "gw_visitor_1"} <= set_.keys()
        assert all("Path=/" in header and "Domain=" not in header for header in set_.values())
        assert view(client) == {"status": "identified"}


def test_the_gateway_learns_the_visitors_address_and_nothing_that_he_claims(site: str) -> None:
    with visitor(site, STAFF) as staff:
        accept(staff)
        assert view(staff)["status"] == "dropped", "staff is known by the address that nginx saw"
    claims = {"x-forwarded-for": STAFF, "forwarded": f"for={STAFF}", "x-real-ip": STAFF}
    with visitor(site, **claims) as liar:
        accept(liar)
        assert view(liar) == {"status": "identified"}


def test_the_live_stream_is_not_held_back(site: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "accept": "text/event-stream"}
    with visitor(site) as client, client.stream("GET", "/privacy-gateway/v1/live/1", headers=headers) as stream:
        assert stream.status_code == 200 and stream.headers["content-type"].startswith("text/event-stream")
        # The stream goes on for minutes; buffered, not a line of it would come before it ends.
        began = time.monotonic()
        assert next(line for line in stream.iter_lines() if line.startswith("data:"))
        assert time.monotonic() - began < 60


def test_no_address_is_logged(site: str, folder: Path) -> None:
    with visitor(site, STAFF) as client:
        client.get("/")
        view(client)
    log = (folder / "access.log").read_text()
    assert '"GET / HTTP' in log and "privacy-gateway" not in log
