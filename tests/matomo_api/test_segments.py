"""Matomo's segments as our filters: what each means, and that no text of them can be anything but a value."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.reports import filters
from gateway.reports.matomo import segments
from gateway.sites.catalog import ServedSite
from gateway.sites.goals import Goal
from gateway.sites.site import Controller, Site

SITE = ServedSite(
    Site(
        id=1,
        name="Shop",
        domains=("www.example.com", "*.shop.example"),
        main_url="https://www.example.com/",
        page_parameters=("id",),
        goals=(Goal(id=3, name="Newsletter"), Goal(id=4, name="News read")),
        controller=Controller(name="Example SA", address="1 rue X", email="dpo@example.com", authority="CNIL"),
        hosting_country="FR",
    )
)


@pytest.mark.parametrize(
    ("segment", "filter_text"),
    [
        ("", ""),
        ("countryCode==fr", "country==FR"),
        ("countryCode!=fr", "country!=FR"),
        ("countryCode==xx", "country=="),
        ("countryName==France", "country==FR"),
        ("countryName!=France", "country!=FR"),
        ("countryName==Atlantis", "country==\ufffd"),
        ("countryCode==fr,countryCode==be;deviceType!=smartphone", "country==FR,country==BE;device!=phone"),
        ("countryCode%3D%3Dfr", "country==FR"),
        (" countryCode==fr; actions>2", "country==FR;actions>2"),
        ("continentCode==eur", "continent==europe"),
        ("continentCode==amc", "continent==north_america"),
        ("regionCode==IDF;countryCode==fr", "region_code==IDF;country==FR"),
        ("city==Saint-%C3%89tienne", "city_name==Saint-Étienne"),
        ("city==New+York", "city_name==New York"),
        ("browserCode==FM", "browser==Firefox Mobile"),
        ("browserCode==sb", "browser==Samsung Internet,browser==Samsung Browser"),
        ("browserCode!=SB", "browser!=Samsung Internet;browser!=Samsung Browser"),
        ("browserCode==ZZ", "browser==\ufffd"),
        ("browserName=@fox", "browser=@fox"),
        ("browserVersion==140.0", "browser_version=$ 140.0"),
        ("operatingSystemCode==AND", "os==Android"),
        ("operatingSystemVersion=^10", "os_version=@ 10"),
        ("deviceType==car+browser", "device==car"),
        ("deviceType=@smart", "device==phone,device==smart_display,device==smart_speaker"),
        ("deviceBrand==Apple;deviceModel=^iPhone", "brand==Apple;model=^iPhone"),
        ("referrerType==search", "referrer_type==search"),
        ("referrerType==6", "referrer_type==campaign"),
        ("referrerType==ai-assistant", "referrer_type==ai"),
        ("referrerName==Qwant", "referrer==Qwant"),
        ("referrerKeyword==shoes", "keyword==shoes,campaign_keyword==shoes"),
        ("referrerKeyword!=shoes", "keyword!=shoes;campaign_keyword!=shoes"),
        ("referrerUrl==http%3A%2F%2Fnews.example%2Fstory", "referrer==news.example;referrer_path==/story"),
        ("referrerUrl=@story", "referrer=@story,referrer_path=@story"),
        ("campaignName==spring;campaignMedium==mail", "campaign==spring;campaign_medium==mail"),
        ("pageUrl==https%3A%2F%2Fwww.example.com%2Fa", "page==/a"),
        # As reports give it, sent on as it is and encoded once more.
        ("pageUrl==https%3A%2F%2Fwww.example.com%2Fa%2520b", "page==/a%2520b"),
        ("pageUrl==https%253A%252F%252Fwww.example.com%252Fa%252520b", "page==/a%2520b"),
        ("pageUrl==http://x.shop.example/?b=1&id=2", "page==/?id=2"),
        ("pageUrl==www.example.com", "page==/"),
        ("pageUrl==//www.example.com/a", "page==/a"),
        ("pageUrl==/a", "page==/a"),
        ("pageUrl=^https://www.example.com/blog", "page=^/blog"),
        ("pageUrl=@blog", "page=@blog"),
        ("pageUrl==https://evil.example/a", "page==https://evil.example/a"),
        ("entryPageUrl==https://www.example.com/;exitPageUrl!=/a", "entry_page==/;exit_page!=/a"),
        ("pageTitle==Home%2C sweet", "title==Home%2C sweet"),
        ("pageTitle==Home\\, sweet\\; home", "title==Home%2C sweet%3B home"),
        ("visitDuration>=60;actions<=3", "seconds>=60;actions<=3"),
        ("eventCategory==Video;eventAction==play;eventName=@trail", "event_category==Video;event_action==play;event_name=@trail"),
        ("eventValue>1.5", "event_value>1.5"),
        ("siteSearchKeyword==red;siteSearchCategory==", "search==red;search_category=="),
        ("languageCode==fr,languageCode=^FR-", "language==fr,language=^fr-"),
        ("resolution==390x844", "screen==390x844"),
        ("visitorType==new", "visitor_type!=returning"),
        ("visitorType==returning", "visitor_type==returning"),
        ("visitorType!=returning", "visitor_type!=returning"),
        ("visitConverted==1", "conversions>0"),
        ("visitConverted!=1", "conversions==0"),
        ("visitConvertedGoalId==3", "goal==3"),
        ("visitConvertedGoalId==0", "goal==order"),
        ("visitConvertedGoalName=^news", "goal==3,goal==4"),
        ("visitEcommerceStatus==ordered", "orders>0"),
        ("dimension2==gold", "dimension2==gold"),
        ("visitLocalHour==12;visitStartServerHour<6", "visitor_hour==12;hour<6"),
        # (a and b) or c is (a or c) and (b or c).
        ("browserCode!=SB,actions>2", "browser!=Samsung Internet,actions>2;browser!=Samsung Browser,actions>2"),
    ],
)  # fmt: skip
def test_meaning(segment: str, filter_text: str) -> None:
    assert filters.write(segments.parse(segment, SITE)) == filter_text


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ("shoeSize==44", "Segment 'shoeSize' is not a supported segment."),
        ("userId==ada", "'userId' is not a supported"),
        ("visitIp==192.0.2.1", "'visitIp' is not a supported"),
        ("countryCode", "A condition is a segment's name"),
        ("countryCode==fr;", "A condition is a segment's name"),
        (",", "A condition is a segment's name"),
        ("countryCode>fr", "cannot be compared by >"),
        ("deviceType>=tablet", "cannot be compared by >="),
        ("actions=@2", "cannot be compared by =@"),
        ("actions>many", "compared with a number"),
        ("visitConverted==yes", "0 or 1"),
        ("visitorType==returningCustomer", "new or returning"),
        ("visitEcommerceStatus==abandonedCart", "none or ordered"),
        ("countryName=@a", "cannot be compared by =@"),
        ("referrerUrl==story", "a whole URL"),
        ("browserVersion>10", "cannot be compared by >"),
        ("dimension21==x", "'dimension21' is not"),
        ("pageTitle==" + "x" * 1001, "at most 1000 characters"),
        ("pageTitle==%00", "zero byte"),
        ("x" * 4001, "4000 characters"),
        (";".join(["actions>1"] * 51), "more than 50 conditions"),
        (",".join(["browserCode!=SB"] * 7), "more than 50 conditions"),
    ],
)
def test_what_is_no_segment_is_refused_with_the_reason(segment: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        segments.parse(segment, SITE)
    assert reason in refused.value.what and refused.value.where == "segment"


INJECTIONS = ["' OR 1=1 --", "'); DROP TABLE visits; --", "{f0:String}", "\\' OR ''='", "/* filter */", "x`y", "%27%29"]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("name", ["countryCode", "pageUrl", "pageTitle", "referrerUrl", "browserName", "dimension1"])
def test_a_value_is_a_parameter_and_never_sql(name: str, text: str) -> None:
    operator = "=@" if name == "referrerUrl" else "=="
    sql, parameters = filters.to_sql(segments.parse(f"{name}{operator}{quote(quote(text))}", SITE))
    plain, _ = filters.to_sql(segments.parse(f"{name}{operator}harmless", SITE))
    assert sql == plain
    given = {str(value).casefold() for value in parameters.values()}
    assert text.casefold() in given or quote(text).casefold() in given


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(segments.known()), st.sampled_from(list(filters.Operator)))
def test_any_text_is_a_filter_or_a_bad_request(text: str, name: str, operator: str) -> None:
    for segment in (text, f"{name}{operator}{text}"):
        try:
            found = segments.parse(segment, SITE)
        except BadRequest as refused:
            assert refused.where == "segment"
        else:
            assert filters.parse(filters.write(found)) == found
