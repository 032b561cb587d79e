"""What each customer of a site chose, kept in the state database until the site deletes the account (RULES.md E13, C6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from gateway.clock import Clock
from gateway.consent.opt_outs import without_refused_sale
from gateway.consent.outcome import Outcome
from gateway.consent.subject_tokens import MOST_SECONDS
from gateway.errors import Unavailable
from gateway.privacy.account import Account
from gateway.privacy.cookies import Choice
from gateway.sites.catalog import ServedSite
from gateway.state.database import State
from gateway.state.subjects import erased_subjects, subjects

_NO_ANSWER: dict[str, Any] = dict.fromkeys(
    ("purposes", "services", "policy", "answered", "expires", "receipt"), sa.null()
)
_answers = msgspec.json.Decoder(dict[str, int]).decode


class Subjects:
    """Accounts by site and keyed hash. Every call blocks, and raises Unavailable where the database cannot be had."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def account(self, site: int, subject: bytes) -> Account:
        """What stands on an account: nothing where nobody answered yet."""
        with self._begin() as connection:
            return self._read(connection, site, subject)

    def account_since(self, site: int, subject: bytes, made: float) -> Account | None:
        """The same for a token made at `made`; None where the account was deleted then or later."""
        with self._begin() as connection:
            erased = sa.select(erased_subjects.c.at).where(_row(erased_subjects, site, subject))
            at = connection.execute(erased).scalar()
            return None if at is not None and at >= made else self._read(connection, site, subject)

    def take(self, site: ServedSite, subject: bytes, outcome: Outcome) -> Account:
        """Carry an answer over to the account, whatever it was; the account after it."""
        now = self._clock.timestamp()
        values: dict[str, Any] = {}
        if outcome.choice is not None:
            values = {
                **_columns(outcome.choice),
                "answered": outcome.record.ts / 1000,
                # A refusal stays without a linkable id (RULES.md, Evidence).
                "receipt": outcome.record.id if outcome.is_yes else None,
            }
        if outcome.objected is not None:
            values["objected"] = now if outcome.objected else None
        if outcome.opted_out is not None:
            values |= {"opted_out": now, "sale_allowed": None} if outcome.opted_out else _allowed(now)
        with self._begin() as connection:
            if outcome.opted_out is False:
                choice = self._read(connection, site.id, subject).choice
                values |= _columns(without_refused_sale(choice, site)) if choice else {}
            return self._write(connection, site.id, subject, values)

    def mark(
        self, site: int, subject: bytes, *, objected: bool = False, opted_out: bool = False, minor: bool | None = None
    ) -> Account:
        """Let an objection or an opt-out that stands in a browser stand on the account too; or say who is a minor."""
        now = self._clock.timestamp()
        values: dict[str, Any] = {"objected": now} if objected else {}
        if opted_out:
            values |= {"opted_out": now, "sale_allowed": None}
        if minor is not None:
            values["minor"] = minor
        with self._begin() as connection:
            return self._write(connection, site, subject, values)

    def erase(self, site: int, subject: bytes) -> bool:
        """Delete an account and make the tokens that are out for it worthless; False where nothing was kept.

        The ledger's rows stay, as proof; nothing leads from a customer to them any more.
        """
        with self._begin() as connection:
            connection.execute(sa.delete(erased_subjects).where(_row(erased_subjects, site, subject)))
            self._state.insert_or_ignore(
                connection, erased_subjects, site=site, subject=subject, at=self._clock.timestamp()
            )
            return bool(connection.execute(sa.delete(subjects).where(_row(subjects, site, subject))).rowcount)

    def purge(self) -> int:
        """Forget answers that lapsed, and accounts of which nothing is left; the number of rows. For a daily job."""
        now = self._clock.timestamp()
        c = subjects.c
        with self._begin() as connection:
            connection.execute(sa.delete(erased_subjects).where(erased_subjects.c.at < now - MOST_SECONDS))
            connection.execute(sa.update(subjects).where(c.expires <= now).values(**_NO_ANSWER))
            nothing = c.answered.is_(None) & c.objected.is_(None) & c.opted_out.is_(None) & c.sale_allowed.is_(None)
            return connection.execute(sa.delete(subjects).where(nothing & ~c.minor)).rowcount

    def _read(self, connection: sa.Connection, site: int, subject: bytes) -> Account:
        row = connection.execute(sa.select(subjects).where(_row(subjects, site, subject))).one_or_none()
        if row is None:
            return Account()
        answered = row.expires is not None and row.expires > self._clock.timestamp()
        return Account(
            choice=_choice(row) if answered else None,
            answered=row.answered if answered else None,
            receipt=(row.receipt or "") if answered else "",
            objected=row.objected is not None,
            opted_out=row.opted_out is not None,
            sale_allowed=row.sale_allowed is not None,
            minor=row.minor,
        )

    def _write(self, connection: sa.Connection, site: int, subject: bytes, values: dict[str, Any]) -> Account:
        self._state.insert_or_ignore(connection, subjects, site=site, subject=subject, minor=False)
        if values:
            connection.execute(sa.update(subjects).where(_row(subjects, site, subject)).values(**values))
        return self._read(connection, site, subject)

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._state.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            raise Unavailable("The choices of accounts cannot be read or written at the moment") from error


def _row(table: sa.Table, site: int, subject: bytes) -> sa.ColumnElement[bool]:
    return (table.c.site == site) & (table.c.subject == subject)


def _columns(choice: Choice) -> dict[str, Any]:
    return {
        "purposes": msgspec.json.encode(choice.p).decode(),
        "services": msgspec.json.encode(choice.s).decode(),
        "policy": choice.f,
        "expires": float(choice.e),
    }


def _choice(row: Any) -> Choice:
    return Choice(
        p=_answers(row.purposes),
        f=row.policy,
        d=int(row.answered // 86_400),
        e=int(row.expires),
        s=_answers(row.services),
    )


def _allowed(now: float) -> dict[str, Any]:
    return {"opted_out": None, "sale_allowed": now}
