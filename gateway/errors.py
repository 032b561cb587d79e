"""Every error that the gateway raises on purpose.

GatewayError
├── SettingsError          the configuration is wrong; carries every problem found (exit code 2, never HTTP)
├── BadRequest        400  the request is malformed: says where (JSON path) and what
│   ├── TooLarge      413
│   ├── Unreadable    400  a hit that fails in a way nobody thought of: logged, and no other hit's problem
│   └── UnknownSite   400  (404 on pages)
├── NotAuthenticated  401
├── Forbidden         403
├── NotFound          404
├── Conflict          409  a policy that is no longer current
├── TooManyRequests   429  carries retry_after
├── Unavailable       503  carries retry_after
│   ├── JournalFull
│   └── WarehouseUnavailable
├── RowsRejected            the warehouse refuses these very rows (delivery sets them aside, never HTTP)
└── MigrationError         the schema does not match the code (exit code 3, never HTTP)

One place, `web/errors.py`, maps them to HTTP.
"""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong in a configuration: the key, what is wrong with it, and what to do."""

    key: str
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"{self.key}: {self.reason} Fix: {self.fix}"


class GatewayError(Exception):
    """Base of all. `what` is safe to show to anyone; it never holds personal data."""

    status = 500

    def __init__(self, what: str, where: str = "$", *, retry_after: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.retry_after = retry_after


class SettingsError(GatewayError):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class BadRequest(GatewayError):
    status = 400


class TooLarge(BadRequest):
    status = 413


class Unreadable(BadRequest):
    pass


class UnknownSite(BadRequest):
    pass


class NotAuthenticated(GatewayError):
    status = 401


class Forbidden(GatewayError):
    status = 403


class NotFound(GatewayError):
    status = 404


class Conflict(GatewayError):
    status = 409


class TooManyRequests(GatewayError):
    status = 429


class Unavailable(GatewayError):
    status = 503

    def __init__(self, what: str, where: str = "$", *, retry_after: int | None = 30) -> None:
        super().__init__(what, where, retry_after=retry_after)


class JournalFull(Unavailable):
    pass


class WarehouseUnavailable(Unavailable):
    pass


class ReportTooLarge(WarehouseUnavailable):
    """The warehouse is there; a limit of memory or time was met."""


class MigrationError(GatewayError):
    pass


class RowsRejected(GatewayError):
    """The warehouse definitely refused these rows for what they are; sending them again cannot help."""
