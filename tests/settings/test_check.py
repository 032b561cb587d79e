"""Each semantic rule: what breaks it, and which key says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings_check import advice
from tests.settings.conftest import SITE, Folder

KEY = "q7RkT2mVx9LpZ4sWc8Yb1NhJ6dGf3AeU"
_OIDC = '[oidc]\nissuer = "https://login.example.com/staff"\n'
PURPOSE = '\n[[purposes]]\nid = "{id}"\nname = "N"\ndescription = "D"\nretention = "{retention}"\n{more}\n'


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ('public_url = "www.example.com"', "public_url", "no http or https URL"),
        ('public_url = "ftp://example.com"', "public_url", "no http or https URL"),
        ('public_url = "https://example.com:99999"', "public_url", "no http or https URL"),
        ('public_url = "https://exa mple.com"', "public_url", "no http or https URL"),
        ('public_url = "https://example.com/?a=1"', "public_url", "plain path"),
        ('public_url = "https://u:p@example.com/"', "public_url", "plain path"),
        ('public_url = "https://example.com/a/../b"', "public_url", "plain path"),
        ('host = " "', "host", "no address"),
        ("workers = 2", "workers", "cannot share the embedded database"),
        ('[clickhouse]\nurl = "chdb:///var/lib"', "clickhouse.url", "no place of its own"),
        ('[clickhouse]\nurl = "tcp://db:9000"', "clickhouse.url", "neither"),
        ('[clickhouse]\nurl = "http://u:p@db:8123"', "clickhouse.url", "credentials"),
        ('[clickhouse]\nurl = "http://db:8123/gateway"', "clickhouse.url", "more than scheme"),
        ('[clickhouse]\ncluster = "main"\nnodes = ["http://db:8123"]', "clickhouse.cluster", "embedded"),
        ('[clickhouse]\nurl = "http://db:8123"\ncluster = "main"', "clickhouse.nodes", "empty"),
        ('[clickhouse]\nurl = "http://db:8123"\nnodes = ["http://db:8123"]', "clickhouse.nodes", "none is named"),
        ('[clickhouse]\nurl = "http://db:8123"\nreplicated = true', "clickhouse.replicated", "none is named"),
        (
            '[clickhouse]\nurl = "http://db:8123"\ncluster = "main"\nnodes = ["http://db:8123", "db2:9000"]',
            "clickhouse.nodes[1]",
            "no server's URL",
        ),
        ('[clickhouse]\nurl = "http://db:8123"\npassword = "password1"', "clickhouse.password", "placeholder"),
        ('[state]\nurl = "mysql://x"', "state.url", "neither SQLite nor PostgreSQL"),
        ("[retention]\nraw_months = 14", "retention.raw_months", "beyond the limit of 13"),
        ("[retention]\ndata_months = 26", "retention.data_months", "beyond the limit of 25"),
        ("[retention]\nraw_months = 6\ndata_months = 5", "retention.raw_months", "outlive"),
        ('[proxy]\ntrusted = ["10.0.0.1/8"]', "proxy.trusted[0]", "no CIDR range"),
        ('[proxy]\ntrusted = ["10.0.0.0/8", "::/0"]', "proxy.trusted[1]", "trusts every visitor"),
        ('[proxy]\ncountry_header = "CF-IPCountry"', "proxy.country_header", "only from trusted proxies"),
        ('[proxy]\ntrusted = ["10.0.0.1"]\ncountry_header = "a b"', "proxy.country_header", "no header name"),
        ('[privacy]\nexcluded = ["office"]', "privacy.excluded[0]", "no CIDR range"),
        ('[privacy]\nlocal_jurisdiction = "UK"', "privacy.local_jurisdiction", "no country"),
        ('[privacy]\nlocal_jurisdiction = "US-XX"', "privacy.local_jurisdiction", "no country"),
        ("[journal]\nmax_bytes = 1000000", "journal.segment_bytes", "larger than the journal"),
        ('[dashboard]\nadmin_password = "short"', "dashboard.admin_password", "has 5 characters; at least 10"),
        ('[dashboard]\nadmin_password = "Change-Me-Please-2026"', "dashboard.admin_password", "placeholder"),
        ("[dashboard]\nadmin_password = '$argon2id$v=19$m=65536'", "dashboard.admin_password", "looks like a hash"),
        ('[dashboard]\nadmin_password = "zzzzzzzzzzzz"', "dashboard.admin_password", "too few different"),
        (f'[dashboard]\napi_token = "{KEY[:20]}"', "dashboard.api_token", "at least 32"),
        (f'[dashboard]\napi_token = "{"token-" * 8}"', "dashboard.api_token", "placeholder"),
        (f'signing_keys = ["{KEY}", "{"xyzuv" * 8}"]', "signing_keys[1]", "too few different"),
        (f'signing_keys = ["{KEY}", "{KEY}"]', "signing_keys", "twice"),
        ('[geo]\ndatabase = "/nowhere.mmdb"', "geo.database", "no such file"),
        (f'[geo]\ndatabase = "{Path(__file__)}"', "geo.database", "no MaxMind database"),
        (f'data_dir = "{Path(__file__)}"', "data_dir", "is a file"),
        ('[oidc]\nclient_id = "gateway"', "oidc.issuer", "is empty"),
        ('[oidc]\nissuer = "login.example.com"\nclient_id = "g"', "oidc.issuer", "is no provider's URL"),
        ('[oidc]\nissuer = "https://login.example.com?a=b"\nclient_id = "g"', "oidc.issuer", "is no provider's URL"),
        ('[oidc]\nissuer = "http://login.example.com"\nclient_id = "g"', "oidc.issuer", "is http"),
        ('[oidc]\nissuer = "http://9.9.9.9"\nclient_id = "g"', "oidc.issuer", "is http"),
        (f"{_OIDC}client_id = ' '", "oidc.client_id", "is empty"),
        (f'{_OIDC}client_id = "g"\nclient_secret = "é"', "oidc.client_secret", "other characters"),
        (f'{_OIDC}client_id = "g"\nscopes = ["email"]', "oidc.scopes", "lacks openid"),
        (f'{_OIDC}client_id = "g"\nscopes = ["openid"]\nlink_by_email = true', "oidc.scopes", "lacks email"),
        (f'{_OIDC}client_id = "g"\nemail_domains = ["@a.example"]', "oidc.email_domains[0]", "is no domain"),
        (f'{_OIDC}client_id = "g"\nmake_users = true', "oidc.sites", "is empty"),
        (f'{_OIDC}client_id = "g"\nmake_users = true\nrole = "dpo"\nsites = [1]', "oidc.sites", "every site"),
        (f'{_OIDC}client_id = "g"\nmake_users = true\nsites = [77]', "oidc.sites[0]", "no site 77"),
        (f'{_OIDC}client_id = "g"\nrole = "admin"', "oidc.role", "is not one of"),
        ("[smtp]\nport = 25", "smtp.host", "is empty"),
        ('[smtp]\nhost = "smtp://mail"\nsender = "a@b.example"', "smtp.host", "is no host"),
        ('[smtp]\nhost = "mail.example.com"', "smtp.sender", "is no e-mail address"),
        ('[smtp]\nhost = "mail.example.com"\nsender = "A <a@b.example>"', "smtp.sender", "is no e-mail address"),
        ('[smtp]\nhost = "mail.example.com"\nsender = "a@b.example"\nuser = "u"', "smtp.user", "go together"),
        (
            '[smtp]\nhost = "mail.example.com"\nsender = "a@b.example"\nuser = "u"\npassword = "p"\ntls = "none"',
            "smtp.tls",
            "in the clear",
        ),
    ],
)
def test_settings(folder: Folder, text: str, key: str, reason: str) -> None:
    problems = folder.write(text).problems()
    assert problems.keys() == {key}
    assert reason in problems[key].reason


@pytest.mark.parametrize(
    "text",
    [
        'public_url = "https://www.example.com:8443/privacy/gate"',
        'public_url = "http://[::1]:8000"',
        'workers = 4\n[clickhouse]\nurl = "http://db:8123"',
        '[state]\nurl = "postgresql+psycopg://u:p@db/gateway"',
        "[retention]\nraw_months = 13\ndata_months = 13",
        '[privacy]\nlocal_jurisdiction = "US-CA"',
        f'{_OIDC}client_id = "g"\nmake_users = true\nsites = [1]\nemail_domains = ["example.com"]',
        '[oidc]\nissuer = "http://127.0.0.1:8080/realms/staff"\nclient_id = "g"',
        '[smtp]\nhost = "localhost"\nport = 25\nsender = "a@b.example"\ntls = "none"',
        '[smtp]\nhost = "mail.example.com"\nsender = "a@b.example"\nuser = "u"\npassword = "p"',
        f'signing_keys = ["{KEY}"]\n[dashboard]\nadmin_password = "correct horse battery"',
    ],
)
def test_settings_that_are_right(folder: Folder, text: str) -> None:
    assert folder.write(text).problems() == {}


def domains(text: str) -> str:
    return SITE.replace('domains = ["www.example.com"]', text)


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        (domains('domains = ["https://example.com/"]'), "domains[0]", 'Write "example.com".'),
        (domains('domains = ["example.com:8080"]'), "domains[0]", 'Write "example.com".'),
        (domains('domains = ["Example.COM"]'), "domains[0]", 'Write "example.com".'),
        (domains('domains = ["bücher.example"]'), "domains[0]", 'Write "xn--bcher-kva.example".'),
        (domains('domains = ["a..b"]'), "domains[0]", "Write a host"),
        (domains('domains = ["192.0.2.300"]'), "domains[0]", "Write a host"),
        (domains('domains = ["*.localhost"]'), "domains[0]", "Write"),
        (domains('domains = ["*.co.uk"]'), "domains[0]", "your own domain"),
        (domains('domains = ["a.example", "a.example"]'), "domains", "Keep one"),
        (domains("domains = []"), "domains", "Give list of texts"),
        (domains('domains = ["a.example"]\ntest_domains = ["a.example"]'), "test_domains[0]", "one of the two"),
        (domains('domains = ["a.example"]\ntest_domains = ["*.a.example"]'), "test_domains[0]", "Write"),
        ('main_url = "example.com"' + SITE, "main_url", "in full"),
        ('privacy_policy_url = "javascript:alert(1)"' + SITE, "privacy_policy_url", "in full"),
        ('privacy_policy_url = "//evil.example"' + SITE, "privacy_policy_url", "in full"),
        ('timezone = "Europe/Pariss"' + SITE, "timezone", 'Did you mean "Europe/Paris"?'),
        ('timezone = "Europe"' + SITE, "timezone", ""),
        ('timezone = "../../etc/passwd"' + SITE, "timezone", ""),
        ('language = "french"' + SITE, "language", "BCP 47"),
        ('language = "xx"' + SITE, "language", "BCP 47"),
        (SITE.replace('"FR"', '"UK"'), "hosting_country", "Write GB."),
        (SITE.replace('"FR"', '"fr"'), "hosting_country", "Give text"),
        (SITE.replace('"Shop SAS"', '" "'), "controller.name", "Fill it in."),
        (SITE.replace('authority = "CNIL"', ""), "controller.authority", "Supervisory authority"),
        (SITE.replace("privacy@example.com", "Shop <a@b.example>"), "controller.email", "bare"),
        (SITE + '[texts.xx]\ntitle = "T"', "texts.xx", "BCP 47"),
        (SITE + '[texts.fr]\ntitel = "T"', "texts.fr.titel", 'Did you mean "title"?'),
        (SITE + '[texts.fr]\ntitle = " "', "texts.fr.title", "Write the text"),
        (SITE + '[texts.en]\ndo_not_sell = "Opt out"', "texts.en.do_not_sell", "Write exactly"),
        (SITE + '[[exemptions]]\ncountry = "DE"', "exemptions[0].country", "Remove it."),
        (SITE + '[[exemptions]]\ncountry = "GB"', "exemptions[0].country", "Remove it."),
        (SITE + '[[exemptions]]\ncountry = "EL"', "exemptions[0].country", "Write GR."),
        (SITE + '[[exemptions]]\ncountry = "NL"\ndated = "2024-01-01"', "exemptions[0].citation", "Cite"),
        (SITE + '[[exemptions]]\ncountry = "NL"\ncitation = "AP"\ndated = "2024"', "exemptions[0].dated", "date of"),
        (SITE + '[[exemptions]]\ncountry = "FR"\ncitation = "New text"', "exemptions[0].dated", "date of"),
        (SITE + '[[exemptions]]\ncountry = "FR"\n[[exemptions]]\ncountry = "FR"', "exemptions", "Keep one"),
    ],
)
def test_sites(folder: Folder, text: str, key: str, fix: str) -> None:
    problems = folder.write(shop=text).problems()
    assert problems.keys() == {f"sites.d/shop.toml: {key}"}
    assert fix in problems[f"sites.d/shop.toml: {key}"].fix


@pytest.mark.parametrize(
    ("id_", "more", "key"),
    [
        ("analytics", "required = true", "required"),
        ("ads", 'required = true\nsale = true\nlegal_basis = "contract"', "required"),
        ("chat", "required = true", "legal_basis"),
        ("necessary", "", "required"),
        ("Chat", "", "id"),
        ("chat", 'recipients = [{name = "Acme", country = "US"}]', "recipients[0].safeguard"),
        ("chat", 'recipients = [{name = "Acme", country = "XX"}]', "recipients[0].country"),
        ("chat", 'recipients = [{name = "", country = "FR"}]', "recipients[0].name"),
        ("chat", 'cookies = [{name = "c", life = "", description = "d"}]', "cookies[0].life"),
        ("chat", 'cookies = [{name = "c", description = "d"}]', "cookies[0].life"),
        ("chat", 'services = [{id = "s", name = " "}]', "services[0].name"),
        (
            "ads",
            'required = true\nlegal_basis = "contract"\nservices = [{id = "s", name = "S", sale = true}]',
            "required",
        ),
    ],
)
def test_purposes(folder: Folder, id_: str, more: str, key: str) -> None:
    problems = folder.write(shop=SITE + PURPOSE.format(id=id_, retention="1 year.", more=more)).problems()
    assert problems.keys() == {f"sites.d/shop.toml: purposes[0].{key}"}


@pytest.mark.parametrize(
    ("words", "right"), [(" ", False), ("36 months.", False), ("3 ans", False), ("25 mois.", True)]
)
def test_retention_in_words_must_be_said_and_true(folder: Folder, words: str, right: bool) -> None:
    problems = folder.write(shop=SITE + PURPOSE.format(id="analytics", retention=words, more="")).problems()
    assert problems.keys() == (set() if right else {"sites.d/shop.toml: purposes[0].retention"})


def test_ids_of_purposes_and_services_are_unique(folder: Folder) -> None:
    service = 'services = [{id = "s", name = "S"}]'
    twice = PURPOSE.format(id="a", retention="1 day", more=service) * 2
    reasons = folder.write(shop=SITE + twice).problems()["sites.d/shop.toml: purposes"].reason
    assert "is there 2 times" in reasons
    once = PURPOSE.format(id="b", retention="1 day", more=service)
    problems = folder.write(shop=SITE + PURPOSE.format(id="a", retention="1 day", more=service) + once).problems()
    assert 'service "s"' in problems["sites.d/shop.toml: purposes"].reason


def test_sites_share_neither_id_nor_domain(folder: Folder) -> None:
    problems = folder.write(a=SITE, b=SITE).problems()
    assert problems["sites.d/b.toml: id"].reason == "sites.d/a.toml has the id 1 too."
    assert problems["sites.d/b.toml: domains"].reason == '"www.example.com" belongs to sites.d/a.toml too.'


@pytest.mark.parametrize(
    ("public_url", "domain", "reason"),
    [
        ("https://consent.example.co.uk", "co.uk", "public suffix"),
        ("https://me.github.io", "github.io", "public suffix"),
        ("https://consent.example.com", "example.org", "not below"),
        ("https://consent.example.com", "ample.com", "not below"),
        ("https://consent.example.com", ".example.com", "no domain"),
        ("https://consent.example.com", "https://example.com", "no domain"),
        ("", "example.com", "take no cookie domain from localhost"),
        ("http://192.0.2.1", "192.0.2.1", "take no cookie domain"),
        ("https://consent.example.com", "example.com", None),
        ("https://consent.example.com", "consent.example.com", None),
    ],
)
def test_cookie_domain(folder: Folder, public_url: str, domain: str, reason: str | None) -> None:
    problems = folder.write(f'public_url = "{public_url}"', shop=f'cookie_domain = "{domain}"' + SITE).problems()
    assert problems.keys() == ({"sites.d/shop.toml: cookie_domain"} if reason else set())
    if reason:
        assert reason in problems["sites.d/shop.toml: cookie_domain"].reason


@pytest.mark.parametrize(
    ("public_url", "keys"),
    [
        ("https://consent.example.com", []),
        ("https://gateway.example.net", ["site 1: domains"]),
        ("http://consent.example.com", ["public_url", "site 1: main_url"]),
    ],
)
def test_advice_about_cookies_that_no_browser_sends(folder: Folder, public_url: str, keys: list[str]) -> None:
    assert [problem.key for problem in advice(folder.write(f'public_url = "{public_url}"').load())] == keys
