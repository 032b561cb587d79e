"""ReDoS (CWE-1333): no regular expression of the gateway, and no user agent, takes longer than it may."""

from __future__ import annotations

import pkgutil
import re
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import gateway as package
from gateway.enrich import bots, user_agents

PUMPS = [
    "a", "0", "1.", "a.", ":", "f:", ".", " ", "\t", "/", "a/", "(", ")", "%", "%a", "%41", "&a=", "=", "=a", ";", ", ", "a,",
    "-",
    "a-", "_", "@", "a@", "#", "?", "\\", "'", '"', "é", "[", "[[", "{", "Mozilla/5.0 ", "Android ", "Version/1 ", "compatible; ",
    "1 ", "1a", "e1", "\n", "<a", "www.", "http://", "0.0.0.",
]  # fmt: skip
LONGEST = 8_192  # of a URL, the longest text that visitors may send
MOST_SECONDS = 0.05
# What reads the operator's own configuration and files, never what a stranger sends.
OPERATORS = tuple(f"gateway.{name}" for name in ("sites", "settings", "secrets", "audit", "imports", "cli", "demo"))


def uses() -> dict[str, tuple[re.Pattern[str] | re.Pattern[bytes], set[str]]]:
    """Every regular expression that a module keeps and strangers reach, with the methods that the module calls on it."""
    for module in pkgutil.walk_packages(package.__path__, "gateway."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found: dict[str, tuple[re.Pattern[str] | re.Pattern[bytes], set[str]]] = {}
    for name, loaded in sorted(sys.modules.items()):
        if not name.startswith("gateway.") or name.startswith(OPERATORS) or not getattr(loaded, "__file__", None):
            continue
        source = Path(str(loaded.__file__)).read_text()
        for key, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                called = set(re.findall(rf"\b{key}\.(\w+)", source)) - {"pattern"}
                found[f"{name}.{key}"] = (value, called or {"search", "fullmatch"})
    return found


def seconds(work: Callable[[], object]) -> float:
    """Of processor time; the shortest of three, since the machine has more to do."""
    best = float("inf")
    for _ in range(3):
        began = time.thread_time()
        work()
        best = min(best, time.thread_time() - began)
        if best < MOST_SECONDS:
            break
    return best


def took(pattern: re.Pattern[str] | re.Pattern[bytes], method: str, pump: str) -> float:
    """Looking through a long run of `pump` with an end that fits nothing."""
    text = (pump * LONGEST)[:LONGEST] + "\x00!"
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    call = getattr(pattern, method if method in ("match", "fullmatch") else "search")
    return seconds(lambda: call(given))


def test_no_expression_takes_its_time() -> None:
    found = uses()
    assert len(found) > 20
    slow = [
        f"{name}.{method} {pump!r}: {needed:.3f} s"
        for name, (pattern, methods) in found.items()
        for method in methods
        for pump in PUMPS
        if (needed := took(pattern, method, pump)) > MOST_SECONDS
    ]
    assert slow == []


def test_what_goes_back_over_and_over_is_found() -> None:
    assert took(re.compile(r"0{0,900}0?x"), "search", "0") > MOST_SECONDS


def test_no_user_agent_takes_its_time() -> None:
    for pump in PUMPS:
        agent = f"Mozilla/5.0 (Linux; Android 9; {pump * 1_024}"[:1_024]

        def read(agent: str = agent) -> object:
            return user_agents.client(agent), bots.bot(agent)

        assert seconds(read) < MOST_SECONDS, agent[:60]
