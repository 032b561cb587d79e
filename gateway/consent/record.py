"""One row of the ledger: who answered is not in it, what was answered and what was shown is."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Method(StrEnum):
    ACCEPT_ALL = "accept_all"
    REJECT_ALL = "reject_all"
    SAVE = "save"
    WITHDRAW = "withdraw"
    GPC = "gpc"
    DO_NOT_SELL = "do_not_sell"
    OPT_IN = "opt_in"  # an opt-out of sale taken back; consent to nothing
    OBJECTION = "objection"
    EXPIRE = "expire"
    API = "api"


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One row of the table `consents`, field for field. The last four fields are set when the journal commits it.

    `hash` = SHA-256 over the previous row's hash (hex; for a chain's first row that of the chain it follows, 64 zeros where
    there is none) and this row's JSON without the four.
    A field is never renamed or removed, and a new one has a default: an old journal must stay readable.
    """

    id: str  # UUID; given to the browser (as its receipt) only after a yes
    site: int
    ts: int  # milliseconds since the epoch, UTC
    method: Method
    surface: str = ""  # banner, preferences, placeholder, form, privacy_centre, do_not_sell, api, signal
    purposes: dict[str, bool] = {}
    services: dict[str, bool] = {}
    policy: str = ""  # fingerprint of the policy answered to
    notice: str = ""  # fingerprint of the exact notice shown
    script: str = ""  # hash of the embedded script
    language: str = ""
    jurisdiction: str = ""
    country: str = ""
    gpc: bool = False
    expires: int = 0  # milliseconds since the epoch
    follows: str = ""  # id of the earlier yes that this answer withdraws or replaces
    chain: str = ""  # UUID of the writer's chain
    seq: int = 0
    prev: str = ""
    hash: str = ""
