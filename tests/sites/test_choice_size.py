"""A site whose answers do not fit into a cookie does not start: its visitors would be asked on every page."""

from __future__ import annotations

import pytest
from msgspec import structs

from gateway.privacy.cookies import Choice, CookieJar
from gateway.sites.check import check, complete
from gateway.sites.choice_size import LARGEST, choice_size
from gateway.sites.site import Controller, Purpose, Service, Site

SITE = complete(
    Site(
        id=12,
        name="Shop",
        domains=("shop.example",),
        controller=Controller(name="Shop", address="Street", email="a@shop.example", authority="CNIL"),
        hosting_country="FR",
    )
)


def with_services(number: int) -> Site:
    services = tuple(Service(id=f"service-{index:03}", name="S") for index in range(number))
    media = Purpose(id="media", name="M", description="D", retention="R", services=services)
    return structs.replace(SITE, purposes=(*SITE.purposes, media))


@pytest.mark.parametrize("number", [0, 1, 2, 50, 170])
def test_it_is_the_size_of_the_real_cookie(number: int) -> None:
    site = with_services(number)
    answers = {purpose.id: 1 for purpose in site.optional_purposes}
    services = {service.id: 0 for purpose in site.purposes for service in purpose.services}
    jar = CookieJar(12, [b"k" * 32], path="/", domain="", secure=True)
    header = jar.set_choice(Choice(answers, "f" * 16, 20_700, 1_800_000_000, services), 1_790_000_000)
    assert choice_size(site) == len(header.partition(";")[0])


def test_too_many_services_stop_the_start() -> None:
    fits = max(number for number in range(400) if choice_size(with_services(number)) <= LARGEST)
    assert 150 < fits < 250
    assert not [problem for problem in check(with_services(fits), "") if "bytes" in problem.reason]
    (problem,) = [problem for problem in check(with_services(fits + 1), "sites[0].") if "bytes" in problem.reason]
    assert problem.key == "sites[0].purposes"
