"""Every route × everybody who may come: one table, and a route that is not in it fails the test."""

from __future__ import annotations

import httpx

from gateway.web.matomo import PATHS
from tests.security.surface import PASSWORD, Actor, Way, ways
from tests.web.visitors import Served

SITE_READERS = frozenset({"viewer", "editor", "dpo", "admin", "viewer token", "dpo token", "admin token"})
SESSIONS = frozenset({"viewer", "viewer elsewhere", "editor", "editor elsewhere", "dpo", "admin"})
OFFICE = frozenset({"dpo", "admin"})
OFFICE_TOKENS = frozenset({"dpo token", "admin token"})
EDITORS = frozenset({"editor", "admin", "admin token"})
KEEPERS = frozenset({"subjects token", "admin token"})
TOKENS = OFFICE_TOKENS | {"viewer token", "subjects token", "subjects token elsewhere", "tracking token"}
KNOWN = SESSIONS | TOKENS
EVERYBODY = KNOWN | {"nobody"}

# Who is let through: answered with anything but 401, 403 or the log-in form.
WHO: dict[str, frozenset[str]] = {
    # Visitors, websites, crawlers, operators: no log-in.
    **{f"{method} {path}": EVERYBODY for path in PATHS for method in ("GET", "POST", "PUT", "DELETE")},
    **{f"{method} /v1/hit": EVERYBODY for method in ("GET", "POST", "PUT", "DELETE")},
    **{f"{method} /v1/consent": EVERYBODY for method in ("GET", "POST", "PUT", "DELETE")},
    **{f"{method} /v1/opt-out": EVERYBODY for method in ("GET", "POST", "PUT", "DELETE")},
    "GET /gateway/{site}.js": EVERYBODY,
    "GET /gateway.js": EVERYBODY,
    "GET /matomo.js": EVERYBODY,
    "GET /piwik.js": EVERYBODY,
    "GET /gateway.{hash}.js": EVERYBODY,
    "GET /gateway-{chunk}.{hash}.js": EVERYBODY,
    "GET /v1/sites/{site}/notice": EVERYBODY,
    "GET /v1/notices/{fingerprint}": EVERYBODY,
    "GET /privacy/{site}": EVERYBODY,
    "POST /privacy/{site}": EVERYBODY,
    "GET /privacy/{site}/cookies": EVERYBODY,
    "GET /privacy/{site}/receipt.json": EVERYBODY,
    "GET /privacy/{site}/visits": EVERYBODY,
    "POST /privacy/{site}/visits": EVERYBODY,
    "GET /privacy/{site}/erase": EVERYBODY,
    "POST /privacy/{site}/erase": EVERYBODY,
    "GET /do-not-sell/{site}": EVERYBODY,
    "POST /do-not-sell/{site}": EVERYBODY,
    "GET /do-not-sell/{site}/allow": EVERYBODY,
    "POST /do-not-sell/{site}/allow": EVERYBODY,
    "GET /banner/{site}": EVERYBODY,
    "POST /banner/{site}": EVERYBODY,
    "GET /.well-known/gpc.json": EVERYBODY,
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /openapi.json": EVERYBODY,
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    # Without a provider of log-ins 404 to everybody.
    "GET /login/oidc": EVERYBODY,
    "GET /login/oidc/callback": EVERYBODY,
    "POST /login/code": SESSIONS | {"nobody"},  # a program with a token logs in nowhere
    "GET /assets/dashboard/{name}": EVERYBODY,
    # The address is the key: a wrong one is 404 to everybody.
    "GET /share/{token}": EVERYBODY,
    "POST /share/{token}": EVERYBODY,
    "GET /share/{token}/figures": EVERYBODY,
    "GET /letters/confirm/{token}": EVERYBODY,
    "POST /letters/confirm/{token}": EVERYBODY,
    "GET /letters/stop/{token}": EVERYBODY,
    "POST /letters/stop/{token}": EVERYBODY,
    "GET /invitation/{secret}": EVERYBODY,
    "POST /invitation/{secret}": EVERYBODY,
    # Whoever is logged in; what they see is theirs.
    "GET /": KNOWN,
    "GET /sites/figures": KNOWN,
    "GET /account": SESSIONS,
    "POST /account": SESSIONS,
    "POST /language": SESSIONS,
    "POST /logout": SESSIONS | {"nobody"} | TOKENS,
    # The figures of a site.
    "GET /sites/{site}": SITE_READERS,
    "GET /sites/{site}/live": SITE_READERS,
    "GET /sites/{site}/consent": SITE_READERS,
    "GET /sites/{site}/dimensions": SITE_READERS,
    "GET /v1/stats/{site}": SITE_READERS,
    "GET /v1/consents/{site}": SITE_READERS,
    "GET /v1/estimates/{site}": SITE_READERS,
    "GET /v1/live/{site}": SITE_READERS,
    "GET /index.php": SITE_READERS,
    "POST /index.php": SITE_READERS,
    "POST /": SITE_READERS,
    "GET /v1/segments/{site}": SITE_READERS,
    "POST /v1/segments/{site}": SITE_READERS,
    "PUT /v1/segments/{site}/{id}": SITE_READERS,
    "DELETE /v1/segments/{site}/{id}": SITE_READERS,
    "GET /sites/{site}/funnels": SITE_READERS,
    "GET /v1/funnels/{site}/figures": SITE_READERS,
    "GET /v1/funnels/{site}": SITE_READERS,
    "POST /v1/funnels/{site}": SITE_READERS,
    "PUT /v1/funnels/{site}/{id}": SITE_READERS,
    "DELETE /v1/funnels/{site}/{id}": SITE_READERS,
    "GET /sites/{site}/retention": SITE_READERS,
    "GET /v1/retention/{site}": SITE_READERS,
    "GET /v1/annotations/{site}": SITE_READERS,
    "POST /v1/annotations/{site}": frozenset({"editor", "admin", "admin token"}),
    "DELETE /v1/annotations/{site}": frozenset({"editor", "admin", "admin token"}),
    "GET /sites/{site}/letters": frozenset({"editor", "admin", "admin token"}),
    "POST /sites/{site}/letters": frozenset({"editor", "admin"}),
    "POST /sites/{site}/letters/{letters}/remove": frozenset({"editor", "admin"}),
    # What is given to others, by those who may change the site.
    "GET /sites/{site}/shares": frozenset({"editor", "dpo", "admin", "dpo token", "admin token"}),
    "POST /sites/{site}/shares": frozenset({"editor", "admin"}),
    "POST /sites/{site}/shares/{share}/revoke": frozenset({"editor", "dpo", "admin"}),
    # What visitors of the site are shown.
    "GET /sites/{site}/banner": EDITORS,
    "GET /sites/{site}/banner/words": EDITORS,
    "GET /sites/{site}/banner/preview": EDITORS,
    "GET /v1/banner/{site}/draft": EDITORS,
    "PUT /v1/banner/{site}/draft": EDITORS,
    "POST /v1/banner/{site}/publish": EDITORS,
    "POST /v1/banner/{site}/rollback": EDITORS,
    "POST /v1/banner/{site}/preview": EDITORS,
    # The administrator's.
    "GET /users": frozenset({"admin"}),
    "POST /users": frozenset({"admin"}),
    "GET /users/{id}": frozenset({"admin"}),
    "POST /users/{id}": frozenset({"admin"}),
    # The data protection officer's.
    "GET /requests": OFFICE | OFFICE_TOKENS,
    "POST /requests": OFFICE,
    "GET /requests/{id}": OFFICE | OFFICE_TOKENS,
    "POST /requests/{id}": OFFICE,
    "GET /ledger": OFFICE | OFFICE_TOKENS,
    "GET /ledger/verification": OFFICE | OFFICE_TOKENS,
    "POST /ledger/verification": OFFICE,
    "GET /retention": OFFICE | OFFICE_TOKENS,
    "GET /audit": OFFICE | OFFICE_TOKENS,
    "GET /audit.csv": OFFICE | OFFICE_TOKENS,
    "GET /v1/ledger": OFFICE | OFFICE_TOKENS,
    "GET /v1/ledger/verify": OFFICE | OFFICE_TOKENS,
    "POST /v1/ledger/verify": OFFICE_TOKENS,
    "GET /v1/requests": OFFICE | OFFICE_TOKENS,
    "POST /v1/requests": OFFICE_TOKENS,
    "GET /v1/requests/{id}": OFFICE | OFFICE_TOKENS,
    "POST /v1/requests/{id}/answer": OFFICE_TOKENS,
    "POST /v1/requests/{id}/extend": OFFICE_TOKENS,
    # The website's own server.
    "GET /v1/subjects/{id}/consent": KEEPERS,
    "PUT /v1/subjects/{id}/consent": KEEPERS,
    "POST /v1/subjects/{id}/token": KEEPERS,
    "DELETE /v1/subjects/{id}": KEEPERS,
}


