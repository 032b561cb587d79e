"""Each state against the law of the place, without a browser: what may run where, what is a breach when."""

from __future__ import annotations

import pytest
from msgspec import structs

from gateway.audit.declared import Declared
from gateway.audit.found import Gated, Kept, Sent, State, Walk
from gateway.audit.judge import Fault, breaches
from gateway.audit.lives import DAY
from gateway.demo.purposes import SHOP_PURPOSES
from gateway.demo.site import SHOP

PAGE = "https://shop.example/"
MEDIA = structs.replace(SHOP_PURPOSES[3], hosts=("*.kino.example",))
SITE = structs.replace(SHOP, domains=("shop.example",), purposes=(*SHOP_PURPOSES[:3], MEDIA, *SHOP_PURPOSES[4:]))
DECLARED = Declared(SITE, "https://shop.example/gw")


def walk(state: State, *found: Kept | Sent | Gated, law: str = "FR", measure: bool = False) -> Walk:
    kept, sent, gated = (tuple(one for one in found if isinstance(one, kind)) for kind in (Kept, Sent, Gated))
    return Walk(state, law, measure, True, True, kept, sent, gated)  # type: ignore[arg-type]


def cookie(name: str, life: float | None = None) -> Kept:
    return Kept("cookie", name, "shop.example", PAGE, life)


def faults(*walks: Walk) -> list[tuple[Fault, str]]:
    return [(breach.fault, breach.what) for breach in breaches(walks, DECLARED)]


def test_what_needs_no_answer_is_never_a_breach() -> None:
    found = (cookie("halden_cart"), cookie("gw_choice_1", 186 * DAY), Sent("https://shop.example/x.js", "script", PAGE))
    assert faults(*(walk(state, *found) for state in State)) == []


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (State.NO_CHOICE, Fault.BEFORE_CONSENT),
        (State.REJECT, Fault.AFTER_REFUSAL),
        (State.GPC, Fault.DESPITE_GPC),
        (State.WITHDRAW, Fault.AFTER_WITHDRAWAL),
        (State.ACCEPT, None),
    ],
)
@pytest.mark.parametrize(
    "found",
    [
        cookie("kino_viewer", 10 * DAY),
        cookie("gw_visitor_1", 10 * DAY),
        Kept("local_storage", "halden_insights", PAGE, PAGE),
        Sent("https://cdn.kino.example/p.js", "script", PAGE),
    ],
)
def test_what_needs_a_yes(found: Kept | Sent, state: State, fault: Fault | None) -> None:
    assert [one for one, _ in faults(walk(state, found))] == ([fault] if fault else [])


@pytest.mark.parametrize("state", list(State))
def test_what_nobody_declares_is_a_breach_in_every_state(state: State) -> None:
    found = (cookie("spy"), Sent("https://spy.example/p.gif?id=7", "image", PAGE), Kept("indexed_db", "db", PAGE, PAGE))
    expected = {(Fault.UNDECLARED, "spy"), (Fault.UNDECLARED, "/p.gif"), (Fault.UNDECLARED, "db")}
    assert set(faults(walk(state, *found))) == expected


def test_the_kind_counts_with_the_name() -> None:
    assert faults(walk(State.ACCEPT, Kept("local_storage", "kino_viewer", PAGE, PAGE))) == [
        (Fault.UNDECLARED, "kino_viewer")
    ]
    # Whatever stays until it is removed is one kind to a visitor.
    assert faults(walk(State.ACCEPT, Kept("indexed_db", "partner_seen", PAGE, PAGE))) == []


def test_the_law_of_the_place_says_what_runs_without_an_answer() -> None:
    measured, sold = cookie("gw_visitor_1", DAY), cookie("partner_pick", DAY)
    # California: measurement and sale run until somebody opts out; the signal ends the sale, not the measurement.
    assert faults(walk(State.NO_CHOICE, measured, sold, law="US-CA", measure=True)) == []
    assert faults(walk(State.GPC, measured, sold, law="US-CA", measure=True)) == [(Fault.DESPITE_GPC, "partner_pick")]
    # The United Kingdom: measurement alone, until somebody objects.
    assert faults(walk(State.NO_CHOICE, measured, sold, law="GB", measure=True)) == [
        (Fault.BEFORE_CONSENT, "partner_pick")
    ]
    assert faults(walk(State.REJECT, measured, law="GB", measure=True)) == [(Fault.AFTER_REFUSAL, "gw_visitor_1")]


@pytest.mark.parametrize(
    ("name", "life", "too_long"),
    [
        ("partner_pick", 6 * 31 * DAY, False),  # declared: 6 months
        ("partner_pick", 6 * 31 * DAY + DAY, True),
        ("vigie_check", None, False),  # declared: the session
        ("vigie_check", DAY, True),
        ("gw_visitor_1", 13 * 31 * DAY + DAY, True),
        ("gw_choice_1", 6 * 31 * DAY + DAY, True),
    ],
)
def test_lives(name: str, life: float | None, too_long: bool) -> None:
    assert faults(walk(State.ACCEPT, cookie(name, life))) == ([(Fault.TOO_LONG, name)] if too_long else [])


def test_a_life_without_a_term_is_named_not_passed_over() -> None:
    vague = structs.replace(MEDIA.cookies[0], life="As long as needed")
    purposes = (*SITE.purposes[:3], structs.replace(MEDIA, cookies=(vague,)))
    assert Declared(structs.replace(SITE, purposes=purposes), PAGE).unread() == ["kino_viewer: “As long as needed”"]
    assert DECLARED.unread() == []


def test_what_a_page_marks_waits() -> None:
    url = "https://shop.example/static/insights.js"
    found = (Gated(url, "analytics"), Sent(url, "script", PAGE))
    assert faults(walk(State.NO_CHOICE, *found)) == [(Fault.BEFORE_CONSENT, "/static/insights.js")]
    assert faults(walk(State.ACCEPT, *found)) == []


def test_a_breach_is_told_once_with_its_states_and_pages() -> None:
    other = f"{PAGE}two"
    spies = (cookie("spy"), cookie("spy")._replace(page=other))
    (breach,) = breaches([walk(State.NO_CHOICE, *spies), walk(State.REJECT, cookie("spy"))], DECLARED)
    assert breach.states == (State.NO_CHOICE, State.REJECT) and breach.pages == (PAGE, other)


def test_a_question_that_is_due_has_to_be_asked() -> None:
    silent = walk(State.NO_CHOICE, Sent(PAGE, "document", PAGE))._replace(asked=False)
    assert faults(silent) == [(Fault.NOT_ASKED, "the question")]
    assert faults(silent._replace(should_ask=False)) == []
