from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings_table import Setting, settings, site_settings
from tests.settings.conftest import Folder

KEY = "q7RkT2mVx9LpZ4sWc8Yb1NhJ6dGf3AeU"


def test_single_values_go_before_files(folder: Folder) -> None:
    loaded = folder.write('port = 1\nhost = "0.0.0.0"\n[clickhouse]\nurl = "chdb://"').load(
        GATEWAY_PORT="8080",
        GATEWAY_HOST="::1",
        GATEWAY_DATA_DIR="/srv/gateway",
        GATEWAY_CLICKHOUSE_URL="https://db.internal:8443",
        GATEWAY_CLICKHOUSE_REPORT_SECONDS="2.5",
        GATEWAY_PROXY_TRUSTED="10.0.0.0/8, 2001:db8::/32",
        GATEWAY_ADMIN_PASSWORD="quiet-harbour-72-lamps",
        GATEWAY_API_TOKEN=KEY,
        GATEWAY_PRIVACY_IPV4_PREFIX="16",
        GATEWAY_SITE_1_NAME="Store",
        GATEWAY_SITE_1_DOMAINS="a.example,b.example",
        GATEWAY_SITE_1_ANALYTICS_ENABLED="false",
        GATEWAY_SITE_1_CONTROLLER_EMAIL="dpo@example.com",
        HOME="/root",
    )
    assert (loaded.port, loaded.host, loaded.data_dir) == (8080, "::1", Path("/srv/gateway"))
    assert loaded.clickhouse.url == "https://db.internal:8443"
    assert loaded.clickhouse.report_seconds == 2.5
    assert loaded.proxy.trusted == ("10.0.0.0/8", "2001:db8::/32")
    assert loaded.privacy.ipv4_prefix == 16
    assert loaded.dashboard.admin_password == "quiet-harbour-72-lamps"
    assert loaded.dashboard.api_token == KEY
    site = loaded.sites[0]
    assert (site.name, site.domains, site.analytics_enabled) == ("Store", ("a.example", "b.example"), False)
    assert site.controller.email == "dpo@example.com"


def test_known_names_that_are_no_settings(folder: Folder) -> None:
    others = {
        "GATEWAY_DEMO_PORT": "8001",
        "GATEWAY_CONFIG": "elsewhere",
        "GATEWAY_TEST_ANYTHING": "1",
        "GATEWAY_SERVICE_HOST": "10.0.0.1",
        "GATEWAY_SERVICE_PORT_HTTP": "80",
        "GATEWAY_PORT_80_TCP_ADDR": "10.0.0.1",
        "GATEWAY_PUBLIC_URL": "",
    }
    assert folder.write().problems(**others) == {}


@pytest.mark.parametrize(
    ("name", "value", "reason", "fix"),
    [
        ("GATEWAY_PROT", "1", "is not a known variable.", "Did you mean GATEWAY_PORT?"),
        ("GATEWAY_ADMIN_PASSWRD", "1", "is not a known variable.", "Did you mean GATEWAY_ADMIN_PASSWORD?"),
        ("GATEWAY_SITE_1_DOMAIN", "x", "is not a known variable.", "Did you mean GATEWAY_SITE_1_DOMAINS?"),
        ("GATEWAY_SITE_1_ID", "2", "is not a known variable.", ""),
        ("GATEWAY_SITE_9_NAME", "x", "there is no site with id 9.", "sites.d/"),
        ("GATEWAY_PORT", "eight", "expected int, got str.", "whole number ≥ 0, ≤ 65535"),
        ("GATEWAY_PORT", "70000", "expected int <= 65535.", "whole number"),
        ("GATEWAY_PORT", "tcp://10.0.0.1:80", "expected int, got str.", "enableServiceLinks"),
        ("GATEWAY_LOG_FORMAT", "xml", 'is not one of "json", "text".', ""),
        ("GATEWAY_JOURNAL_SEGMENT_SECONDS", "nan", "", ""),
        ("GATEWAY_PORT_FILE", "/etc/port", "is not a known variable.", ""),
        ("GATEWAY_XYZZY", "1", "is not a known variable.", "docs/settings.md"),
    ],
)
def test_problems(folder: Folder, name: str, value: str, reason: str, fix: str) -> None:
    problems = folder.write().problems(**{name: value})
    assert problems.keys() == {name}
    assert reason in problems[name].reason
    assert fix in problems[name].fix


def test_secrets_from_files(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("quiet-harbour-72-lamps\n")
    (tmp_path / "keys").write_text(f"{KEY}\n{KEY[::-1]}\n")
    loaded = folder.write().load(
        GATEWAY_ADMIN_PASSWORD_FILE=str(tmp_path / "password"), GATEWAY_SIGNING_KEYS_FILE=str(tmp_path / "keys")
    )
    assert loaded.dashboard.admin_password == "quiet-harbour-72-lamps"
    assert loaded.signing_keys == (KEY, KEY[::-1])


def test_a_secret_file_that_cannot_be_used(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    problems = folder.write().problems(
        GATEWAY_API_TOKEN_FILE=str(tmp_path / "absent"), GATEWAY_ADMIN_PASSWORD_FILE=str(tmp_path / "empty")
    )
    assert "no such file" in problems["GATEWAY_API_TOKEN_FILE"].reason
    assert "it is empty" in problems["GATEWAY_ADMIN_PASSWORD_FILE"].reason


def test_two_names_for_one_setting_must_agree(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(KEY)
    folder.write()
    assert folder.problems(GATEWAY_API_TOKEN=KEY, GATEWAY_DASHBOARD_API_TOKEN=KEY) == {}
    problems = folder.problems(GATEWAY_API_TOKEN=KEY[::-1], GATEWAY_API_TOKEN_FILE=str(tmp_path / "token"))
    assert problems["GATEWAY_API_TOKEN_FILE"].reason == "contradicts GATEWAY_API_TOKEN."


def test_no_problem_ever_shows_a_secret(folder: Folder) -> None:
    secret = "changeme"
    for row in settings():
        if isinstance(row, Setting) and row.secret:
            problems = folder.write().problems(**{row.names[0]: secret}, GATEWAY_CLICKHOUSE_URL="http://db:8123")
            assert problems, row.key
            assert secret not in "".join(str(problem) for problem in problems.values())


def test_every_name_means_one_setting() -> None:
    rows = [row for row in (*settings(), *site_settings()) if isinstance(row, Setting)]
    names = [name for row in rows for name in row.names]
    assert len(names) == len(set(names))
    for row in settings():
        if isinstance(row, Setting):
            assert "GATEWAY_" + row.key.replace(".", "_").upper() in row.names
