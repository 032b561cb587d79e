"""Lines of Apache's and nginx's text logs: common and combined, with a virtual host in front or without."""

from __future__ import annotations

import re

from gateway.imports.entry import Unreadable
from gateway.imports.logged import Logged, ReadAddress, common_time, request_line, status_code
from gateway.privacy.addresses import pack

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
# [host] address identity user [time] "request" status bytes ["referrer" "user agent" …] …
_LINE = re.compile(
    r"(\S+) ([^\[]*)\[([^\]]{20,40})\] " + _QUOTED + r" (\d{3}) (?:\d+|-)"
    r"(?: " + _QUOTED + " " + _QUOTED + r'(?: .*)?| [^"]*)?'
)
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}


def read(text: str, address: ReadAddress) -> Logged:
    """One line without its end. Raises Unreadable."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise Unreadable("not a line of the common or combined log format")
    first, between, time, request, status, referrer, user_agent = found.groups("")
    host = ""
    if not pack(first):
        # Either the virtual host, with the address behind it, or a client by the name that its address resolved to.
        second = between.partition(" ")[0]
        if pack(second):
            host, first = first, second
    method, target = request_line(_plain(request))
    return Logged(
        address(first),
        common_time(time),
        method,
        target,
        status_code(status),
        host,
        "" if referrer == "-" else _plain(referrer),
        "" if user_agent == "-" else _plain(user_agent),
    )


def _plain(text: str) -> str:
    """A quoted text as it was before the server escaped it."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    code, letter = match.groups()
    return chr(int(code, 16)) if code else _LETTERS.get(letter, letter)
