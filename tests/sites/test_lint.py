"""What the configuration may not publish: each dark pattern is refused at its key, with the rule's number."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from gateway import server
from gateway.cli import cli
from gateway.consent import texts as shipped_texts
from gateway.errors import Problem, SettingsError
from gateway.settings_loader import Loaded, load
from gateway.sites.lint import lint
from gateway.sites.site import DEFAULT_PURPOSES, Controller, Purpose, Service, Site

CONTROLLER = """
[controller]
name = "Shop SAS"
address = "1 rue X, Paris"
email = "privacy@example.com"
authority = "CNIL"
"""
PURPOSE = '[[purposes]]\nid = "video"\nname = "Videos"\ndescription = "Plays them."\nretention = "Not kept."\n'
REASON = "Decided by the data protection officer on 2026-03-02: quoted from the statute."
SITE = Site(
    id=1,
    name="Shop",
    domains=("www.example.com",),
    hosting_country="FR",
    controller=Controller(name="Shop SAS", address="1 rue X", email="privacy@example.com", authority="CNIL"),
)


def configured(folder: Path, top: str = "", tables: str = "") -> Path:
    head = 'id = 1\nname = "Shop"\ndomains = ["www.example.com"]\nhosting_country = "FR"\n'
    (folder / "sites.d").mkdir(exist_ok=True)
    (folder / "sites.d" / "shop.toml").write_text(head + top + CONTROLLER + tables, encoding="utf-8")
    config = folder / "gateway.toml"
    config.write_text(f'data_dir = "{folder / "data"}"\n', encoding="utf-8")
    return config


def problems(folder: Path, top: str = "", tables: str = "") -> dict[str, Problem]:
    try:
        load(configured(folder, top, tables), {})
    except SettingsError as error:
        return {problem.key.removeprefix("sites.d/shop.toml: "): problem for problem in error.problems}
    return {}


@pytest.mark.parametrize(
    ("tables", "key", "rule"),
    [
        ('[texts.en]\nreject_all = "No, I hate good websites"', "texts.en.reject_all", "C7"),
        ('[texts.fr]\nbody = "Acceptez maintenant !"', "texts.fr.body", "C7"),
        ('[texts.en]\nbody = "Accept cookies for the best experience."', "texts.en.body", "C7"),
        ('[texts.en-GB]\nbody = "The site will not work unless you accept."', "texts.en-GB.body", "C8"),
        ('[texts.en]\nbody = "Do not refuse not to be counted."', "texts.en.body", "C7"),
        ('[texts.en]\nbody = "By continuing to browse you accept cookies."', "texts.en.body", "E2"),
        ('[texts.en]\nreject_all = "More options"', "texts.en.reject_all", "E1"),
        ('[texts.en]\nreject_all = "Accept all"', "texts.en.reject_all", "E1"),
        ('[texts.en]\nreject_all = ""', "texts.en.reject_all", "E1"),
        ('[texts.en]\nreject_all = " \\u200b\\u2060"', "texts.en.reject_all", "E1"),
        ('[texts.ja]\nreject_all = "—"', "texts.ja.reject_all", "E1"),
        ('[texts.en]\nreject_all = "Purple"', "texts.en.reject_all", "C7"),
        ('[texts.en]\naccept_all = "ACCEPT ALL"', "texts.en.accept_all", "C7"),
        ('[texts.en]\naccept_all = "Accept all!"', "texts.en.accept_all", "C7"),
        ('[texts.en]\naccept_all = "✅ Accept all"', "texts.en.accept_all", "C7"),
        ('[texts.en]\nreject_all = "reject all"', "texts.en.reject_all", "C7"),
        ('[texts.en]\nreject_all = "(Reject all)"', "texts.en.reject_all", "C7"),
        ('[texts.ja]\naccept_all = "同意します！！"\nreject_all = "拒否"', "texts.ja.accept_all", "C7"),
        ('[texts.en]\nclose = "Accept and close"', "texts.en.close", "E2"),
        ('[texts.en]\nsave = "Accept all"', "texts.en.save", "E2"),
        ('[texts.en]\n"purpose.analytics.description" = "Anonymous figures."', "texts.en.purpose.analytics.description", "E10"),
        (PURPOSE.replace("Plays them", "Recommended"), "purposes.video.description", "C7"),
        (PURPOSE.replace('"Videos"', '"The best experience"'), "purposes.video.name", "C7"),
        (PURPOSE + '[[purposes.services]]\nid = "a"\nname = "Videos (recommended)"', "purposes.video.services.a", "C7"),
        ('[appearance.light]\nmuted = "#999"', "appearance.light.muted", "WCAG 1.4.3"),
        ('[appearance.dark]\naccent_text = "#fff"', "appearance.dark.accent_text", "WCAG 1.4.3"),
        ('[appearance.light]\nbackground = "#000"\ntext = "#fff"', "appearance.light.background", "WCAG 1.4.11"),
        ('[appearance.light]\ncontrol = "#bbb"', "appearance.light.control", "WCAG 1.4.11"),
    ],
)  # fmt: skip
def test_what_misleads_stops_the_start(tmp_path: Path, tables: str, key: str, rule: str) -> None:
    found = problems(tmp_path, tables=tables)
    assert key in found, found
    assert f"({rule})" in found[key].reason
    assert found[key].fix


@pytest.mark.parametrize(
    ("table", "unit"),
    [("", "purposes[0]."), ("[[purposes.services]]\nid = 'a'\nname = 'A'\n", "purposes[0].services[0].")],
)
@pytest.mark.parametrize("key", ["checked", "default", "default_on", "preTicked", "pre-selected", "enabled", "on"])
def test_no_setting_ticks_a_toggle(tmp_path: Path, table: str, unit: str, key: str) -> None:
    found = problems(tmp_path, tables=f"{PURPOSE}{table}{key} = true\n")
    assert found.keys() == {f"{unit}{key}"}
    assert "(E3)" in found[f"{unit}{key}"].reason


def test_the_settings_that_there_are_tick_nothing() -> None:
    """Every setting of a purpose and its services, by name: one that is added has to be thought about here."""
    assert {*Purpose.__struct_fields__} == {
        *("id", "name", "description", "required", "legal_basis", "sale", "retention", "recipients", "services"),
        *("cookies", "hosts", "consent_mode"),
    }
    assert {*Service.__struct_fields__} == {"id", "name", "sale"}
    # `required` is no way around: such a purpose has no toggle, and consent cannot be its basis (tests/settings).


@pytest.mark.parametrize("key", ["hide_reject", "show_reject_all", "rejectButton", "accept_only"])
def test_no_setting_hides_the_refusal(tmp_path: Path, key: str) -> None:
    found = problems(tmp_path, f"{key} = true\n")
    assert "(E1)" in found[key].reason


def test_what_is_merely_unknown_is_merely_unknown(tmp_path: Path) -> None:
    found = problems(tmp_path, "analytics_enable = true\nsection = 1\n")
    assert all(problem.reason == "is not a known setting." for problem in found.values())
    assert found.keys() == {"analytics_enable", "section"}


PRAISE = '[texts.en]\nbody = "Accept cookies for the best experience."\n'


def override(rule: str, key: str, reason: str = REASON) -> str:
    return f'lint_overrides = [{{rule = "{rule}", key = "{key}", reason = "{reason}"}}]\n'


def test_an_override_needs_a_reason_and_is_heard_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path, override("C7", "texts.en.body"), PRAISE)
    said = CliRunner().invoke(cli, ["check", "--config", str(config)])
    assert said.exit_code == 0, said.output
    assert "(C7)" in said.output and REASON in said.output

    class Enough(Exception):
        pass

    def stop(host: str, port: int) -> None:
        raise Enough

    monkeypatch.setattr(server, "listen", stop)  # what comes after the log entry
    monkeypatch.setattr("gateway.logs.setup", lambda *given: None)
    with caplog.at_level(logging.WARNING), pytest.raises(Enough):
        server.serve(Loaded(load(config, {})))
    assert [record.levelname for record in caplog.records if REASON in record.getMessage()] == ["WARNING"]


@pytest.mark.parametrize("reason", ["", "because", " " * 40, "a   b                    c"])
def test_an_override_without_a_reason_overrides_nothing(tmp_path: Path, reason: str) -> None:
    found = problems(tmp_path, override("C7", "texts.en.body", reason), PRAISE)
    assert found.keys() == {"texts.en.body", "lint_overrides[0].reason"}


@pytest.mark.parametrize(
    ("rule", "key", "tables"),
    [
        ("E1", "texts.en.reject_all", '[texts.en]\nreject_all = "More options"\n'),
        ("E1", "texts.en.reject_all", '[texts.en]\nreject_all = ""\n'),
        ("E3", "purposes[0].checked", f"{PURPOSE}checked = true\n"),
    ],
)
def test_a_missing_refusal_and_a_ticked_toggle_cannot_be_overridden(
    tmp_path: Path, rule: str, key: str, tables: str
) -> None:
    found = problems(tmp_path, override(rule, key), tables)
    assert found.keys() == {key, "lint_overrides[0]"}
    assert f"({rule})" in found[key].reason
    assert f"{rule} cannot be overridden" in found["lint_overrides[0]"].reason


def test_an_override_is_for_one_rule_at_one_place(tmp_path: Path) -> None:
    for rule, key in (("C7", "texts.en.title"), ("E2", "texts.en.body")):
        found = problems(tmp_path, override(rule, key), PRAISE)
        assert found.keys() == {"texts.en.body", "lint_overrides[0]"}
        assert "finds nothing at" in found["lint_overrides[0]"].reason


def test_the_shipped_texts_are_clean() -> None:
    """In every language that is shipped, each text as if a site had written it itself."""
    for language, texts in shipped_texts.load().items():
        site = msgspec.structs.replace(SITE, language=language, texts={language: texts})
        assert [str(finding) for finding in lint(site)] == [], language
    assert lint(msgspec.structs.replace(SITE, purposes=DEFAULT_PURPOSES)) == []


def test_invisible_characters_and_full_width_letters_hide_nothing() -> None:
    for text in (
        "The be\u00adst expe\u200brience",
        "ｔｈｅ　ＢＥＳＴ　ｅｘｐｅｒｉｅｎｃｅ",
        "The best\u00a0expérience",
    ):
        assert [finding.kind for finding in lint(msgspec.structs.replace(SITE, texts={"en": {"body": text}}))] == [
            "praise"
        ]


def test_every_rule_of_a_finding_is_explained() -> None:
    from gateway.sites.lint import KINDS

    page = (Path(__file__).parents[2] / "docs" / "dark-patterns.md").read_text(encoding="utf-8")
    for kind, (rule, _, _) in KINDS.items():
        assert re.search(rf"^\| `{kind}` \| {re.escape(rule)} \|", page, re.MULTILINE), kind
