"""What was found against what was declared: the breaches, each once, with the states and pages where it showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from gateway.audit.declared import Declared
from gateway.audit.found import Kept, Sent, State, Walk

# A life is read some time after it was set, and a day changes its length twice a year.
_TOLERANCE = 2 * 3600.0


class Fault(StrEnum):
    """What can be wrong, with the rule it breaks (docs/legal.md)."""

    UNDECLARED = "undeclared"  # E15
    BEFORE_CONSENT = "before consent"  # E2
    AFTER_REFUSAL = "after a refusal"  # E14
    DESPITE_GPC = "despite Global Privacy Control"  # C2, C3
    AFTER_WITHDRAWAL = "after a withdrawal"  # E4
    TOO_LONG = "longer than declared"  # E15
    NOT_ASKED = "not asked"  # E2: what needs a yes and is never asked can never run


_FAULT_OF = {
    State.NO_CHOICE: Fault.BEFORE_CONSENT,
    State.REJECT: Fault.AFTER_REFUSAL,
    State.GPC: Fault.DESPITE_GPC,
    State.WITHDRAW: Fault.AFTER_WITHDRAWAL,
}


class Breach(NamedTuple):
    fault: Fault
    kind: str  # of what is kept or sent: cookie, local_storage, …; script, image, …; banner
    what: str  # a name, or a URL without its query
    where: str  # a cookie's domain, an origin
    purposes: tuple[str, ...]  # those that declare it
    detail: str
    states: tuple[State, ...]
    pages: tuple[str, ...]


class _Seen(NamedTuple):
    fault: Fault
    kind: str
    what: str
    where: str
    purposes: tuple[str, ...]
    detail: str


def breaches(walks: Iterable[Walk], declared: Declared) -> list[Breach]:
    """All that is wrong, in the order of faults."""
    found: dict[_Seen, tuple[dict[State, None], dict[str, None]]] = {}
    for walk in walks:
        for seen, page in _of(walk, declared):
            states, pages = found.setdefault(seen, ({}, {}))
            states[walk.state] = None
            pages[page] = None
    order = list(Fault)
    rows = [Breach(*seen, tuple(states), tuple(pages)) for seen, (states, pages) in found.items()]
    return sorted(rows, key=lambda one: (order.index(one.fault), one.kind, one.what))


def _of(walk: Walk, declared: Declared) -> Iterator[tuple[_Seen, str]]:
    allowed = declared.allowed(walk)
    for kept in walk.kept:
        if (seen := _kept(kept, walk, declared, allowed)) is not None:
            yield seen, kept.page
        if (seen := _lives(kept, declared)) is not None:
            yield seen, kept.page
    marked: dict[str, set[str]] = {}
    for gated in walk.gated:
        marked.setdefault(gated.url, set()).add(gated.purpose)
    for sent in walk.sent:
        if (seen := _sent(sent, walk, declared, allowed, marked.get(sent.url, set()))) is not None:
            yield seen, sent.page
    if walk.state is State.NO_CHOICE and walk.should_ask and not walk.asked and walk.sent:
        yield (
            _Seen(Fault.NOT_ASKED, "banner", "the question", "", (), "the gateway would ask, no page does"),
            walk.sent[0].page,
        )


def _kept(kept: Kept, walk: Walk, declared: Declared, allowed: frozenset[str]) -> _Seen | None:
    lines = declared.lines(kept)
    if not lines:
        return _Seen(Fault.UNDECLARED, kept.kind, kept.name, kept.where, (), "")
    owners = {line.purpose for line in lines}
    if owners & allowed:
        return None
    return _Seen(_FAULT_OF[walk.state], kept.kind, kept.name, kept.where, tuple(sorted(owners)), "")


def _lives(kept: Kept, declared: Declared) -> _Seen | None:
    """Chromium shortens every life to 400 days; a longer one that is declared cannot be overrun there."""
    if kept.kind != "cookie" or kept.life is None:
        return None
    lines = [line for line in declared.lines(kept) if line.longest is not None]
    longest = max(lines, key=lambda line: line.longest or 0.0, default=None)
    if longest is None or longest.longest is None or kept.life <= longest.longest + _TOLERANCE:
        return None
    detail = f"lives {_in_words(kept.life)}, declared “{longest.life}”"
    return _Seen(
        Fault.TOO_LONG, kept.kind, kept.name, kept.where, tuple(sorted({line.purpose for line in lines})), detail
    )


def _sent(sent: Sent, walk: Walk, declared: Declared, allowed: frozenset[str], marked: set[str]) -> _Seen | None:
    url = urlsplit(sent.url)
    origin = f"{url.scheme}://{url.netloc}"
    if marked and not marked & allowed:
        detail = "loaded although the page marks it as waiting for its purpose"
        return _Seen(_FAULT_OF[walk.state], sent.type, url.path, origin, tuple(sorted(marked)), detail)
    if declared.is_own(sent):
        return None
    owners = set(declared.hosts(sent))
    if not owners:
        return _Seen(Fault.UNDECLARED, sent.type, url.path, origin, (), "")
    if owners & allowed:
        return None
    return _Seen(_FAULT_OF[walk.state], sent.type, url.path, origin, tuple(sorted(owners)), "")


def _in_words(life: float) -> str:
    days = life / 86_400
    return f"{days:.0f} days" if days >= 2 else f"{life / 3600:.1f} hours"
