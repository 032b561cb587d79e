"""A made-up audience for the example shop: who comes, from where, with what, and what they look at. Seeded, so repeatable."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from gateway.demo.deeds import Deed, added, looked_elsewhere, ordered, took_guide
from gateway.demo.goods import GOODS, Good
from gateway.privacy.cookies import Visitor

T = TypeVar("T")

HOST = "https://halden.example"

# Truncated addresses that the shipped database places in each country, and each country's share of the visits.
ADDRESSES: dict[str, tuple[float, tuple[str, ...]]] = {
    "FR": (46, ("163.90.92.0", "84.205.144.0", "82.233.57.0")),
    "BE": (9, ("77.73.178.0", "134.184.100.0", "57.4.7.0")),
    "CH": (6, ("125.3.90.0", "185.79.203.0", "188.184.172.0")),
    "DE": (10, ("31.253.230.0", "89.0.169.0", "53.221.99.0")),
    "NL": (5, ("212.19.193.0", "141.176.248.0", "145.58.234.0")),
    "ES": (4, ("87.219.109.0", "157.88.48.0", "85.60.65.0")),
    "IT": (4, ("151.17.245.0", "88.58.193.0", "95.240.123.0")),
    "GB": (5, ("25.249.14.0", "82.15.11.0", "145.129.66.0")),
    "US": (4, ("35.32.130.0", "214.199.221.0", "156.1.228.0")),
    "CA": (3, ("142.119.176.0", "70.50.216.0", "131.140.138.0")),
    "SE": (1.5, ("212.151.6.0", "193.183.252.0", "83.252.51.0")),
    "JP": (1, ("60.112.235.0", "126.15.240.0", "118.14.117.0")),
    "AU": (0.8, ("138.80.24.0", "144.140.112.0", "103.141.155.0")),
    "MA": (0.7, ("41.250.87.0", "102.78.106.0", "196.89.27.0")),
}
LANGUAGES = {
    "FR": "fr",
    "BE": "fr-be",
    "CH": "fr-ch",
    "DE": "de",
    "NL": "nl",
    "ES": "es",
    "IT": "it",
    "SE": "sv",
    "JP": "ja",
}

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v}.0"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36"
_EDGE = _WINDOWS + " Edg/{v}.0.0.0"
_MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Safari/605.1.15"
_MAC_CHROME = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_CHROME} Safari/537.36"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS {{v}}_0 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1"
_IPAD = f"Mozilla/5.0 (iPad; CPU OS {{v}}_0 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1"
_ANDROID = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_CHROME} Mobile Safari/537.36"
_SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{v}.0 "
    "Chrome/115.0.0.0 Mobile Safari/537.36"
)
_FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"

# user agent, first version, screen, share
BROWSERS: tuple[tuple[str, int, str, float], ...] = (
    (_IPHONE, 17, "390x844", 27),
    (_ANDROID, 128, "412x915", 20),
    (_SAMSUNG, 23, "360x780", 6),
    (_WINDOWS, 128, "1920x1080", 16),
    (_EDGE, 128, "1536x864", 6),
    (_MAC, 17, "1440x900", 9),
    (_MAC_CHROME, 128, "1512x982", 5),
    (_FIREFOX, 130, "1920x1080", 5),
    (_LINUX, 130, "2560x1440", 2),
    (_IPAD, 17, "820x1180", 4),
)

# referrer, landing query, share
SOURCES: tuple[tuple[str, str, float], ...] = (
    ("", "", 30),
    ("https://www.google.com/", "", 27),
    ("https://www.bing.com/", "", 4),
    ("https://duckduckgo.com/", "", 3),
    ("https://www.ecosia.org/", "", 2),
    ("https://www.instagram.com/", "", 8),
    ("https://www.pinterest.fr/", "", 5),
    ("https://www.facebook.com/", "", 3),
    ("https://chatgpt.com/", "", 2),
    ("https://www.perplexity.ai/", "", 1),
    ("https://www.table-et-terre.example/guide/argile", "", 4),
    ("https://slow-living.example/ten-mugs", "", 3),
    ("", "?utm_source=newsletter&utm_medium=email&utm_campaign=monthly-letter", 5),
    ("https://www.instagram.com/", "?utm_source=instagram&utm_medium=paid&utm_campaign=autumn-glaze", 3),
)


class PageSeen(NamedTuple):
    path: str
    title: str
    status: int = 200


ARTICLE = "/journal/from-clay-to-cup"
SHOP = PageSeen("/products", "Shop · Halden Pottery")
PAGES = (
    PageSeen("/", "Tableware, made slowly · Halden Pottery"),
    SHOP,
    *(PageSeen(f"/products/{good.slug}", f"{good.name} · Halden Pottery") for good in GOODS),
    PageSeen(ARTICLE, "From clay to cup · Halden Pottery"),
    PageSeen("/workshop/wheel", "The wheel · Halden Pottery"),
)
CART = PageSeen("/cart", "Cart · Halden Pottery")
CHECKOUT = PageSeen("/checkout", "Checkout · Halden Pottery")
THANKS = PageSeen("/thanks", "Thank you · Halden Pottery")
_GOOD_OF = {f"/products/{good.slug}": good for good in GOODS}
GONE = PageSeen("/products/left-handed-jug", "Not on this shelf · Halden Pottery", 404)
SEARCHES = (("mug", 9), ("teapot", 6), ("bowl", 5), ("vase", 4), ("butter dish", 3), ("plate", 3), ("gift card", 2))
_LANDINGS = (40, 14, 9, 7, 6, 5, 4, 3, 12, 4)


class Person(NamedTuple):
    """A browser that comes back: what it is does not change, the visitor id it holds has a birth."""

    visitor: Visitor
    country: str
    address: str
    user_agent: str
    screen: str
    consents_until: float  # seconds since the epoch; 0 for a browser that refused


class Step(NamedTuple):
    """One page of a visit: seconds after the visit's start, and the attention it got."""

    after: float
    page: PageSeen
    query: str
    engaged: float
    scroll: float
    deeds: tuple[Deed, ...] = ()


