"""An audit as text for a terminal, JSON for machines, HTML for who has to show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.audit.declared import Declared
from gateway.audit.found import Sent, Walk
from gateway.audit.judge import Breach

_UNREAD = "no term can be read from its declared life, so none was checked: "


class Origin(msgspec.Struct, frozen=True):
    """Requests to one origin in one state."""

    origin: str
    own: bool  # the site's or its gateway's
    types: dict[str, int]
    scripts: list[str]


class Held(msgspec.Struct, frozen=True):
    """Something kept on the device in one state."""

    kind: str
    name: str
    where: str
    life_seconds: float | None
    purposes: list[str]  # those that declare it; "" for what needs no answer


class StateReport(msgspec.Struct, frozen=True):
    state: str
    jurisdiction: str
    allowed: list[str]
    kept: list[Held]
    requests: list[Origin]


class Report(msgspec.Struct, frozen=True):
    """One audit."""

    site: int
    name: str
    made: datetime
    pages: list[str]
    breaches: list[Breach]
    notes: list[str]
    states: list[StateReport]


def make(walks: Sequence[Walk], declared: Declared, found: list[Breach], pages: Sequence[str], now: datetime) -> Report:
    return Report(
        site=declared.site.id,
        name=declared.site.name,
        made=now,
        pages=list(pages),
        breaches=found,
        notes=[_UNREAD + unread for unread in declared.unread()],
        states=[_state(walk, declared) for walk in walks],
    )


def json(report: Report) -> bytes:
    # A breach is a tuple in the code; whoever reads it elsewhere wants its fields named.
    plain: dict[str, Any] = msgspec.to_builtins(report)
    plain["breaches"] = [msgspec.to_builtins(breach._asdict()) for breach in report.breaches]
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


def html(report: Report) -> str:
    """One page that needs nothing else."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return templates.get_template("report.html").render(report=report, life=life)


def text(report: Report) -> str:
    lines = [
        f"Audit of site {report.site} {report.name}, {len(report.pages)} page(s), {report.made:%Y-%m-%d %H:%M} UTC",
        "",
    ]
    for state in report.states:
        lines.append(f"{state.state} ({state.jurisdiction or 'country unknown'}; may run: {_names(state.allowed)})")
        for held in state.kept:
            lines.append(f"  {held.kind:<15} {held.name}  {held.where}  {life(held)}  {_names(held.purposes)}")
        for origin in state.requests:
            what = ", ".join(f"{count} {kind}" for kind, count in origin.types.items())
            lines.append(f"  {'own' if origin.own else 'other':<15} {origin.origin}  {what}")
            lines += [f"  {'':<15}   {script}" for script in origin.scripts if not origin.own]
        lines.append("")
    lines += [f"note: {note}" for note in report.notes]
    for breach in report.breaches:
        where = f" of {breach.where}" if breach.where else ""
        why = f" ({breach.detail})" if breach.detail else ""
        whose = f" [{_names(breach.purposes)}]" if breach.purposes else ""
        seen = f"{', '.join(breach.states)} on {', '.join(breach.pages)}"
        lines.append(f"BREACH {breach.fault}: {breach.kind} {breach.what}{where}{whose}{why}; {seen}")
    count = len(report.breaches)
    lines.append(f"{count} breach(es)." if count else "No breach: all that was found is declared, and keeps to it.")
    return "\n".join(lines) + "\n"


def life(held: Held) -> str:
    if held.kind != "cookie":
        return "until removed" if held.kind != "session_storage" else "session"
    return "session" if held.life_seconds is None else f"{held.life_seconds / 86_400:.1f} days"


def _state(walk: Walk, declared: Declared) -> StateReport:
    kept = [
        Held(one.kind, one.name, one.where, one.life, sorted({line.purpose for line in declared.lines(one)}))
        for one in sorted(walk.kept, key=lambda one: (one.kind, one.name))
    ]
    by_origin: dict[str, list[Sent]] = {}
    for sent in walk.sent:
        url = urlsplit(sent.url)
        by_origin.setdefault(f"{url.scheme}://{url.netloc}", []).append(sent)
    requests = [
        Origin(
            origin,
            declared.is_own(those[0]),
            dict(Counter(sent.type for sent in those)),
            sorted({urlsplit(sent.url).path for sent in those if sent.type == "script"}),
        )
        for origin, those in sorted(by_origin.items())
    ]
    return StateReport(walk.state, walk.jurisdiction, sorted(declared.allowed(walk) - {""}), kept, requests)


def _names(purposes: Sequence[str]) -> str:
    return ", ".join(purpose or "necessary" for purpose in purposes) or "not declared"
