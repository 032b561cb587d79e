"""Codes of an authenticator app: as RFC 6238 computes them, taken once, guessed slowly, and lost without being locked out."""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.accounts.sealing import Sealing
from gateway.accounts.second_factor import CodeNeeded
from gateway.accounts.totp import Totp
from gateway.accounts.users import User
from gateway.clock import FrozenClock
from gateway.errors import BadRequest, Forbidden, NotAuthenticated, TooManyRequests
from gateway.settings import Dashboard, Settings
from gateway.state.access import totp_secrets
from gateway.state.database import State
from gateway.state.tables import metadata

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
HOME, OFFICE = "192.0.2.0", "198.51.100.0"
OLD_KEY, NEW_KEY = "old-" * 12, "new-" * 12


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def make(state: State, clock: FrozenClock, *keys: str) -> Accounts:
    settings = Settings(dashboard=Dashboard(admin_password=PASSWORD), signing_keys=keys or (OLD_KEY,))
    return Accounts(state, settings, clock, hasher=QUICK)


@pytest.fixture
def accounts(state: State, clock: FrozenClock) -> Accounts:
    accounts = make(state, clock)
    accounts.create_user(Principal("ann", Role.DPO), PASSWORD, by="tests")
    return accounts


class App:
    """An authenticator app, set up from what the page shows."""

    def __init__(self, accounts: Accounts, clock: FrozenClock) -> None:
        self.user: User = accounts.staff.named("ann")
        self._clock = clock
        accounts.second.begin(self.user, PASSWORD, "192.0.2.0")
        enrolment = accounts.second.standing(self.user).enrolment
        assert enrolment is not None
        uri = urlsplit(enrolment.uri)
        asked = parse_qs(uri.query)
        assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Audience:ann")
        assert asked["issuer"] == ["Audience"] and asked["secret"] == [enrolment.secret]
        assert (asked["digits"], asked["period"], asked["algorithm"]) == (["6"], ["30"], ["SHA1"])
        self.secret = enrolment.secret
        self._totp = TOTP(base64.b32decode(enrolment.secret), 6, SHA1(), 30)

    def code(self, steps: int = 0) -> str:
        return self._totp.generate(self._clock.timestamp() + 30 * steps).decode()


def turned_on(accounts: Accounts, clock: FrozenClock) -> tuple[App, list[str]]:
    app = App(accounts, clock)
    session = accounts.login("ann", PASSWORD, HOME)
    codes = accounts.second.confirm(app.user, app.code(), HOME, session_id=session)
    clock.advance(timedelta(seconds=60))
    return app, codes


def step(accounts: Accounts, address: str = HOME) -> str:
    with pytest.raises(CodeNeeded) as needed:
        accounts.login("ann", PASSWORD, address)
    return needed.value.step


