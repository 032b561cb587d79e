"""Campaigns as links name them, in Matomo's order of precedence."""

from __future__ import annotations

import pytest

from gateway.enrich.campaigns import NONE, Campaign, campaign
from gateway.privacy.urls import parse


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", NONE),
        ("?id=7", NONE),
        ("?utm_campaign=Summer+Sale", Campaign("summer sale")),
        ("?mtm_campaign=a", Campaign("a")),
        ("?matomo_campaign=a", Campaign("a")),
        ("?pk_campaign=a", Campaign("a")),
        ("?piwik_campaign=a", Campaign("a")),
        ("?pk_cpn=a&pk_campaign=b", Campaign("a")),
        ("?UTM_Campaign=a", Campaign("a")),
        ("?utm_campaign=u&matomo_campaign=m&mtm_campaign=t&piwik_campaign=w&pk_campaign=p", Campaign("p")),
        ("?utm_campaign=u&mtm_campaign=t", Campaign("t")),
        ("?utm_campaign=&utm_source=Letter", Campaign("letter", "Letter")),
        ("?utm_source=news&utm_medium=email", Campaign("news", "news", "email")),
        ("?utm_medium=email", Campaign("email", "", "email")),
        ("?utm_term=chairs", NONE),
        ("?mtm_campaign=a&mtm_kwd=K&mtm_keyword=L", Campaign("a", keyword="k")),
        ("?mtm_campaign=a&utm_term=u&pk_keyword=p", Campaign("a", keyword="p")),
        (
            "?utm_campaign=a&utm_source=s&utm_medium=m&utm_term=t&utm_content=c&utm_id=i",
            Campaign("a", "s", "m", "t", "c", "i"),
        ),
        ("?mtm_campaign=a&mtm_source=s&mtm_medium=m&mtm_content=c&mtm_cid=i", Campaign("a", "s", "m", "", "c", "i")),
        ("#utm_campaign=a", Campaign("a")),
        ("#?mtm_campaign=a&mtm_kwd=k", Campaign("a", keyword="k")),
        ("#/offers?pk_campaign=a", Campaign("a")),
        ("?utm_campaign=q#utm_campaign=f", Campaign("q")),
        ("?utm_campaign=%20%20", NONE),
        ("?utm_campaign=" + "x" * 300, Campaign("x" * 250)),
        ("?utm_campaign=a&utm_content=ann%2540mail.example", Campaign("a", content="(e-mail)")),
        ("?utm_campaign=a&utm_id=3f2b8c1a-9d4e-4f6a-8b7c-1d2e3f4a5b6c", Campaign("a", id="(token)")),
        ("?utm_campaign=%2B33612345678", Campaign("(phone)")),
        ("?utm_campaign=120210000000000123", Campaign("120210000000000123")),
    ],
)
def test_campaigns(query: str, named: Campaign) -> None:
    page = parse(f"https://shop.example/p{query}")
    assert page is not None and campaign(page.query) == named


@pytest.mark.parametrize(
    ("query", "only"),
    [
        ("utm_source=chatgpt.com", True),
        ("utm_source=x&utm_medium=y", False),
        ("utm_campaign=a&utm_source=b", False),
        ("", False),
    ],
)
def test_a_source_alone_is_told_from_a_campaign(query: str, only: bool) -> None:
    page = parse(f"https://shop.example/?{query}")
    assert page is not None and campaign(page.query).only_source is only
