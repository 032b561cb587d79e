"""What a draft comes to: the row that is stored, its texts cleaned of what identifies a person."""

from __future__ import annotations

import secrets

from msgspec import structs

from gateway.hits import Basis, Hit, HitType, Item, RawHit
from gateway.ingest import links
from gateway.ingest.draft import Draft
from gateway.privacy import urls
from gateway.privacy.visitors import hit_hash, page_view_number

_LINKS = (HitType.DOWNLOAD, HitType.OUTLINK)


def row(draft: Draft) -> Hit:
    """The hit of a draft that went through every step.

    What exempt measurement may not keep is left out here (RULES.md E10), and of a cookieless hit what was read from the
    device or may name a customer.
    """
    raw, page, client, place = draft.raw, draft.page, draft.client, draft.place
    assert page is not None  # check_host let it through
    campaign, referrer = draft.campaign, draft.referrer
    exempt, cookieless = draft.basis is Basis.EXEMPT, draft.basis is Basis.COOKIELESS
    return Hit(
        site=raw.site,
        day=draft.day,
        ts=int(raw.at * 1000),
        local_hour=draft.local_hour,
        anon=draft.anon,
        visitor=draft.visitor,
        id=_id(draft),
        type=raw.type,
        basis=draft.basis,
        test=draft.test,
        new_visit=raw.new_visit,
        page_view=page_view_number(raw.site, raw.page_view),
        host=page.host,
        path=urls.path_of(page, draft.site.site.page_parameters),
        title=urls.clean(raw.title) if raw.title else "",
        referrer_type="campaign" if campaign.name else referrer.type,
        referrer_name=campaign.name or referrer.name,
        referrer_path="" if exempt else referrer.path,
        keyword=campaign.keyword or referrer.keyword,
        campaign_name=campaign.name,
        campaign_source=campaign.source,
        campaign_medium=campaign.medium,
        campaign_keyword=campaign.keyword,
        campaign_content=campaign.content,
        campaign_id=campaign.id,
        country=place.country,
        region="" if exempt else place.region,
        city="" if exempt else place.city,
        browser=client.browser,
        browser_version=client.browser_version,
        os=client.os,
        os_version=client.os_version,
        device=client.device,
        brand=client.brand,
        model=client.model,
        language=raw.language,
        screen="" if cookieless else raw.screen,
        category=urls.clean(raw.category) if raw.category else "",
        action=urls.clean(raw.action) if raw.action else "",
        name=_name(raw) if raw.name else "",
        value=raw.value,
        seconds=raw.seconds,
        scroll=raw.scroll,
        goals=draft.reached.goals,
        revenue=sum(draft.reached.revenues) if draft.reached.goals else raw.revenue,
        goal_revenues=draft.reached.revenues,
        order_id=0 if exempt else draft.order,
        subtotal=raw.subtotal,
        tax=raw.tax,
        shipping=raw.shipping,
        discount=raw.discount,
        items=_items(raw) if raw.items else (),
        dimensions=_dimensions(draft) if raw.dimensions and not (exempt or cookieless) else {},
        timings=() if cookieless else raw.timings,
        target=links.kept(raw.target) if raw.target else "",
        count=raw.count,
        status=raw.status,  # of a cookieless hit only the page or its server says it; no device is read for it
        visitor_hour=255 if cookieless else raw.visitor_hour,
    )


def _id(draft: Draft) -> int:
    """A client's id names a hit among those of its own visitor only: what another sends cannot cancel it.

    An order is one hit however often its page is loaded again on one day; also where its number is not kept.
    """
    client_id = f"order {draft.order}" if draft.order else draft.raw.client_id
    return hit_hash(draft.raw.site, f"{draft.visitor or draft.anon} {client_id}") if client_id else secrets.randbits(64)


def _name(raw: RawHit) -> str:
    return links.kept(raw.name) if raw.type in _LINKS else urls.clean(raw.name)


def _items(raw: RawHit) -> tuple[Item, ...]:
    return tuple(
        structs.replace(item, sku=urls.clean(item.sku), name=urls.clean(item.name), category=urls.clean(item.category))
        for item in raw.items
    )


def _dimensions(draft: Draft) -> dict[int, str]:
    """Those that the site defines: what it did not ask for is not kept."""
    wanted = draft.site.dimension_ids
    return {number: urls.clean(text) for number, text in draft.raw.dimensions.items() if number in wanted}