class VisitPlan(NamedTuple):
    second: float  # of the local day
    source: str
    steps: list[Step]


class Audience:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (a made-up audience, to be the same every time)

    def visits_on(self, day: date, first: date, average: int) -> int:
        """How many come: growing over the years, fewer at weekends in summer, many before Christmas."""
        months = (day.year - first.year) * 12 + day.month - first.month
        growth = 0.7 + 0.6 * months / 25
        week = (1.0, 1.02, 1.0, 0.98, 0.95, 1.1, 1.18)[day.weekday()]
        season = {7: 0.8, 8: 0.75, 11: 1.35, 12: 1.6}.get(day.month, 1.0)
        return max(1, int(average * growth * week * season * self.random.gauss(1, 0.08)))

    def person(self, born: float, version_bump: int, consents_until: float) -> Person:
        country = self._pick([(country, share) for country, (share, _) in ADDRESSES.items()])
        template, version, screen, _ = self._pick([(browser, browser[3]) for browser in BROWSERS])
        return Person(
            visitor=Visitor(f"{self.random.getrandbits(128):032x}", int(born)),
            country=country,
            address=self.random.choice(ADDRESSES[country][1]),
            user_agent=template.format(v=version + (version_bump if version > 100 else version_bump // 12)),
            screen=screen,
            consents_until=consents_until,
        )

    def visit(self) -> VisitPlan:
        source, query, _ = self._pick([(source, source[2]) for source in SOURCES])
        steps = list(self._steps(query))
        seen = [number for number, step in enumerate(steps) if step.page.path in _GOOD_OF]
        if seen and self.random.random() < 0.16:
            steps = self._shopping(steps, seen)
        return VisitPlan(self._second_of_day(), source, steps)

    def _shopping(self, steps: list[Step], seen: list[int]) -> list[Step]:
        """The same visit with the goods of one or two pages put into the cart, and half of the time bought."""
        cart: dict[Good, int] = {}
        for number in seen[: self.random.choice((1, 1, 2))]:
            step = steps[number]
            good = _GOOD_OF[step.page.path]
            cart[good] = cart.get(good, 0) + self.random.choice((1, 1, 1, 2, 4))
            steps[number] = step._replace(deeds=(*step.deeds, added(good)))
        after = steps[-1].after + steps[-1].engaged + 5
        bought = self.random.random() < 0.45
        for page in (CART, CHECKOUT, THANKS) if bought else (CART,):
            deeds = (ordered(self.random.randint(100_000, 999_999), cart),) if page is THANKS else ()
            steps.append(Step(after, page, "", self.random.uniform(5, 40), 1.0, deeds))
            after += self.random.uniform(20, 120)
        return steps

    def _steps(self, query: str) -> Iterator[Step]:
        page = self._pick(list(zip(PAGES, _LANDINGS, strict=True)))
        after = 0.0
        while True:
            engaged = min(600.0, self.random.lognormvariate(2.9, 0.9))
            yield Step(after, page, query, engaged, min(1.0, self.random.betavariate(2, 1.4)), self._deeds(page))
            if self.random.random() > 0.58:
                return
            after += engaged + self.random.uniform(1, 15)
            page, query = self._next(page)

    def _next(self, page: PageSeen) -> tuple[PageSeen, str]:
        """Where a visit goes from `page`: mostly to another one, now and then to a search or an address that is gone."""
        chance = self.random.random()
        if chance < 0.05:
            return SHOP, f"?q={self._pick(SEARCHES).replace(' ', '+')}"
        if chance < 0.057:
            return GONE, ""
        return self.random.choice([other for other in PAGES if other is not page]), ""

    def _deeds(self, page: PageSeen) -> tuple[Deed, ...]:
        chance = self.random.random()
        if page.path in _GOOD_OF and chance < 0.04:
            return (took_guide(),)
        if page.path == ARTICLE and chance < 0.09:
            return (looked_elsewhere(),)
        return ()

    def _second_of_day(self) -> float:
        hour = self.random.choices((10.5, 14.5, 20.7), (3, 3, 4))[0]
        second = self.random.gauss(hour, 2.1) * 3600
        return second if 0 <= second < 85_000 else self.random.uniform(0, 85_000)

    def _pick(self, weighted: Sequence[tuple[T, float]]) -> T:
        return self.random.choices([item for item, _ in weighted], [weight for _, weight in weighted])[0]
