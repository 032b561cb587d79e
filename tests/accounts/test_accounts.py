from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action
from gateway.accounts.passwords import Passwords
from gateway.accounts.principal import Principal, Role
from gateway.clock import FrozenClock
from gateway.errors import BadRequest, Conflict, NotAuthenticated, TooManyRequests
from gateway.settings import Dashboard, Settings
from gateway.state.database import State
from gateway.state.tables import metadata, sessions

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
HOME, OFFICE = "192.0.2.0", "198.51.100.0"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State("", tmp_path)
    yield state
    state.close()


def make(state: State, clock: FrozenClock, password: str = PASSWORD, token: str = "") -> Accounts:
    settings = Settings(dashboard=Dashboard(admin_password=password, api_token=token))
    return Accounts(state, settings, clock, hasher=QUICK)


@pytest.fixture
def accounts(state: State, clock: FrozenClock) -> Accounts:
    accounts = make(state, clock)
    accounts.ensure_admin()
    return accounts


def test_the_first_start_makes_an_admin_with_a_password_that_is_told_once(state: State, clock: FrozenClock) -> None:
    accounts = make(state, clock, password="")
    password = accounts.ensure_admin()
    assert password is not None and len(password) >= 20
    assert accounts.ensure_admin() is None
    principal = accounts.by_session(accounts.login("admin", password, HOME))
    assert principal == Principal("admin", Role.ADMIN) and principal.is_admin


def test_a_given_password_is_not_told(state: State, clock: FrozenClock) -> None:
    accounts = make(state, clock)
    assert accounts.ensure_admin() is None
    assert accounts.login("admin", PASSWORD, HOME)


def test_a_changed_setting_replaces_the_password_and_ends_the_sessions(state: State, clock: FrozenClock) -> None:
    accounts = make(state, clock)
    accounts.ensure_admin()
    session = accounts.login("admin", PASSWORD, HOME)
    changed = make(state, clock, password="another passphrase")
    assert changed.ensure_admin() is None
    assert changed.by_session(session) is None
    with pytest.raises(NotAuthenticated):
        changed.login("admin", PASSWORD, HOME)
    assert changed.by_session(changed.login("admin", "another passphrase", HOME))
    # The same setting again changes nothing, and neither does one that was taken away.
    session = changed.login("admin", "another passphrase", HOME)
    assert changed.ensure_admin() is None and make(state, clock, password="").ensure_admin() is None
    assert changed.by_session(session)