def is_let_through(answer: httpx.Response) -> bool:
    assert answer.status_code != 500, answer.text
    to_login = answer.status_code == 303 and "/login?next=" in answer.headers["location"]
    return answer.status_code not in (401, 403) and not to_login


def test_every_route_lets_in_whom_it_should_and_nobody_else(gateway: Served, people: dict[str, Actor]) -> None:
    assert set(people) == EVERYBODY
    found = ways(gateway)
    missing = sorted({way.line for way in found} - WHO.keys())
    assert not missing, (
        f"These routes are new: {missing}. Say in WHO (tests/security/test_who_gets_in.py) who may use each of them, and in"
        " tests/security/test_other_origins.py whether it changes anything and may be read by other origins."
    )
    assert not WHO.keys() - {way.line for way in found}, "WHO names routes that are gone"
    wrong = []
    for way in sorted(found, key=lambda way: way.path == "/logout"):  # last: it ends their sessions
        for name, actor in people.items():
            answer = actor.ask(gateway, way)
            if is_let_through(answer) != (name in WHO[way.line]):
                wrong.append(f"{way.line} as {name}: {answer.status_code} {answer.text[:200]}")
    accounts = gateway.gateway.accounts
    for name, actor in people.items():
        if actor.session:
            who = {"viewer elsewhere": "viewer2", "editor elsewhere": "editor2", "admin": "chief"}.get(name, name)
            people[name] = Actor(session=accounts.login(who, PASSWORD, "192.0.2.0"))
    assert not wrong, "\n".join(wrong)


def test_a_wrong_token_is_not_rescued_by_a_session(gateway: Served, people: dict[str, Actor]) -> None:
    cookie = f"gw_session={people['admin'].session}"
    for token in ("", "wrong", "a" * 4_000, "\x00", "%C3%A9"):
        headers = {"authorization": f"Bearer {token}", "cookie": cookie}
        assert gateway.request("GET", "/v1/requests", headers).status_code == 401


def test_a_site_that_is_not_there_is_told_from_others_by_nobody(gateway: Served, people: dict[str, Actor]) -> None:
    """Numbers of sites cannot be probed (CWE-203) by whoever has named sites only."""
    for name in ("viewer", "editor", "viewer token", "subjects token"):
        for path in ("/v1/stats/{}", "/sites/{}", "/v1/consents/{}", "/v1/live/{}"):
            there, nowhere = (people[name].ask(gateway, Way("GET", path.format(site))) for site in (2, 999))
            assert there.status_code == nowhere.status_code == 403, (name, path)
            assert there.text.replace(path.format(2), path.format(999)) == nowhere.text
