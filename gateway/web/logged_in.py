"""A customer who is logged in where the page carries a token: what the account brings to a browser, and the other way round.

Merely looking leaves the browser's own answer as it is. An objection or an opt-out of sale is carried to the side that lacks
it, because measurement is decided by the browser's cookies and an opt-out follows its customer (RULES.md E13, C6).
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import msgspec

from gateway.consent.outcome import Outcome
from gateway.errors import Conflict
from gateway.privacy.account import Account
from gateway.privacy.cookies import ACCOUNTS, OWN, Choice, choice_payload
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import gpc_rule
from gateway.sites.site import ANALYTICS
from gateway.web.lasting import record
from gateway.web.parts import Parts
from gateway.web.times import iso_time

EXPIRED: dict[str, Any] = {"state": "expired"}


class LoggedIn(NamedTuple):
    """`subject` is the keyed hash of the customer's id."""

    subject: bytes
    account: Account


async def logged_in(parts: Parts, site: ServedSite, token: str, where: str) -> LoggedIn | None:
    """Whom a token names; None without a token, where its time is over, and where the account was deleted since.

    Raises Forbidden for a token that is forged or another site's, Unavailable without the state database.
    """
    read = parts.subject_tokens.read(token, site.id, where) if token else None
    if read is None:
        return None
    account = await asyncio.to_thread(parts.subjects.account_since, site.id, read.subject, read.made)
    return LoggedIn(read.subject, account) if account is not None else None


async def met(parts: Parts, visit: Visit, site: ServedSite, law: str, person: LoggedIn) -> LoggedIn:
    """The customer, once the account knows of the objection or opt-out that stands in this browser.

    Only the browser's own: one that a customer brought or made while logged in is that customer's, and no other's. One
    that the customer has taken back on the account since is not brought back by a cookie, only by a new act or by Global
    Privacy Control, which is one each time (RULES.md C3); in its own browser it goes on standing.
    """
    account, jar = person.account, parts.jars[site.id]
    said_yes = account.choice is not None and account.choice.p.get(ANALYTICS) == 1
    objected = not account.objected and not said_yes and jar.objection(visit.cookies) == OWN
    signalled = visit.gpc and site.sells and gpc_rule(law) is not None
    opted_out = not account.opted_out and (signalled or (not account.sale_allowed and jar.optout(visit.cookies) == OWN))
    if not objected and not opted_out:
        return person
    marked = await asyncio.to_thread(
        parts.subjects.mark, site.id, person.subject, objected=objected, opted_out=opted_out
    )
    return LoggedIn(person.subject, marked)


async def carry_out(
    parts: Parts, visit: Visit, site: ServedSite, outcome: Outcome, token: str, person: LoggedIn | None
) -> tuple[list[str], dict[str, Any]]:
    """Put an answer's row on disk and tell the account, where one is logged in: the cookies, and what the page is told.

    A token whose time is over keeps nobody from answering: the answer holds for this browser alone, and says so.
    """
    # Only a choice takes the place of an earlier yes: an opt-out or objection leaves the other consents as they are.
    is_choice = outcome.choice is not None
    if is_choice and person is not None and person.account.receipt and not outcome.record.follows:
        follows = msgspec.structs.replace(outcome.record, follows=person.account.receipt)
        outcome = outcome._replace(record=follows)
    await record(parts, outcome, visit)
    if person is None:
        return outcome.cookies, {"account": EXPIRED} if token else {}
    account = await asyncio.to_thread(parts.subjects.take, site, person.subject, outcome)
    found = _of_account(parts, visit, site, outcome) + outcome.cookies
    found += following(parts, visit, site, LoggedIn(person.subject, account))
    first = {cookie.partition("=")[0]: cookie for cookie in reversed(found)}
    return list(first.values()), {"account": {"state": "kept"}}


def _of_account(parts: Parts, visit: Visit, site: ServedSite, outcome: Outcome) -> list[str]:
    """Set-Cookie values that mark an objection or opt-out made while logged in as the customer's."""
    jar, cookies = parts.jars[site.id], []
    if outcome.objected and jar.objection(visit.cookies) != OWN:
        cookies.append(jar.set_objection(visit.received, ACCOUNTS))
    if outcome.opted_out and jar.optout(visit.cookies) != OWN:
        cookies.append(jar.set_optout(visit.received, ACCOUNTS))
    return cookies


def following(parts: Parts, visit: Visit, site: ServedSite, person: LoggedIn | None) -> list[str]:
    """Set-Cookie values that let an account's objection and opt-out stand in this browser."""
    cookies: list[str] = []
    if person is None:
        return cookies
    account, jar = person.account, parts.jars[site.id]
    if account.objected and not jar.objected(visit.cookies):
        cookies.append(jar.set_objection(visit.received, ACCOUNTS))
    if (account.opted_out or account.minor) and not jar.opted_out(visit.cookies):
        cookies.append(jar.set_optout(visit.received, ACCOUNTS))
    sold = site.analytics is not None and site.analytics.sale
    if jar.visitor_name in visit.cookies and (account.objected or (sold and (account.opted_out or account.minor))):
        cookies.append(jar.expire(jar.visitor_name))
    return cookies


def refuse_minor(person: LoggedIn | None, says_yes: bool) -> None:
    """Nothing optional is asked of a minor, so nothing can be agreed to (RULES.md C12). Raises Conflict."""
    if person is not None and person.account.minor and says_yes:
        raise Conflict("This account is a minor's: nothing optional can be agreed to", "$.subject")


def described(parts: Parts, visit: Visit, site: ServedSite, person: LoggedIn, standing: Standing) -> dict[str, Any]:
    """What a page is told of the account: how it and the browser met, and the answers that stand while logged in."""
    choice, account = standing.choice, person.account
    return {
        "state": _state(parts, visit, site, account),
        "stands": [choice_payload(choice).decode()] if choice else [],  # for the script, as from a cookie
        "policy": choice.f if choice else None,
        "purposes": {name: bool(said) for name, said in choice.p.items()} if choice else None,
        "services": {name: bool(said) for name, said in choice.s.items()} if choice else None,
        "expires": iso_time(choice.e) if choice else None,
        "opted_out": account.opted_out or account.minor,
        "objected": account.objected,
        "minor": account.minor,
    }


def _state(parts: Parts, visit: Visit, site: ServedSite, account: Account) -> str:
    """`empty`: the account says nothing; `new_device`: this browser says nothing by itself; `same` or `conflict`: both do."""
    jar = parts.jars[site.id]
    own = jar.choice(visit.cookies, visit.received)
    objected, opted_out = jar.objected(visit.cookies), jar.opted_out(visit.cookies)
    if account.is_empty:
        return "empty"
    if own is None and not objected and not opted_out:
        return "new_device"
    news = (account.objected and not objected) or ((account.opted_out or account.minor) and not opted_out)
    differ = own is not None and account.choice is not None and _answers(own, site) != _answers(account.choice, site)
    return "conflict" if news or differ else "same"


def _answers(choice: Choice, site: ServedSite) -> dict[str, int | None]:
    """Everything a choice says, a service without an answer of its own with that of its purpose."""
    said = {purpose.id: choice.p.get(purpose.id) for purpose in site.site.optional_purposes}
    for purpose in site.site.optional_purposes:
        said |= {service.id: choice.s.get(service.id, choice.p.get(purpose.id)) for service in purpose.services}
    return said
