"""The WordPress plugin, with stand-ins for the functions of WordPress that it calls: what it prints, saves and answers."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.privacy.cookies import Choice, CookieJar, choice_key
from tests.integrations.conftest import run

HERE = Path(__file__).parent
PLUGIN = HERE.parents[1] / "integrations/wordpress/consent-gateway"
FILES = sorted(PLUGIN.glob("*.php"))
POLICY = "0123456789abcdef"
KEY = b"k" * 32
OPTION: dict[str, Any] = {
    "url": "https://www.example.com/privacy-gateway",
    "site": 3,
    "policy": POLICY,
    "hash": "",
    "integrity": "",
    "keys": [choice_key(KEY, 3).hex()],
    "scripts": {"statistics": ["analytics", ""], "player": ["media", "kino"]},
}
ENTERED = {
    "url": "https://www.example.com/privacy-gateway/",
    "site": "3",
    "policy": POLICY,
    "hash": "",
    "integrity": "",
    "keys": choice_key(KEY, 3).hex().upper() + "\n",
    "scripts": "statistics analytics\r\n\r\n player  media kino \n",
}


def wordpress(*steps: list[Any], option: dict[str, Any] | None = OPTION, **given: Any) -> list[Any]:
    """The answers to the steps, in one request."""
    asked = {"option": option, "do": steps, **given}
    answers: list[Any] = json.loads(run("php", HERE / "wordpress_run.php", given=json.dumps(asked)))
    return answers


def tags(html: str) -> list[dict[str, str | bool]]:
    """The attributes of every script tag."""
    found = []
    for attributes in re.findall(r"<script((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", html):
        pairs = re.findall(r"([\w-]+)(?:=(?:\"([^\"]*)\"|'([^']*)'))?", attributes)
        found.append({name: double or single or True for name, double, single in pairs})
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_parses_and_cannot_be_called_alone(file: Path) -> None:
    assert run("php", "-l", file).startswith("No syntax errors")
    assert run("php", file) == ""
    text = file.read_text(encoding="utf-8")
    if file.name != "choice.php":  # it only defines functions, and is used outside WordPress too
        assert re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", text)


def test_the_header_and_the_readme_agree() -> None:
    header = (PLUGIN / "consent-gateway.php").read_text(encoding="utf-8")
    readme = (PLUGIN / "readme.txt").read_text(encoding="utf-8")
    for name, key in (("Version", "Stable tag"), ("Requires PHP", "Requires PHP"), ("Requires at least",) * 2):
        of_header = re.search(rf"\* {name}:\s+(\S+)", header)
        of_readme = re.search(rf"^{key}: (\S+)", readme, re.MULTILINE)
        assert of_header and of_readme and of_header[1] == of_readme[1]


def test_the_script_comes_deferred_in_the_head_and_is_the_same_for_everybody() -> None:
    (html,) = wordpress(["head"])
    (tag,) = tags(html)
    assert tag["src"] == "https://www.example.com/privacy-gateway/gateway/3.js"
    assert tag["defer"] is True and "nonce" not in tag and "integrity" not in tag
    with_cookie, sent = wordpress(["head"], ["sent"], cookies={"gw_choice_3": "x.y", "gw_optout_3": "1"})
    assert with_cookie == html
    assert "nocache" not in sent


def test_nothing_is_printed_before_the_address_is_known() -> None:
    steps = (["head"], ["body"], ["shortcode", "gateway_preferences"], ["shortcode", "gateway_cookies"])
    for option in (None, {**OPTION, "url": ""}, "broken"):
        assert wordpress(*steps, option=option) == ["", "", "", ""]  # type: ignore[arg-type]


def test_nonce_and_pinned_script() -> None:
    pinned = {**OPTION, "hash": "fedcba9876543210", "integrity": "sha384-abc+/="}
    (html,) = wordpress(["head"], option=pinned, nonce='a"b')
    (tag,) = tags(html)
    assert tag["src"] == "https://www.example.com/privacy-gateway/gateway.fedcba9876543210.js"
    assert (tag["integrity"], tag["crossorigin"]) == ("sha384-abc+/=", "anonymous")
    assert (tag["data-site"], tag["data-policy"], tag["nonce"]) == ("3", POLICY, "a&quot;b")
    (half,) = wordpress(["head"], option={**pinned, "policy": ""})
    assert tags(half)[0]["src"] == "https://www.example.com/privacy-gateway/gateway/3.js"
    assert "integrity" not in tags(half)[0]


def test_listed_scripts_wait_with_all_that_belongs_to_them() -> None:
    scripts = {
        "statistics": {
            "src": "https://statistics.example/tag.js?a=1&b=2",
            "before": '<script id="statistics-js-before">\nvar html = "<script>";\n</script>\n',
            "after": '<script id="statistics-js-after" type="text/javascript">go()</script>\n',
        },
        "player": {
            "src": "https://video.example/player.js",
            "strategy": "async",
            "before": "<script type='application/json' id='player-data'>{}</script>",
            "after": "<script type='module'>import('x')</script>",
        },
        "theme": {"src": "/theme.js"},
    }
    (html,) = wordpress(["head"], scripts=scripts)
    own = [tag for tag in tags(html) if tag.get("id") == "consent-gateway-js"]
    assert len(own) == 1 and "data-purpose" not in own[0]
    found = {str(tag.get("id", "module")): tag for tag in tags(html)}
    for name in ("statistics-js", "statistics-js-before", "statistics-js-after"):
        assert (found[name]["type"], found[name]["data-purpose"]) == ("text/plain", "analytics"), name
        assert "data-service" not in found[name]
    assert found["statistics-js"]["src"] == "https://statistics.example/tag.js?a=1&#038;b=2"
    assert (found["player-js"]["data-purpose"], found["player-js"]["data-service"]) == ("media", "kino")
    assert found["player-js"]["async"] is True
    assert found["player-data"]["type"] == "application/json" and "data-purpose" not in found["player-data"]
    assert (found["module"]["type"], found["module"]["data-type"]) == ("text/plain", "module")
    assert "data-purpose" not in found["theme-js"] and "type" not in found["theme-js"]
    assert 'var html = "<script>";' in html


def test_waiting_scripts_carry_the_nonce_that_the_gate_asks_for() -> None:
    scripts = {"statistics": {"src": "/s.js", "after": "<script nonce='own'>go()</script>"}, "theme": {"src": "/t.js"}}
    (html,) = wordpress(["head"], scripts=scripts, nonce="abc")
    assert [tag.get("nonce") for tag in tags(html)] == ["abc", "own", None, "abc"]


def test_browsers_are_not_told_to_look_up_hosts_of_waiting_scripts() -> None:
    scripts = {"statistics": {"src": "//statistics.example/tag.js"}, "theme": {"src": "https://fonts.example/t.js"}}
    urls = [
        "statistics.example",
        "//statistics.example",
        {"href": "https://statistics.example"},
        "fonts.example",
        "s.w.org",
    ]
    (hints,) = wordpress(["hints", urls], scripts=scripts)
    assert hints == ["fonts.example", "s.w.org"]


def test_the_form_without_scripts_and_the_shortcodes() -> None:
    body, preferences, cookies = wordpress(
        ["body"], ["shortcode", "gateway_preferences"], ["shortcode", "gateway_cookies"]
    )
    base = "https://www.example.com/privacy-gateway"
    assert body == (
        f'<noscript><iframe src="{base}/banner/3" title="Privacy choices" width="100%" height="420"></iframe></noscript>'
    )
    link = f'<noscript><a href="{base}/privacy/3">Privacy choices</a></noscript>'
    assert preferences == f"<gateway-preferences></gateway-preferences>{link}"
    assert cookies.startswith("<gateway-cookies></gateway-cookies>") and f'href="{base}/privacy/3/cookies"' in cookies


def test_what_is_stored_is_escaped_again_where_it_is_printed() -> None:
    evil = '"><script>alert(1)</script>'
    option = {
        **OPTION,
        "url": f"https://x.example/{evil}",
        "policy": evil,
        "hash": evil,
        "integrity": evil,
        "scripts": {"statistics": [evil, evil]},
    }
    scripts = {"statistics": {"src": f"/s.js{evil}"}}
    steps = (["head"], ["body"], ["shortcode", "gateway_preferences"], ["settings"])
    for printed in wordpress(*steps, option=option, scripts=scripts, nonce=evil):
        assert "alert(1)</script>" not in printed.replace("&lt;/script&gt;", "")
        assert '"><script>' not in printed


def test_the_settings_page_needs_the_capability_and_carries_the_nonce_of_wordpress() -> None:
    page, *_ = wordpress(["settings"])
    assert page.startswith("<!-- manage_options -->")
    assert 'action="options.php" method="post"' in page and 'name="_wpnonce"' in page
    for name in OPTION:
        assert f'name="consent_gateway[{name}]"' in page and f'<label for="consent_gateway_{name}">' in page
    assert "statistics analytics\nplayer media kino</textarea>" in page
    (refused,) = wordpress(["settings"], can=False)
    assert refused.endswith("refused 403") and "<form" not in refused


def test_what_is_entered_is_saved_in_one_form() -> None:
    (saved, errors), *_ = wordpress(["save", ENTERED], option=None)
    assert errors == []
    assert saved == OPTION
    # WordPress itself gives the first result once more, when the option is new.
    (_, again) = wordpress(["save", ENTERED], ["save", saved], option=None)
    assert again == [OPTION, []]
    ((path, _),) = wordpress(["save", {**ENTERED, "url": "/privacy-gateway/"}])
    assert path["url"] == "/privacy-gateway"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "//other.example/x"),
        ("url", "ftp://x.example"),
        ("url", "https:///x"),
        ("site", "0"),
        ("site", "1; DROP"),
        ("site", "99999999999999"),
        ("policy", "xyz"),
        ("hash", "../../x"),
        ("integrity", 'sha384-"onload='),
        ("integrity", "md5-abc"),
        ("keys", "short"),
        ("keys", "g" * 64),
        ("scripts", "statistics"),
        ("scripts", "statistics analytics media more"),
        ("scripts", '"><x> analytics'),
    ],
)
def test_what_is_wrong_keeps_its_old_value_and_is_named(field: str, value: str) -> None:
    ((saved, errors),) = wordpress(["save", {**ENTERED, field: value}])
    assert errors == [f"consent_gateway_{field}"]
    assert saved == OPTION


def test_a_request_that_is_no_form_changes_nothing_it_should_not() -> None:
    ((saved, errors),) = wordpress(["save", "text"])
    assert "consent_gateway_site" in errors and saved["site"] == 3


def cookie(
    purposes: dict[str, int], *, site: int = 3, policy: str = POLICY, key: bytes = KEY, seconds: int = 86_400
) -> str:
    jar = CookieJar(site, [key], path="/", domain="", secure=True)
    now = time.time()
    choice = Choice(p=purposes, f=policy, d=int(now // 86_400), e=int(now + seconds), s={"kino": 0})
    return jar.set_choice(choice, now).partition(";")[0]


@pytest.mark.parametrize(
    ("header", "server", "cookies", "allowed"),
    [
        (cookie({"analytics": 1, "media": 1}), {}, {}, [True, True, False]),
        (cookie({"analytics": 1, "media": 0}), {}, {}, [True, False, False]),
        ("", {}, {}, [False] * 3),
        (cookie({"analytics": 1}, key=b"x" * 32), {}, {}, [False] * 3),
        (cookie({"analytics": 1}, site=1), {}, {}, [False] * 3),
        (cookie({"analytics": 1}, policy="f" * 16), {}, {}, [False] * 3),
        (cookie({"analytics": 1}, seconds=-1), {}, {}, [False] * 3),
        (cookie({"analytics": 1, "media": 1}), {"HTTP_SEC_GPC": "1"}, {}, [False] * 3),
        (cookie({"analytics": 1, "media": 1}), {}, {"gw_optout_3": "1"}, [False] * 3),
        (cookie({"analytics": 1, "media": 1}), {}, {"gw_objection_3": "1"}, [False, True, False]),
        (cookie({"analytics": 1, "media": 1}), {}, {"gw_optout_3": "a"}, [False] * 3),
        (cookie({"analytics": 1, "media": 1}), {}, {"gw_objection_1": "1"}, [True, True, False]),
    ],
)
def test_consent_in_php(header: str, server: dict[str, str], cookies: dict[str, str], allowed: list[bool]) -> None:
    *answers, sent, uncached = wordpress(
        ["consent", "analytics"],
        ["consent", "media"],
        ["consent", "media", "kino"],
        ["sent"],
        ["constant", "DONOTCACHEPAGE"],
        server={**server, "HTTP_COOKIE": header},
        cookies=cookies,
    )
    assert answers == allowed
    assert "nocache" in sent and uncached is True


def test_without_key_or_policy_php_is_told_no() -> None:
    server = {"HTTP_COOKIE": cookie({"analytics": 1})}
    overrides: tuple[dict[str, Any], ...] = ({"keys": []}, {"policy": ""})
    for missing in overrides:
        assert wordpress(["consent", "analytics"], option={**OPTION, **missing}, server=server) == [False]


@pytest.mark.parametrize(("network", "sent"), [(False, []), (True, ["to 1", "back", "to 2", "back"])])
def test_uninstalling_removes_the_option(network: bool, sent: list[str]) -> None:
    ((options, done),) = wordpress(["uninstall", network])
    assert options == []
    assert done == sent


def test_the_example_for_php_is_the_plugins_file() -> None:
    example = HERE.parents[1] / "integrations/verify-choice/php/choice.php"
    assert example.resolve() == PLUGIN / "choice.php"