@pytest.mark.parametrize(
    ("at", "code"),
    # RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_rfc(accounts: Accounts, state: State, at: int, code: str) -> None:
    sealing = Sealing(lambda: [OLD_KEY.encode()], "second factor")
    totp = Totp(FrozenClock(datetime.fromtimestamp(at, UTC)), sealing)
    user = accounts.staff.named("ann")
    sealed = sealing.seal(b"12345678901234567890")
    with state.begin() as connection:
        row = {"user_id": user.id, "sealed": sealed, "confirmed": 1.0, "last_step": 0}
        connection.execute(sa.insert(totp_secrets).values(row))
        assert totp.accepts(connection, user.id, "000000") == ""
        assert totp.accepts(connection, user.id, f" {code[:3]} {code[3:]} ") == "app"
        assert totp.accepts(connection, user.id, code) == "", "a code is taken once"


def test_a_log_in_takes_a_code_besides_the_password(accounts: Accounts, clock: FrozenClock) -> None:
    app, codes = turned_on(accounts, clock)
    assert len(set(codes)) == 10
    first = step(accounts)
    for wrong in ("", "000000", "x" * 10_000, "\ud800", app.code(5)):
        with pytest.raises(NotAuthenticated):
            accounts.second.finish(first, wrong, OFFICE)
        clock.advance(timedelta(seconds=0))
    session = accounts.second.finish(step(accounts), app.code(), HOME)
    assert accounts.by_session(session) == Principal("ann", Role.DPO)
    assert [one.action for one in accounts.audit.latest(1)] == [Action.LOGIN]
    with pytest.raises(NotAuthenticated):
        accounts.login("ann", "a wrong password", HOME)


def test_a_code_is_never_taken_twice(accounts: Accounts, clock: FrozenClock) -> None:
    app = App(accounts, clock)
    session, first = accounts.login("ann", PASSWORD, HOME), app.code()
    accounts.second.confirm(app.user, first, HOME, session_id=session)
    with pytest.raises(NotAuthenticated):
        accounts.second.finish(step(accounts), first, HOME)
    clock.advance(timedelta(seconds=30))
    now, before = app.code(), app.code(-1)
    one, two = step(accounts), step(accounts)
    assert accounts.second.finish(one, now, HOME)
    for late in (now, before):
        with pytest.raises(NotAuthenticated):
            accounts.second.finish(two, late, OFFICE)
    with pytest.raises(BadRequest):
        accounts.second.finish(one, app.code(1), HOME)


def test_the_same_code_sent_twice_at_the_same_time_is_taken_once(accounts: Accounts, clock: FrozenClock) -> None:
    app, _ = turned_on(accounts, clock)
    steps, code, start = [step(accounts), step(accounts)], app.code(), threading.Barrier(2)
    sessions = list[str]()

    def finish(one: str) -> None:
        start.wait(20)
        with contextlib.suppress(NotAuthenticated):
            sessions.append(accounts.second.finish(one, code, HOME))

    threads = [threading.Thread(target=finish, args=(one,)) for one in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(sessions) == 1


def test_guessing_codes_is_throttled_though_the_password_is_right(accounts: Accounts, clock: FrozenClock) -> None:
    app, _ = turned_on(accounts, clock)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            accounts.second.finish(step(accounts, OFFICE), "000000", OFFICE)
    with pytest.raises(TooManyRequests):
        accounts.second.finish(step(accounts, HOME), app.code(), OFFICE)
    # From elsewhere the owner comes in.
    assert accounts.second.finish(step(accounts, HOME), app.code(), HOME)


def test_the_step_between_password_and_code_is_over_after_five_minutes(accounts: Accounts, clock: FrozenClock) -> None:
    app, _ = turned_on(accounts, clock)
    late = step(accounts)
    clock.advance(timedelta(minutes=5))
    for made_up in (late, "", "x" * 43):
        with pytest.raises(BadRequest):
            accounts.second.finish(made_up, app.code(), HOME)
    assert accounts.purge() >= 1
    shut = step(accounts)
    accounts.ensure_admin()
    accounts.staff.disable(app.user.id, by="admin")
    with pytest.raises(BadRequest):
        accounts.second.finish(shut, app.code(), HOME)


def test_recovery_codes_work_once_each_and_are_kept_as_hashes(
    accounts: Accounts, state: State, clock: FrozenClock
) -> None:
    app, codes = turned_on(accounts, clock)
    with state.begin() as connection:
        stored = repr([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])
    raw = repr(base64.b32decode(app.secret))[2:-1]
    for hidden in (*codes, *(code.replace("-", "") for code in codes), app.secret, raw):
        assert hidden not in stored
    assert accounts.second.finish(step(accounts), codes[0].upper(), HOME)
    with pytest.raises(NotAuthenticated):
        accounts.second.finish(step(accounts), codes[0], HOME)
    assert accounts.second.finish(step(accounts), codes[1].replace("-", " "), HOME)
    assert accounts.second.standing(app.user).recovery_left == 8


def test_it_is_turned_on_by_a_right_code_and_off_by_the_password_or_an_admin(
    accounts: Accounts, clock: FrozenClock
) -> None:
    app = App(accounts, clock)
    here, there = accounts.login("ann", PASSWORD, HOME), accounts.login("ann", PASSWORD, OFFICE)
    with pytest.raises(BadRequest):
        accounts.second.confirm(app.user, "000000", HOME, session_id=here)
    assert accounts.by_session(there) and not accounts.second.standing(app.user).on
    accounts.second.confirm(app.user, app.code(), HOME, session_id=here)
    assert accounts.by_session(here) and accounts.by_session(there) is None
    standing = accounts.second.standing(app.user)
    assert standing.on and standing.enrolment is None, "the secret is shown no more"
    accounts.second.begin(app.user, PASSWORD, "192.0.2.0")
    assert accounts.second.standing(app.user).on, "asking anew does not turn it off"
    with pytest.raises(Forbidden):
        accounts.second.remove(app.user, "a wrong password", HOME)
    step(accounts)
    accounts.second.remove(app.user, PASSWORD, HOME)
    assert accounts.login("ann", PASSWORD, HOME)
    turned_on(accounts, clock)
    accounts.second.reset(app.user, by="admin")
    assert accounts.login("ann", PASSWORD, HOME)
    assert accounts.audit.latest(2)[1].detail == "ann"


def test_keys_rotate_without_logging_anybody_out(accounts: Accounts, state: State, clock: FrozenClock) -> None:
    app, _ = turned_on(accounts, clock)
    session = accounts.second.finish(step(accounts), app.code(), HOME)
    rotated = make(state, clock, NEW_KEY, OLD_KEY)
    assert rotated.by_session(session) == Principal("ann", Role.DPO)
    clock.advance(timedelta(seconds=60))
    assert rotated.second.finish(step(rotated), app.code(), HOME)
    # That log-in sealed the secret anew: the old key may go.
    clock.advance(timedelta(seconds=60))
    only_new = make(state, clock, NEW_KEY)
    assert only_new.by_session(session)
    assert only_new.second.finish(step(only_new), app.code(), HOME)
    clock.advance(timedelta(seconds=60))
    without = make(state, clock, "another-" * 6)
    with pytest.raises(NotAuthenticated):
        without.second.finish(step(without), app.code(), HOME)
