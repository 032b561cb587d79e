"""Where a visit came from, for referrers as browsers and apps send them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.enrich.referrers import DIRECT, Referrer, Referrers

REFERRERS = Referrers()
WEBSITE = "website"


def owns(host: str) -> bool:
    return host in ("shop.example", "www.shop.example")


def search(name: str, keyword: str = "") -> Referrer:
    return Referrer("search", name, "", keyword)


def social(name: str) -> Referrer:
    return Referrer("social", name)


def ai(name: str) -> Referrer:
    return Referrer("ai", name)


@pytest.mark.parametrize(
    ("url", "came_from"),
    [
        ("", DIRECT),
        ("about:blank", DIRECT),
        ("https://shop.example/cart", DIRECT),
        ("https://www.shop.example/?q=chairs", DIRECT),
        ("https://www.google.com/", search("Google")),
        ("https://www.google.fr/search?q=Blue+Chair&oq=x", search("Google", "blue chair")),
        ("https://google.co.uk/url?q=https%3A%2F%2Fshop.example%2F", search("Google", "https://shop.example/")),
        ("https://www.google.com.br/search?q=", search("Google")),
        ("https://images.google.de/imgres?q=Stuhl", search("Google Images", "stuhl")),
        ("https://scholar.google.com/scholar?q=consent", search("Google Scholar", "consent")),
        ("https://news.google.com/articles/x", search("Google News")),
        ("https://mail.google.com/mail/u/0/", Referrer(WEBSITE, "mail.google.com", "/mail/u/0/")),
        ("https://docs.google.com/document/d/1", Referrer(WEBSITE, "docs.google.com", "/document/d/1")),
        ("https://google.evil.example/search?q=x", Referrer(WEBSITE, "google.evil.example", "/search")),
        ("https://notgoogle.com/", Referrer(WEBSITE, "notgoogle.com", "/")),
        ("https://www.bing.com/search?q=chaise%20bleue", search("Bing", "chaise bleue")),
        ("https://cn.bing.com/search?q=x", search("Bing", "x")),
        ("https://duckduckgo.com/", search("DuckDuckGo")),
        ("https://html.duckduckgo.com/html/?q=chair", search("DuckDuckGo", "chair")),
        ("https://fr.search.yahoo.com/search?p=chaise", search("Yahoo!", "chaise")),
        ("https://search.yahoo.co.jp/search?p=%E6%A4%85%E5%AD%90", search("Yahoo! Japan", "椅子")),
        ("https://mail.yahoo.com/d/folders/1", Referrer(WEBSITE, "mail.yahoo.com", "/d/folders/1")),
        ("https://yandex.ru/search/?text=%D1%81%D1%82%D1%83%D0%BB", search("Yandex", "стул")),
        ("https://www.baidu.com/link?url=x&wd=%E6%A4%85", search("Baidu", "椅")),
        ("https://m.baidu.com/from=1/s?word=x", search("Baidu", "x")),
        ("https://tieba.baidu.com/p/1", social("Baidu Tieba")),
        ("https://www.ecosia.org/search?q=Chair", search("Ecosia", "chair")),
        ("https://www.qwant.com/?q=chaise&t=web", search("Qwant", "chaise")),
        ("https://www.startpage.com/do/search?query=chair", search("Startpage", "chair")),
        ("https://search.brave.com/search?q=chair", search("Brave Search", "chair")),
        ("https://search.naver.com/search.naver?query=%EC%9D%98%EC%9E%90", search("Naver", "의자")),
        ("https://search.seznam.cz/?q=zidle", search("Seznam", "zidle")),
        ("https://suche.web.de/web?su=Stuhl", search("WEB.DE", "stuhl")),
        ("https://lemoteur.orange.fr/?kw=chaise", search("Orange", "chaise")),
        ("https://www.google.com/search?q=ann%40mail.example", search("Google", "(e-mail)")),
        ("https://l.facebook.com/l.php?u=x", social("Facebook")),
        ("https://m.facebook.com/", social("Facebook")),
        ("https://l.instagram.com/?u=x", social("Instagram")),
        ("https://t.co/AbCdEf", social("X")),
        ("https://www.linkedin.com/feed/", social("LinkedIn")),
        ("https://out.reddit.com/t3_x", social("Reddit")),
        ("https://www.pinterest.co.uk/pin/1/", social("Pinterest")),
        ("https://mastodon.social/@ann", social("Mastodon")),
        ("https://news.ycombinator.com/item?id=1", social("Hacker News")),
        ("https://vk.com/away.php", social("VK")),
        ("https://chatgpt.com/", ai("ChatGPT")),
        ("https://www.perplexity.ai/search/x", ai("Perplexity")),
        ("https://gemini.google.com/app", ai("Gemini")),
        ("https://copilot.microsoft.com/", ai("Copilot")),
        ("https://claude.ai/chat/x", ai("Claude")),
        ("https://chat.mistral.ai/chat", ai("Le Chat")),
        ("https://yiyan.baidu.com/", ai("ERNIE Bot")),
        ("android-app://com.google.android.googlequicksearchbox/", search("Google")),
        ("android-app://com.linkedin.android", social("LinkedIn")),
        ("android-app://com.openai.chatgpt/", ai("ChatGPT")),
        ("android-app://com.example.reader/https/shop.example", Referrer(WEBSITE, "com.example.reader")),
        ("android-app://", DIRECT),
        ("https://www.forum.example/t/42?session=x", Referrer(WEBSITE, "forum.example", "/t/42")),
        ("https://forum.example/u/ann%40mail.example", Referrer(WEBSITE, "forum.example", "/u/(e-mail)")),
        ("https://203.0.113.77/x", Referrer(WEBSITE, "203.0.113.0", "/x")),
        ("http://localhost:3000/", Referrer(WEBSITE, "localhost", "/")),
    ],
)
def test_where_a_visit_came_from(url: str, came_from: Referrer) -> None:
    assert REFERRERS.referrer(url, owns) == came_from


@pytest.mark.parametrize(
    ("query", "came_from"),
    [
        ((("gclid", "Cj0KCQ"),), search("Google")),
        ((("id", "1"), ("FBCLID", "IwAR")), social("Facebook")),
        ((("msclkid", "x"),), search("Bing")),
        ((("id", "1"),), DIRECT),
        ((), DIRECT),
    ],
)
def test_a_click_id_names_who_gave_it_and_is_not_kept(query: tuple[tuple[str, str], ...], came_from: Referrer) -> None:
    assert REFERRERS.of_click(query) == came_from


@pytest.mark.parametrize(
    ("source", "came_from"),
    [
        ("chatgpt.com", ai("ChatGPT")),
        ("Perplexity.AI", ai("Perplexity")),
        ("google", None),
        ("facebook.com", None),
        ("", None),
    ],
)
def test_assistants_that_name_themselves(source: str, came_from: Referrer | None) -> None:
    assert REFERRERS.assistant(source) == came_from


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(url: str) -> None:
    for one in (url, f"https://{url}", f"https://www.google.com/search?q={url}", f"android-app://{url}"):
        assert REFERRERS.referrer(one, owns).type in ("direct", "search", "social", "ai", "website")
