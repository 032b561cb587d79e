"""`gateway demo`: the gateway, the example website and the dashboard on this machine, with nothing to configure."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import msgspec

from gateway import settings_loader
from gateway.demo.history import write_history
from gateway.demo.shop import make_shop
from gateway.demo.site import SHOP, SITE_ID
from gateway.errors import GatewayError, Problem, SettingsError
from gateway.server import serve, serve_beside
from gateway.settings import Settings
from gateway.settings_loader import Loaded

SHOP_PORT = 8001
DATA_DIR = "data/demo"
# EU opt-in, so that the banner asks; GATEWAY_PRIVACY_LOCAL_JURISDICTION=US-CA shows what a Californian meets.
JURISDICTION = "FR"
SHOP_STOP_SECONDS = 10.0


def run_demo(environ: Mapping[str, str], *, months: int, visits_a_day: int, serve_after: bool) -> None:
    """Serve until SIGTERM or SIGINT. `months` of history are written first, through the real pipeline."""
    settings = demo_settings(environ)
    port = shop_port(environ)
    if months:
        write_history(settings, months=months, visits_a_day=visits_a_day)
    if not serve_after:
        return
    with contextlib.ExitStack() as stack:
        serve(Loaded(settings), once_open=lambda: stack.enter_context(_shop(settings, port)))


@contextlib.contextmanager
def _shop(settings: Settings, port: int) -> Iterator[None]:
    """The example website, for as long as the gateway runs."""
    shop, thread = serve_beside(make_shop(settings.base_url, SITE_ID), settings.host, port)
    if not shop.started:
        raise GatewayError(f"The example website could not listen on port {port}; set GATEWAY_DEMO_PORT to a free one.")
    click.echo(f"Example website: http://localhost:{port}/")
    click.echo(f"Dashboard:       {settings.base_url}/   (user admin)")
    click.echo("Stop with Ctrl-C.")
    try:
        yield
    finally:
        shop.should_exit = True
        thread.join(SHOP_STOP_SECONDS)


def demo_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of the environment over the demo's own: the example shop as the only site. Raises SettingsError."""
    defaults = {
        "GATEWAY_DATA_DIR": DATA_DIR,
        "GATEWAY_PRIVACY_LOCAL_JURISDICTION": JURISDICTION,
        "GATEWAY_LOG_FORMAT": "text",
        "GATEWAY_LOG_LEVEL": "warning",
    }
    given = {name: value for name, value in environ.items() if name != "GATEWAY_CONFIG"}
    with tempfile.TemporaryDirectory() as empty:
        # An empty configuration file: whatever gateway.toml lies in this folder is not the demo's.
        config = Path(empty) / "gateway.toml"
        config.touch()
        settings = settings_loader.load(config, {**defaults, **given}, need_sites=False)
    home = f"http://localhost:{shop_port(environ)}"
    return msgspec.structs.replace(settings, sites=(msgspec.structs.replace(SHOP, main_url=home),))


def shop_port(environ: Mapping[str, str]) -> int:
    text = environ.get("GATEWAY_DEMO_PORT", str(SHOP_PORT))
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise SettingsError([Problem("GATEWAY_DEMO_PORT", f"{text!r} is no port.", "Give a number from 1 to 65535.")])
    return int(text)
