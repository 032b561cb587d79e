"""Bots by list, by user agent and by rate, each under its own reason; and people who are none."""

from __future__ import annotations

from time import perf_counter

import crawleruseragents
import pytest

from gateway.enrich import rates
from gateway.enrich.bots import bot
from gateway.enrich.rates import Rates
from gateway.hits import Reason
from tests.enrich.test_user_agents import AGENTS

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Reason.BOT),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)",
            Reason.BOT,
        ),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", Reason.BOT),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", Reason.BOT),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')}", Reason.BOT),
        ("", Reason.BOT_AGENT),
        ("   ", Reason.BOT_AGENT),
        ("-", Reason.BOT_AGENT),
        ("Mozilla/5.0", Reason.BOT_AGENT),
        ("Mozilla/4.0 (compatible;)", Reason.BOT_AGENT),
        ("curl/8.5.0", Reason.BOT_AGENT),
        ("python-requests/2.32.3", Reason.BOT_AGENT),
        ("Python/3.11 aiohttp/3.9.1", Reason.BOT_AGENT),
        ("Go-http-client/2.0", Reason.BOT_AGENT),
        ("Java/17.0.2", Reason.BOT_AGENT),
        ("okhttp/4.12.0", Reason.BOT_AGENT),
        ("axios/1.7.2", Reason.BOT_AGENT),
        ("PostmanRuntime/7.39.0", Reason.BOT_AGENT),
        ("node", Reason.BOT_AGENT),
        ("Mozilla/5.0 (compatible; SomethingNewBot/1.0; +https://bot.example)", Reason.BOT_AGENT),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Cypress/13.6.0", Reason.BOT_AGENT),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) " + CHROME, None),
        ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A)", None),
        ("MyShop/3.2 CFNetwork/1410.0.3 Darwin/22.6.0", None),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16", None),
        *((agent, None) for agent, device, *_ in AGENTS if device),
    ],
)
def test_bots_by_list_and_by_user_agent(agent: str, reason: Reason | None) -> None:
    assert bot(agent) is reason


def test_whatever_the_list_knows_is_a_bot() -> None:
    samples = [one for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for one in entry["instances"][:1]]
    assert len(samples) > 1000
    assert [one for one in samples if bot(one) is None] == []


@pytest.mark.parametrize("part", ["a", "bot", "Mozilla/5.0 ", "(", "\u00e9", "\ud800"])
def test_a_hostile_user_agent_takes_no_longer_than_others(part: str) -> None:
    start = perf_counter()
    bot(part * 1024)
    assert perf_counter() - start < 1.0


NOON = 1_795_348_800.0
VISITORS = "81.2.69.0"


def test_more_hits_than_people_make_are_a_bots_until_the_minute_is_over() -> None:
    limit = Rates(10)
    assert [limit.exceeded(VISITORS, "UA", NOON + second) for second in range(12)] == [False] * 10 + [True] * 2
    assert not limit.exceeded(VISITORS, "another browser", NOON + 20)
    assert not limit.exceeded("81.2.70.0", "UA", NOON + 20)
    assert limit.exceeded(VISITORS, "UA", NOON + 59)
    assert not limit.exceeded(VISITORS, "UA", NOON + 60)


@pytest.mark.parametrize("address", ["", "127.0.0.0", "10.0.0.0", "192.168.1.0", "::", "fd00::"])
def test_local_networks_have_no_limit(address: str) -> None:
    limit = Rates(1)
    assert not any(limit.exceeded(address, "UA", NOON) for _ in range(50))


def test_zero_is_no_limit() -> None:
    assert not any(Rates(0).exceeded(VISITORS, "UA", NOON) for _ in range(50))


def test_the_memory_of_a_minute_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST", 100)
    limit = Rates(2)
    for number in range(1000):
        assert not limit.exceeded(VISITORS, f"UA {number}", NOON)
    assert len(limit._counts) == 100
    assert [limit.exceeded(VISITORS, "UA 7", NOON) for _ in range(2)] == [False, True]