def test_no_secret_is_stored(state: State, clock: FrozenClock, tmp_path: Path) -> None:
    accounts = make(state, clock, token="a-token-of-the-settings-0123456789abcdef")
    accounts.ensure_admin()
    session = accounts.login("admin", PASSWORD, HOME)
    token = accounts.create_token(Principal("reporting", Role.DPO), by="admin")
    with pytest.raises(NotAuthenticated):
        accounts.login("hunter2-typed-into-the-name", PASSWORD, HOME)
    with state.begin() as connection:
        stored = repr([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])
    for secret in (PASSWORD, session, token, "a-token-of-the-settings", "hunter2"):
        assert secret not in stored
    assert (tmp_path / "state.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["admin", "ADMIN", " Admin ", "\uff41\uff44\uff4d\uff49\uff4e"])
def test_a_name_is_found_however_it_is_typed(accounts: Accounts, name: str) -> None:
    assert accounts.login(name, PASSWORD, HOME)


def test_a_session_ends_when_idle_and_after_seven_days(accounts: Accounts, clock: FrozenClock) -> None:
    idle = accounts.login("admin", PASSWORD, HOME)
    clock.advance(timedelta(hours=11, minutes=59))
    assert accounts.by_session(idle)
    clock.advance(timedelta(hours=11, minutes=59))
    assert accounts.by_session(idle)
    clock.advance(timedelta(hours=12))
    assert accounts.by_session(idle) is None
    assert accounts.by_session(idle) is None

    busy = accounts.login("admin", PASSWORD, HOME)
    for _ in range(7 * 24 - 1):
        clock.advance(timedelta(hours=1))
        assert accounts.by_session(busy)
    clock.advance(timedelta(hours=1))
    assert accounts.by_session(busy) is None


def test_logging_in_again_replaces_the_session_and_logging_out_ends_it(accounts: Accounts) -> None:
    first = accounts.login("admin", PASSWORD, HOME)
    second = accounts.login("admin", PASSWORD, HOME, replaces=first)
    assert first != second and accounts.by_session(first) is None and accounts.by_session(second)
    accounts.logout(second)
    accounts.logout("never was one")
    assert accounts.by_session(second) is None


def fail(accounts: Accounts, name: str = "admin", address: str = HOME) -> None:
    with pytest.raises(NotAuthenticated):
        accounts.login(name, "wrong password", address)


def wait_of(accounts: Accounts, name: str = "admin", address: str = HOME, password: str = PASSWORD) -> int:
    with pytest.raises(TooManyRequests) as refused:
        accounts.login(name, password, address)
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def test_five_failures_close_an_account_to_an_address_for_longer_and_longer(
    accounts: Accounts, clock: FrozenClock
) -> None:
    for _ in range(5):
        fail(accounts)
    waits = []
    for _ in range(7):
        wait = wait_of(accounts)
        waits.append(wait)
        clock.advance(timedelta(seconds=wait - 1))
        # Asking meanwhile, with the right password even, does not help and does not make it worse.
        assert wait_of(accounts) == 1
        clock.advance(timedelta(seconds=1))
        fail(accounts)
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    clock.advance(timedelta(hours=1))
    assert accounts.login("admin", PASSWORD, HOME)


def test_failures_elsewhere_do_not_lock_the_owner_out(accounts: Accounts) -> None:
    for _ in range(5):
        fail(accounts)
    assert wait_of(accounts) == 30
    for _ in range(3):
        assert accounts.login("admin", PASSWORD, OFFICE)
    # Nor does being logged in elsewhere open the door to whoever failed.
    assert wait_of(accounts) == 30


def test_many_addresses_that_guess_at_one_account_are_stopped(accounts: Accounts) -> None:
    for number in range(20):
        for _ in range(5):
            fail(accounts, address=f"203.0.{number}.0")
    assert wait_of(accounts, address=OFFICE) == 30
    with pytest.raises(NotAuthenticated):
        accounts.login("somebody else", PASSWORD, OFFICE)


def test_an_address_is_throttled_over_all_accounts(accounts: Accounts) -> None:
    for number in range(5):
        fail(accounts, name=f"user{number}")
    assert wait_of(accounts, name="admin") == 30
    assert accounts.login("admin", PASSWORD, OFFICE)


def test_a_login_forgives_the_account_but_not_the_address(accounts: Accounts) -> None:
    for _ in range(4):
        fail(accounts)
    assert accounts.login("admin", PASSWORD, HOME)
    assert accounts.login("admin", PASSWORD, HOME)
    fail(accounts, name="somebody else")
    assert wait_of(accounts, name="a third") == 30
    for _ in range(4):
        fail(accounts, address=OFFICE)


def test_guesses_sent_at_the_same_time_are_all_counted(accounts: Accounts) -> None:
    outcomes: list[str] = []

    def guess(number: int) -> None:
        try:
            accounts.login("admin", f"guess {number}", HOME)
        except (NotAuthenticated, TooManyRequests) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["NotAuthenticated"] * 5 + ["TooManyRequests"] * 11


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    passwords = Passwords()  # with the real parameters
    stored = passwords.hash(PASSWORD)

    def fastest(stored_hash: str | None) -> float:
        times = []
        for _ in range(5):
            started = perf_counter()
            assert not passwords.verify(stored_hash, "wrong")
            times.append(perf_counter() - started)
        return min(times)

    known, unknown = fastest(stored), fastest(None)
    assert 0.5 < known / unknown < 2
    assert not passwords.verify(stored, "x" * 2000)
    assert passwords.verify(stored, PASSWORD)


def test_a_hash_of_older_parameters_is_renewed_at_login(state: State, clock: FrozenClock, accounts: Accounts) -> None:
    settings = Settings()
    stronger = Accounts(state, settings, clock, hasher=PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    assert stronger.login("admin", PASSWORD, HOME)
    with state.begin() as connection:
        stored = connection.execute(sa.text("SELECT password_hash FROM users")).scalar_one()
    assert "t=2" in stored
    assert stronger.login("admin", PASSWORD, HOME)


VIEWER = Principal("v", Role.VIEWER, frozenset({1}))
EDITOR = Principal("e", Role.EDITOR, frozenset({1}))
EDITOR_OF_ALL = Principal("a", Role.EDITOR)
DPO = Principal("d", Role.DPO)
ADMIN = Principal("m", Role.ADMIN)


@pytest.mark.parametrize(
    ("principal", "reads", "edits", "is_admin"),
    [
        (VIEWER, {1}, set(), False),
        (Principal("n", Role.VIEWER, frozenset()), set(), set(), False),
        (EDITOR, {1}, {1}, False),
        (EDITOR_OF_ALL, {1, 2}, {1, 2}, False),
        (DPO, {1, 2}, set(), False),
        (ADMIN, {1, 2}, {1, 2}, True),
    ],
)
def test_what_each_role_may_do(
    accounts: Accounts, principal: Principal, reads: set[int], edits: set[int], is_admin: bool
) -> None:
    accounts.create_user(principal, "a long password", by="admin")
    token = accounts.create_token(principal, by="admin")
    by_session = accounts.by_session(accounts.login(principal.user, "a long password", HOME))
    for found in (by_session, accounts.by_token(token)):
        assert found is not None
        assert {site for site in (1, 2) if found.may_read(site)} == reads
        assert {site for site in (1, 2) if found.may_edit(site)} == edits
        assert found.is_admin is is_admin


def test_wrong_rights_and_weak_passwords_are_refused(accounts: Accounts) -> None:
    for wrong in (Principal("v", Role.VIEWER), Principal("d", Role.DPO, frozenset({1}))):
        with pytest.raises(BadRequest):
            accounts.create_user(wrong, "a long password", by="admin")
        with pytest.raises(BadRequest):
            accounts.create_token(wrong, by="admin")
    with pytest.raises(BadRequest):
        accounts.create_user(VIEWER, "short", by="admin")
    with pytest.raises(BadRequest):
        accounts.create_user(Principal("  ", Role.DPO), "a long password", by="admin")
    with pytest.raises(Conflict):
        accounts.create_user(Principal("Admin", Role.DPO), "a long password", by="admin")


def test_api_tokens_expire_and_are_revoked(state: State, clock: FrozenClock) -> None:
    accounts = make(state, clock, token="a-token-of-the-settings-0123456789abcdef")
    accounts.ensure_admin()
    settings_principal = accounts.by_token("a-token-of-the-settings-0123456789abcdef")
    assert settings_principal is not None and settings_principal.is_admin
    for wrong in ("", "a", "a-token-of-the-settings-0123456789abcdeF", "\ud800"):
        assert accounts.by_token(wrong) is None
    lasting = accounts.create_token(VIEWER, by="admin")
    short = accounts.create_token(DPO, by="admin", expires=clock.timestamp() + 60)
    with pytest.raises(Conflict):
        accounts.create_token(VIEWER, by="admin")
    assert accounts.by_token(short) and accounts.by_token(lasting)
    clock.advance(timedelta(seconds=60))
    assert accounts.by_token(short) is None and accounts.by_token(lasting)
    assert accounts.revoke_token("v", by="admin") and not accounts.revoke_token("v", by="admin")
    assert accounts.by_token(lasting) is None


def test_without_a_token_in_the_settings_none_is_accepted(accounts: Accounts) -> None:
    assert accounts.by_token("") is None


def test_the_audit_log_says_who_did_what(accounts: Accounts, clock: FrozenClock) -> None:
    session = accounts.login("admin", PASSWORD, HOME)
    fail(accounts)
    fail(accounts, name="not a user")
    accounts.audit.record(Action.EXPORT, "admin", site=1, detail="country, 2026-11-01 to 2026-11-02")
    accounts.logout(session)
    entries = [(entry.action, entry.user, entry.site) for entry in accounts.audit.latest()]
    assert entries == [
        (Action.LOGOUT, "admin", None),
        (Action.EXPORT, "admin", 1),
        (Action.LOGIN_FAILED, "", None),
        (Action.LOGIN_FAILED, "admin", None),
        (Action.LOGIN, "admin", None),
    ]


def test_purge_deletes_what_is_over(accounts: Accounts, state: State, clock: FrozenClock) -> None:
    accounts.login("admin", PASSWORD, HOME)
    fail(accounts)
    assert accounts.purge() == 0
    clock.advance(timedelta(days=8))
    # The session, the failures of an account, of an address, and of both together.
    assert accounts.purge() == 4
    with state.begin() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(sessions)).scalar_one() == 0
    clock.advance(timedelta(days=800))
    assert accounts.purge() == 2
    assert accounts.audit.latest() == []
