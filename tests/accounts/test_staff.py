"""What administrators do with users, and what users keep themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action, Only
from gateway.accounts.principal import Principal, Role
from gateway.accounts.sessions import key_of
from gateway.accounts.users import User
from gateway.clock import FrozenClock
from gateway.errors import BadRequest, Conflict, Forbidden, GatewayError, NotAuthenticated, NotFound, TooManyRequests
from gateway.hits import Basis
from gateway.settings import Dashboard, Settings
from gateway.state.database import State
from gateway.state.shelf import Kind, Shelf
from gateway.state.tables import metadata

PASSWORD, OTHER = "correct horse battery", "quite another phrase"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
HOME, OFFICE = "192.0.2.0", "198.51.100.0"
ANN = Principal("ann", Role.VIEWER, frozenset({1, 2}))


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def make(state: State, clock: FrozenClock, password: str = PASSWORD) -> Accounts:
    return Accounts(state, Settings(dashboard=Dashboard(admin_password=password)), clock, hasher=QUICK)


@pytest.fixture
def accounts(state: State, clock: FrozenClock) -> Accounts:
    accounts = make(state, clock)
    accounts.ensure_admin()
    return accounts


def ann(accounts: Accounts, principal: Principal = ANN) -> User:
    accounts.create_user(principal, PASSWORD, by="admin")
    return accounts.staff.named(principal.user)


def noted(accounts: Accounts) -> list[tuple[str, Action, str]]:
    return [(one.user, one.action, one.detail) for one in accounts.audit.latest(50)]


def test_an_invitation_lets_one_choose_a_password_once(accounts: Accounts, state: State, clock: FrozenClock) -> None:
    secret = accounts.staff.invite(ANN, by="admin")
    user = accounts.staff.named("ANN ")
    assert user.invited and not user.disabled and user.principal == ANN and user.seen is None
    for guess in ("", "correct horse battery"):
        with pytest.raises(NotAuthenticated):
            accounts.login("ann", guess, HOME)
    invited = accounts.own.invited(secret)
    assert invited is not None and invited.id == user.id
    with pytest.raises(BadRequest):
        accounts.own.accept(secret, "too short")
    assert accounts.own.accept(secret, PASSWORD).id == user.id
    assert accounts.by_session(accounts.login("ann", PASSWORD, HOME)) == ANN
    assert not accounts.staff.one(user.id).invited and accounts.own.invited(secret) is None
    for worthless in (secret, "", "x" * 43):
        with pytest.raises(NotFound):
            accounts.own.accept(worthless, OTHER)
    with state.begin() as connection:
        stored = repr([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])
    assert secret not in stored and PASSWORD not in stored


def test_an_invitation_ends_after_a_week_and_with_the_next_one(accounts: Accounts, clock: FrozenClock) -> None:
    user = ann(accounts)
    session = accounts.login("ann", PASSWORD, HOME)
    first = accounts.staff.invite_again(user.id, by="admin")
    second = accounts.staff.invite_again(user.id, by="admin")
    assert accounts.own.invited(first) is None and accounts.own.invited(second)
    # Until somebody follows it, nothing changes for whoever did remember their password.
    assert accounts.by_session(session) == ANN
    clock.advance(timedelta(days=7, seconds=-1))
    assert accounts.own.invited(second)
    clock.advance(timedelta(seconds=1))
    assert accounts.own.invited(second) is None
    assert accounts.purge() >= 1
    third = accounts.staff.invite_again(user.id, by="admin")
    session = accounts.login("ann", PASSWORD, HOME)
    accounts.own.accept(third, OTHER)
    assert accounts.by_session(session) is None, "whoever else had the account is out"
    assert accounts.login("ann", OTHER, HOME)


def test_the_last_admin_cannot_be_locked_out(accounts: Accounts) -> None:
    admin = accounts.staff.named("admin")
    second = ann(accounts, Principal("second", Role.ADMIN))
    ways: list[Callable[[str], None]] = [
        lambda one: accounts.staff.disable(one, by="tests"),
        lambda one: accounts.staff.delete(one, by="tests"),
        lambda one: accounts.staff.set_rights(one, Role.DPO, None, by="tests"),
    ]
    accounts.staff.disable(second.id, by="tests")
    for way in ways:
        with pytest.raises(Conflict):
            way(admin.id)
    assert accounts.staff.one(admin.id).principal.is_admin and accounts.login("admin", PASSWORD, HOME)
    accounts.staff.enable(second.id, by="tests")
    accounts.staff.set_rights(admin.id, Role.EDITOR, frozenset({1}), by="tests")
    for way in ways:
        with pytest.raises(Conflict):
            way(second.id)
    assert accounts.login("second", PASSWORD, HOME)


def test_two_admins_who_shut_each_other_out_at_the_same_time(accounts: Accounts) -> None:
    pair = [accounts.staff.named("admin"), ann(accounts, Principal("second", Role.ADMIN))]
    start, refused = threading.Barrier(2), list[GatewayError]()

    def disable(user: User) -> None:
        start.wait(20)
        try:
            accounts.staff.disable(user.id, by="tests")
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=disable, args=(user,)) for user in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert [accounts.staff.one(user.id).disabled for user in pair].count(False) == 1


def test_a_disabled_user_is_out_at_once_and_back_when_enabled(accounts: Accounts) -> None:
    user = ann(accounts)
    session = accounts.login("ann", PASSWORD, HOME)
    token = accounts.own.create_token(user, Principal("mine", Role.VIEWER, frozenset({1})), None)
    secret = accounts.staff.invite_again(user.id, by="admin")
    accounts.staff.disable(user.id, by="admin")
    assert accounts.by_session(session) is None and accounts.by_token(token) is None
    assert accounts.own.invited(secret) is None
    with pytest.raises(NotAuthenticated, match="Wrong name or password"):
        accounts.login("ann", PASSWORD, HOME)
    with pytest.raises(NotFound):
        accounts.own.accept(secret, OTHER)
    with pytest.raises(Conflict):
        accounts.staff.invite_again(user.id, by="admin")
    accounts.staff.enable(user.id, by="admin")
    assert accounts.by_session(session) is None and accounts.by_token(token) is not None
    assert accounts.login("ann", PASSWORD, HOME)


def test_other_rights_hold_at_once_and_end_tokens_beyond_them(accounts: Accounts) -> None:
    user = ann(accounts, Principal("ann", Role.EDITOR, frozenset({1, 2})))
    session = accounts.login("ann", PASSWORD, HOME)
    tokens = {
        name: accounts.own.create_token(user, Principal(name, role, frozenset(sites)), None)
        for name, role, sites in [("kept", Role.VIEWER, {1}), ("site", Role.VIEWER, {2}), ("role", Role.TRACKING, {1})]
    }
    accounts.staff.set_rights(user.id, Role.VIEWER, frozenset({1}), by="admin")
    assert accounts.by_session(session) == Principal("ann", Role.VIEWER, frozenset({1}))
    assert [name for name, token in tokens.items() if accounts.by_token(token)] == ["kept"]
    assert noted(accounts)[:3] == [
        ("admin", Action.TOKEN_REVOKED, "site, beyond the rights of ann"),
        ("admin", Action.TOKEN_REVOKED, "role, beyond the rights of ann"),
        ("admin", Action.USER_CHANGED, "ann: editor of 1, 2 → viewer of 1"),
    ]
    for role, sites in [(Role.VIEWER, None), (Role.DPO, frozenset({1})), (Role.TRACKING, frozenset({1}))]:
        with pytest.raises(BadRequest):
            accounts.staff.set_rights(user.id, role, sites, by="admin")
    assert accounts.by_session(session) == Principal("ann", Role.VIEWER, frozenset({1}))


def test_deleting_a_user_leaves_nothing_that_works(accounts: Accounts) -> None:
    user = ann(accounts)
    session = accounts.login("ann", PASSWORD, HOME)
    token = accounts.own.create_token(user, Principal("mine", Role.VIEWER, frozenset({1})), None)
    accounts.staff.delete(user.id, by="admin")
    assert accounts.by_session(session) is None and accounts.by_token(token) is None
    assert accounts.tokens() == [] and [one.principal.user for one in accounts.staff.all()] == ["admin"]
    with pytest.raises(NotFound):
        accounts.staff.delete(user.id, by="admin")
    # The name is free again, and whoever has it now is somebody else.
    assert ann(accounts).id != user.id


def test_the_settings_make_admin_again_and_nothing_else_does(state: State, clock: FrozenClock) -> None:
    accounts = make(state, clock, password="")
    accounts.ensure_admin()
    ann(accounts, Principal("boss", Role.ADMIN))
    accounts.staff.delete(accounts.staff.named("admin").id, by="boss")
    assert accounts.ensure_admin() is None
    assert [one.principal.user for one in accounts.staff.all()] == ["boss"]
    given = make(state, clock)
    assert given.ensure_admin() is None and given.login("admin", PASSWORD, HOME)


def test_the_setting_may_be_a_hash(state: State, clock: FrozenClock) -> None:
    hashed = QUICK.hash(PASSWORD)
    accounts = make(state, clock, password=hashed)
    assert accounts.ensure_admin() is None
    session = accounts.login("admin", PASSWORD, HOME)
    assert make(state, clock, password=hashed).ensure_admin() is None and accounts.by_session(session)
    with pytest.raises(NotAuthenticated):
        accounts.login("admin", hashed, HOME)
    make(state, clock, password=QUICK.hash(OTHER)).ensure_admin()
    assert accounts.by_session(session) is None and accounts.login("admin", OTHER, HOME)


def test_a_new_password_ends_every_session_and_begins_one(accounts: Accounts) -> None:
    user = ann(accounts)
    here, there = (accounts.login("ann", PASSWORD, place) for place in (HOME, OFFICE))
    with pytest.raises(Forbidden):
        accounts.own.change_password(user, "not my password", OTHER, HOME, session_id=here)
    with pytest.raises(BadRequest):
        accounts.own.change_password(user, PASSWORD, "short", HOME, session_id=here)
    assert accounts.by_session(there)
    fresh = accounts.own.change_password(user, PASSWORD, OTHER, HOME, session_id=here, browser="Firefox, Linux")
    assert accounts.by_session(here) is None and accounts.by_session(there) is None and accounts.by_session(fresh)
    assert [one.browser for one in accounts.own.sessions(user)] == ["Firefox, Linux"]
    assert accounts.login("ann", OTHER, HOME)


def test_guessing_the_present_password_is_throttled_like_a_log_in(accounts: Accounts) -> None:
    user = ann(accounts)
    session = accounts.login("ann", PASSWORD, HOME)
    for _ in range(5):
        with pytest.raises(Forbidden):
            accounts.own.change_password(user, "a guess at it", OTHER, HOME, session_id=session)
    with pytest.raises(TooManyRequests):
        accounts.own.change_password(user, PASSWORD, OTHER, HOME, session_id=session)


def test_sessions_are_listed_and_ended_by_their_owner_alone(accounts: Accounts, clock: FrozenClock) -> None:
    user, admin = ann(accounts), accounts.staff.named("admin")
    old = accounts.login("ann", PASSWORD, HOME, browser="Safari, iOS")
    clock.advance(timedelta(hours=1))
    new = accounts.login("ann", PASSWORD, HOME, browser="Chrome, Windows")
    listed = accounts.own.sessions(user)
    assert [one.browser for one in listed] == ["Chrome, Windows", "Safari, iOS"]
    assert [one.key for one in listed] == [key_of(new), key_of(old)] and old not in repr(listed)
    for owner, key in ((admin, key_of(old)), (user, old), (user, "no hexadecimal")):
        with pytest.raises(NotFound):
            accounts.own.end_session(owner, key)
    accounts.own.end_session(user, key_of(old))
    assert accounts.by_session(old) is None and accounts.by_session(new)
    another = accounts.login("ann", PASSWORD, HOME)
    accounts.own.end_other_sessions(user, another)
    assert accounts.by_session(new) is None and accounts.by_session(another)
    accounts.staff.end_sessions(user.id, by="admin")
    assert accounts.by_session(another) is None and accounts.own.sessions(user) == []
    # What is over is not listed, even before the job deletes it.
    accounts.login("ann", PASSWORD, HOME)
    clock.advance(timedelta(hours=12))
    assert accounts.own.sessions(user) == []


ONE, TWO = frozenset({1}), frozenset({1, 2})


@pytest.mark.parametrize(
    ("owner", "wanted", "allowed"),
    [
        (Principal("u", Role.VIEWER, TWO), Principal("t", Role.VIEWER, ONE), True),
        (Principal("u", Role.VIEWER, ONE), Principal("t", Role.VIEWER, TWO), False),
        (Principal("u", Role.VIEWER, ONE), Principal("t", Role.EDITOR, ONE), False),
        (Principal("u", Role.VIEWER, ONE), Principal("t", Role.TRACKING, ONE), False),
        (Principal("u", Role.EDITOR, TWO), Principal("t", Role.TRACKING, ONE, Basis.CONSENT), True),
        (Principal("u", Role.EDITOR, TWO), Principal("t", Role.EDITOR), False),
        (Principal("u", Role.EDITOR), Principal("t", Role.EDITOR), True),
        (Principal("u", Role.EDITOR), Principal("t", Role.SUBJECTS, ONE), False),
        (Principal("u", Role.EDITOR), Principal("t", Role.DPO), False),
        (Principal("u", Role.DPO), Principal("t", Role.DPO), True),
        (Principal("u", Role.DPO), Principal("t", Role.VIEWER, ONE), True),
        (Principal("u", Role.DPO), Principal("t", Role.EDITOR), False),
        (Principal("u", Role.DPO), Principal("t", Role.ADMIN), False),
        (Principal("u", Role.ADMIN), Principal("t", Role.ADMIN), True),
        (Principal("u", Role.ADMIN), Principal("t", Role.SUBJECTS, ONE), True),
    ],
)
def test_a_token_of_ones_own_can_do_no_more_than_its_owner(
    accounts: Accounts, owner: Principal, wanted: Principal, allowed: bool
) -> None:
    user = ann(accounts, owner)
    if not allowed:
        with pytest.raises(Forbidden):
            accounts.own.create_token(user, wanted, None)
        return
    token = accounts.own.create_token(user, wanted, None)
    carried = accounts.by_token(token)
    assert carried is not None and (carried.role, carried.sites) == (wanted.role, wanted.sites)
    assert carried.user == "token t of u"


def test_tokens_of_ones_own_expire_and_are_revoked_by_their_owner(accounts: Accounts, clock: FrozenClock) -> None:
    user, admin = ann(accounts), accounts.staff.named("admin")
    accounts.create_token(Principal("the gateway's", Role.DPO), by="command line")
    token = accounts.own.create_token(user, Principal("mine", Role.VIEWER, ONE), clock.timestamp() + 60)
    assert [(one.principal.user, one.owner) for one in accounts.tokens()] == [("mine", "ann"), ("the gateway's", "")]
    assert [one.principal.user for one in accounts.own.tokens(user)] == ["mine"]
    for owner, name in ((user, "the gateway's"), (admin, "mine")):
        with pytest.raises(BadRequest):
            accounts.own.revoke_token(owner, name)
    with pytest.raises(Conflict):
        accounts.own.create_token(user, Principal("the gateway's", Role.VIEWER, ONE), None)
    assert accounts.by_token(token)
    clock.advance(timedelta(seconds=60))
    assert accounts.by_token(token) is None
    accounts.own.revoke_token(user, "mine")
    assert accounts.own.tokens(user) == []


def test_the_audit_log_is_narrowed_down(accounts: Accounts, clock: FrozenClock) -> None:
    accounts.audit.record(Action.EXPORT, "ann", site=1, detail="old")
    clock.advance(timedelta(days=1))
    for user, site in (("ann", 1), ("ann", 2), ("ben", 1)):
        accounts.audit.record(Action.EXPORT, user, site=site, detail="new")
    accounts.audit.record(Action.LOGIN, "ann")
    now = clock.timestamp()
    questions = [
        (Only(), 5),
        (Only(user="ann"), 4),
        (Only(action=Action.EXPORT), 4),
        (Only(site=1), 3),
        (Only(user="ann", action=Action.EXPORT, site=1), 2),
        (Only(since=now), 4),
        (Only(until=now), 1),
        (Only(user="nobody"), 0),
    ]
    for only, count in questions:
        assert accounts.audit.count(only) == len(accounts.audit.latest(only=only)) == count, only


def test_what_a_user_kept_goes_with_them_and_what_they_shared_stays(
    accounts: Accounts, state: State, clock: FrozenClock
) -> None:
    user, shelf = ann(accounts), Shelf(state, clock)
    for name, shared in (("mine", False), ("ours", True)):
        shelf.add(1, Kind.SEGMENT, "ann", name, "country==FR", shared=shared)
    shelf.add(1, Kind.SEGMENT, "bob", "his", "country==DE", shared=False)
    accounts.staff.delete(user.id, by="admin")
    ann(accounts)
    assert [one.name for one in shelf.seen_by("ann", 1, Kind.SEGMENT)] == ["ours"]
    assert [one.name for one in shelf.seen_by("bob", 1, Kind.SEGMENT)] == ["his", "ours"]
