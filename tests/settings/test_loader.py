from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.settings import Settings
from gateway.settings_loader import digest, load
from gateway.sites import DEFAULT_PURPOSES
from tests.settings.conftest import SITE, Folder

ROOT = Path(__file__).parents[2]


def test_nothing_configured_is_enough_where_no_site_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}, need_sites=False) == Settings()


def test_a_site_is_needed(folder: Folder) -> None:
    folder.config.write_text("")
    assert "there is no site" in folder.problems()["sites"].reason


def test_files_are_read_and_sites_completed(folder: Folder) -> None:
    second = SITE.replace("id = 1", "id = 2").replace("www.example.com", "example.org")
    settings = folder.write(
        "[clickhouse]\nreport_seconds = 5\n[retention]\nraw_months = 3", zwei=second, eins=SITE
    ).load()
    assert settings.clickhouse.report_seconds == 5.0
    assert settings.retention.raw_months == 3
    assert [site.id for site in settings.sites] == [1, 2]
    assert settings.sites[1].main_url == "https://example.org/"
    assert settings.sites[0].purposes == DEFAULT_PURPOSES


def test_a_site_may_stand_in_gateway_toml(folder: Folder) -> None:
    site = SITE.replace("[controller]", "[sites.controller]")
    folder.config.write_text(f"[[sites]]\n{site}")
    assert folder.load().sites[0].name == "Shop"
    folder.config.write_text(f"[[sites]]\n{site.replace('privacy@example.com', 'nobody')}")
    assert "sites[0].controller.email" in folder.problems()
    folder.config.write_text("sites = 3")
    assert "must be a list of tables" in folder.problems()["sites"].reason


def test_own_purposes_replace_and_follow_the_shipped_ones(folder: Folder) -> None:
    text = SITE + (
        '[[purposes]]\nid = "video"\nname = "Video"\ndescription = "Plays."\nretention = "6 months."\n'
        '[[purposes]]\nid = "analytics"\nname = "Statistics"\ndescription = "Counts."\nretention = "12 months."\n'
    )
    site = folder.write(shop=text).load().sites[0]
    assert [purpose.id for purpose in site.purposes] == ["necessary", "payment-fraud", "analytics", "video"]
    assert site.purposes[2].name == "Statistics"


def test_gateway_config_names_the_file(folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder.write("port = 8123")
    assert load(None, {"GATEWAY_CONFIG": str(folder.config)}).port == 8123
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).port == 8123
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "absent.toml", {}, need_sites=False)
    assert caught.value.problems[0].key == "absent.toml"
    assert "no such file" in caught.value.problems[0].reason


def test_every_problem_is_reported_at_once(folder: Folder) -> None:
    site = SITE.replace('"privacy@example.com"', '""').replace('hosting_country = "FR"', 'hosting_country = "UK"')
    site = site.replace('domains = ["www.example.com"]', 'domains = ["https://www.example.com"]\ncolour = "red"')
    problems = folder.write(
        'porrt = 1\nadmin_password = "x"\nworkers = "two"\n[clickhouse]\nreports_at_once = 0\nurl = "clickhouse:9000"\n'
        '[privacy]\nipv4_prefix = 32\n[journal]\nsegment_seconds = inf\n[geo]\ndatabase = "/nowhere.mmdb"',
        shop=site,
        other="id = 1\nname = 7",
    ).problems(GATEWAY_PROT="1")
    assert problems.keys() == {
        "porrt",
        "admin_password",
        "workers",
        "clickhouse.reports_at_once",
        "clickhouse.url",
        "privacy.ipv4_prefix",
        "journal.segment_seconds",
        "geo.database",
        "GATEWAY_PROT",
        "sites.d/shop.toml: id",
        "sites.d/shop.toml: colour",
        "sites.d/shop.toml: domains[0]",
        "sites.d/shop.toml: hosting_country",
        "sites.d/shop.toml: controller.email",
        "sites.d/other.toml: name",
        "sites.d/other.toml: domains",
        "sites.d/other.toml: controller",
        "sites.d/other.toml: hosting_country",
    }
    assert problems["porrt"].fix == 'Did you mean "port"?'
    assert problems["admin_password"].fix == 'Did you mean "dashboard.admin_password"?'
    assert problems["privacy.ipv4_prefix"].reason == "is not one of 24, 16, 8."
    assert problems["workers"].reason == "expected int, got str."
    assert all(problem.reason.endswith(".") and problem.fix for problem in problems.values())


def test_a_wrong_value_does_not_cause_others(folder: Folder) -> None:
    problems = folder.write(
        'public_url = 3\n[retention]\nraw_months = "x"\ndata_months = 12', shop='cookie_domain = "example.com"' + SITE
    ).problems()
    assert problems.keys() == {"public_url", "retention.raw_months"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"port = = 1", "is not valid TOML"), (b"port = 1\nport = 2", "is not valid TOML"), (b"# \xff", "is not UTF-8")],
)
def test_unreadable_files_are_named(folder: Folder, content: bytes, reason: str) -> None:
    folder.write()
    (folder.path / "sites.d" / "broken.toml").write_bytes(content)
    assert reason in folder.problems()["sites.d/broken.toml"].reason
    folder.config.write_bytes(content)
    assert folder.problems().keys() == {"gateway.toml", "sites.d/broken.toml"}


def test_tables_that_are_none(folder: Folder) -> None:
    site = SITE.partition("[controller]")[0]
    problems = folder.write("clickhouse = 3", shop=f'controller = "Shop"\npurposes = "all"\n{site}').problems(
        GATEWAY_CLICKHOUSE_URL="chdb://"
    )
    assert problems.keys() == {"clickhouse", "sites.d/shop.toml: controller", "sites.d/shop.toml: purposes"}


def test_the_digest_follows_the_configuration_and_not_its_secrets(folder: Folder) -> None:
    before = digest(folder.write().load())
    assert digest(folder.load()) == before
    assert digest(folder.load(GATEWAY_ADMIN_PASSWORD="quiet-harbour-72-lamps")) == before
    assert digest(folder.load(GATEWAY_SITE_1_NAME="Store")) != before


def test_the_examples_are_right(tmp_path: Path) -> None:
    folder = Folder(tmp_path).write(
        (ROOT / "gateway.example.toml").read_text(encoding="utf-8"),
        shop=(ROOT / "sites.d" / "shop.toml.example").read_text(encoding="utf-8"),
    )
    assert folder.problems() == {}
    assert folder.load().sites[0].purpose("video") is not None
