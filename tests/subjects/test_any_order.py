"""Any order of actions over two browsers and one account, against a model of the documented rule (RULES.md E13, C3, C6).

Nobody has a yes that they did not give under the current policy; a no or an opt-out is never lost; who logs out finds what
the browser said by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec import structs

from gateway.clock import add_months_to_instant
from gateway.sites.site import DEFAULT_PURPOSES
from tests.subjects.customers import NO, OPTIONAL, YES, Device, Server
from tests.web.visitors import ADVERTS, MEDIA, SHOP, Served, served

SOLD = "adverts"
DEVICES = st.integers(0, 1)


@dataclass
class Said:
    at: int  # seconds since the epoch
    lapses: int
    policy: str
    answers: dict[str, bool]


@dataclass
class Holder:
    """What a browser or the account holds, in the words of the documentation."""

    said: Said | None = None
    opted_out: bool = False
    objected: bool = False
    sale_allowed: bool = False
    # Of a browser: what it was told while nobody was logged in, or by its signal; no other is carried to an account.
    own_opt_out: bool = False
    own_objection: bool = False

    def alive(self, now: int) -> Said | None:
        return self.said if self.said and self.said.lapses > now else None


@dataclass
class World:
    """Two gateways on one data directory, with the policy before and after a change, and a clock for both."""

    law: str
    gateways: list[Served]
    servers: list[Server]
    number: int = 0
    made: list[str] = field(default_factory=list)


def expected(holders: list[Holder], now: int, policy: str) -> dict[str, bool] | None:
    """The answers that stand: for each purpose the most recent one; of two of one second the no."""
    alive = [said for holder in holders if (said := holder.alive(now))]
    newest = max((said.at for said in alive), default=0)
    if not alive or any(said.policy != policy for said in alive if said.at == newest):
        return None
    answers = {}
    for purpose in OPTIONAL:
        known = [said for said in alive if purpose in said.answers]
        last = max((said.at for said in known), default=0)
        found = [said for said in known if said.at == last]
        yes = all(said.answers[purpose] for said in found)
        if found and (not yes or all(said.policy == policy for said in found)):
            answers[purpose] = yes
    return answers


class AnyOrder(RuleBasedStateMachine):
    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        world.number += 1
        self.customer = f"customer {world.number}"
        self.policy = 0
        self.devices = [Device(world.gateways[0]) for _ in range(2)]
        self.browsers = [Holder(), Holder()]
        self.logged_in = [False, False]
        self.account = Holder()
        self.advance(timedelta(seconds=1))

    # The world.

    @property
    def served(self) -> Served:
        return self.world.gateways[self.policy]

    @property
    def server(self) -> Server:
        return self.world.servers[self.policy]

    @property
    def now(self) -> int:
        return int(self.served.clock.timestamp())

    @property
    def fingerprint(self) -> str:
        site = self.served.gateway.catalog.get(1)
        assert site is not None
        return site.fingerprint

    def advance(self, by: timedelta) -> None:
        for gateway in self.world.gateways:
            gateway.clock.advance(by)

    def device(self, which: int) -> Device:
        """The browser on a page that was just loaded."""
        device = self.devices[which]
        device.gateway = self.served
        device.subject = self.server.token(self.customer) if self.logged_in[which] else ""
        return device

    # What the documentation says.

    def meet(self, which: int) -> None:
        """A page was loaded."""
        browser, account = self.browsers[which], self.account
        signal = self.devices[which].gpc
        if self.logged_in[which]:
            last = account.alive(self.now)
            if signal or (browser.own_opt_out and not account.sale_allowed):
                account.opted_out, account.sale_allowed = True, False
            if browser.own_objection and not (last and last.answers.get("analytics")):
                account.objected = True
        browser.opted_out |= signal
        browser.own_opt_out |= signal
        self.follow(which)

    def follow(self, which: int) -> None:
        if self.logged_in[which]:
            self.browsers[which].opted_out |= self.account.opted_out
            self.browsers[which].objected |= self.account.objected

    def holders(self, which: int) -> list[Holder]:
        return [self.browsers[which], self.account] if self.logged_in[which] else [self.browsers[which]]

    def answered(self, holders: list[Holder], answers: dict[str, bool], in_us: bool) -> None:
        lapses = int(add_months_to_instant(self.served.clock.now(), 6).timestamp())
        alone = len(holders) == 1
        for holder in holders:
            holder.said = Said(self.now, lapses, self.fingerprint, dict(answers))
            if answers["analytics"]:
                holder.objected = holder.own_objection = False
            elif in_us:
                holder.objected, holder.own_objection = True, holder.own_objection or alone
            if in_us and not all(answers[purpose] for purpose in (SOLD, "media")):
                holder.opted_out, holder.sale_allowed = True, False
                holder.own_opt_out |= alone

    # What people do.

    @rule(which=DEVICES, answers=st.sampled_from([YES, NO, {**NO, "media": True}, {**YES, SOLD: False}]))
    def answers(self, which: int, answers: dict[str, bool]) -> None:
        answer = self.device(which).say(answers)
        assert answer.status_code == 201, answer.text
        self.meet(which)
        self.answered(self.holders(which), answers, self.world.law.startswith("US"))
        self.follow(which)

    @rule(which=DEVICES)
    def withdraws(self, which: int) -> None:
        assert self.device(which).withdraw().status_code == 200
        self.browsers[which].opted_out |= self.devices[which].gpc
        self.answered(self.holders(which), NO, self.world.law.startswith("US"))
        self.follow(which)

    @rule(answers=st.sampled_from([YES, NO]))
    def answers_in_the_customer_area(self, answers: dict[str, bool]) -> None:
        answer = self.server.answer(answers, self.customer, jurisdiction=self.world.law)
        assert answer.status_code == 200, answer.text
        self.answered([self.account], answers, self.world.law.startswith("US"))

    @rule(which=DEVICES)
    def opts_out(self, which: int) -> None:
        assert self.device(which).opt_out().status_code == 200
        for holder in self.holders(which):
            holder.opted_out, holder.sale_allowed = True, False
        self.browsers[which].own_opt_out |= not self.logged_in[which]
        self.follow(which)

    @rule(which=DEVICES)
    def objects(self, which: int) -> None:
        assert self.device(which).opt_out("analytics").status_code == 200
        self.browsers[which].opted_out |= self.devices[which].gpc
        for holder in self.holders(which):
            holder.objected = True
        self.browsers[which].own_objection |= not self.logged_in[which]
        self.follow(which)

    @rule(which=DEVICES)
    def opts_back_in(self, which: int) -> None:
        if self.devices[which].gpc:
            assert self.device(which).opt_in().status_code == 409
            return
        assert self.device(which).opt_in().status_code == 200
        for holder in self.holders(which):
            holder.opted_out, holder.own_opt_out, holder.sale_allowed = False, False, True
            if holder.said is not None and holder.said.answers.get(SOLD) is False:
                left = {purpose: said for purpose, said in holder.said.answers.items() if purpose != SOLD}
                holder.said = replace(holder.said, answers=left)
        self.follow(which)

    @rule(which=DEVICES)
    def turns_the_signal_on_or_off(self, which: int) -> None:
        self.devices[which].gpc = not self.devices[which].gpc

    @rule(which=DEVICES)
    def logs_in_or_out(self, which: int) -> None:
        self.logged_in[which] = not self.logged_in[which]

    @rule()
    def deletes_the_account(self) -> None:
        assert self.server.erase(self.customer).status_code == 204
        self.account = Holder()
        self.advance(timedelta(seconds=1))

    @rule()
    def changes_the_policy(self) -> None:
        self.policy = 1 - self.policy

    @rule(seconds=st.sampled_from([1, 86_400]))
    def waits(self, seconds: int) -> None:
        self.advance(timedelta(seconds=seconds))

    @precondition(lambda self: any(holder.alive(self.now) for holder in (*self.browsers, self.account)))
    @rule(away=st.sampled_from([-1, 0, 1]))
    def waits_for_an_answer_to_lapse(self, away: int) -> None:
        ends = min(said.lapses for holder in (*self.browsers, self.account) if (said := holder.alive(self.now)))
        self.advance(timedelta(seconds=max(0, ends + away - self.now)))

    # What holds whatever they did.

    @invariant()
    def everybody_is_told_what_stands(self) -> None:
        for which in range(2):
            device = self.device(which)
            self.meet(which)
            seen, held = device.look(), device.held()
            answers = expected(self.holders(which), self.now, self.fingerprint)
            assert held["purposes"] == answers
            assert seen["objected"] is held["objected"] is any(holder.objected for holder in self.holders(which))
            assert seen["opted_out"] is any(holder.opted_out for holder in self.holders(which))
            alone = Device(self.served, cookies=dict(device.cookies)).held()
            assert alone["purposes"] == expected([self.browsers[which]], self.now, self.fingerprint)
            assert (alone["sale"], alone["objected"]) == (
                not self.browsers[which].opted_out,
                self.browsers[which].objected,
            )


@pytest.fixture(params=["", "US-CA"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    law: str = request.param
    longer = structs.replace(MEDIA, retention="Two months.")
    changed = structs.replace(SHOP, purposes=(*DEFAULT_PURPOSES, ADVERTS, longer))
    with served(tmp_path, law=law) as before, served(tmp_path, changed, law=law) as after:
        first = Server(before)
        second: Callable[[Served], Server] = lambda one: _same(first, one)  # noqa: E731
        yield World(law, [before, after], [first, second(after)])


def _same(server: Server, gateway: Served) -> Server:
    """The same token, which both gateways know."""
    other = Server.__new__(Server)
    other.gateway, other.site, other.bearer = gateway, server.site, server.bearer
    return other


def test_any_order(world: World) -> None:
    machine = type("Machine", (AnyOrder,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
