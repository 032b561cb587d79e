"""What in a text identifies a person, and the text without it: e-mail addresses, IP addresses; in URLs also phone numbers,
tokens and session ids (GDPR art. 5(1)(c), data minimisation).

Looked for in every layer of encoding: where something is found, the text is kept as that layer reads, cleaned.
"""

from __future__ import annotations

import binascii
import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from gateway.privacy.addresses import redact

LONGEST = 2048
LONGEST_CACHED = 300  # so that what is remembered stays small whatever visitors send
LONGEST_OF_SHORT = (
    2 * LONGEST_CACHED
)  # what a text of LONGEST_CACHED may become: one character may stand for 18 (U+FDFA)
DEEPEST = 8  # layers of encoding; nobody means more

E_MAIL, PHONE, TOKEN, ENCODED = "(e-mail)", "(phone)", "(token)", "(encoded)"

# Every repetition is bounded, so that no text makes it try long runs again and again. The last label of a host has no digits:
# library@18.2.0 in a path is no e-mail address.
_EMAIL = re.compile(
    r"""(?:"[^"@]{1,64}"|[\w.!#$%&'*+=^`{|}~-]{1,64})@(?:(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63}|\[[0-9A-Fa-f.:]{3,45}\])"""
)
# An "at" that is not written as one, and characters that show nothing.
_ESCAPES = re.compile(r"(?:%u|\\u)([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_LAYERED = re.compile(r"[%&\\]|[^\x00-\x7f]")
_BETWEEN_PIECES = re.compile(r"([/?&=;])")

# International with a plus or 00, French and its like in pairs, North American in groups, and what says that it is one. Bare
# digits are left: they are articles, orders and days more often.
_PHONE = re.compile(
    r"(?<![\w+])(?:\+|00(?=[1-9]))\d(?:[ ().-]{0,2}\d){8,13}(?![\w])"
    r"|(?<![\w.-])0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}(?![\w-])"
    r"|(?<![\w.-])\(?[2-9]\d\d\)?[ .-][2-9]\d\d[ .-]\d{4}(?![\w-])"
    r"|\btel:[+\d][\d ().-]{4,20}"
    r"|^ [1-9]\d{8,14}$"  # a query's plus is a space
)

_SESSION = re.compile(r";[\w.-]{0,20}(?:sess(?:ion)?_?(?:id)?|sid|token|cfid)\w{0,12}=[^/;?#]*", re.IGNORECASE)
_ASP_SESSION = re.compile(r"\((?:[A-Z]\([\w-]{8,64}\)){1,4}\)/?")
_TOKEN = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"  # JWT, RFC 7519
    r"|(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"  # UUID, RFC 9562
    r"|(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])"
)
_RUN = re.compile(r"[A-Za-z0-9]{20,}")
_KINDS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_RANDOM_MIXED, _RANDOM_LOWER = 0.4, 0.3  # runs of one kind per character; words of a title have 0.3 and fewer

_BASE64 = re.compile(r"[A-Za-z0-9]{8,400}")  # of an e-mail address, which needs neither + nor /
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){6,200}")


def clean(text: str) -> str:
    """`text` without e-mail addresses and complete IP addresses, bounded to LONGEST characters: for titles and names."""
    return _cleaned(text) if len(text) <= LONGEST_CACHED else _through_layers(text[:LONGEST], _strip)


def clean_part(text: str) -> str:
    """The same for a path or a parameter's value, which lose phone numbers, session ids and tokens as well."""
    return _through_layers(text[:LONGEST], _strip_part)


def _through_layers(text: str, strip: Callable[[str], str]) -> str:
    """`text` stripped in whichever layer has something to strip, at most LONGEST characters, of a short text LONGEST_OF_SHORT."""
    if not _LAYERED.search(text):
        return strip(text)[:LONGEST]
    most = LONGEST if len(text) > LONGEST_CACHED else LONGEST_OF_SHORT
    layers = [text]
    for _ in range(DEEPEST):
        deeper = _peel(layers[-1])
        if deeper == layers[-1]:
            break
        if len(deeper) > most:
            # What is past the end is looked at by nobody, so the layers that still have it are not kept.
            layers, deeper = [], deeper[:most]
        layers.append(deeper)
    else:
        return _without_encoded(strip(layers[-1]))[:most]
    # The deepest layer has everything in its plainest form.
    for layer in reversed(layers):
        stripped = strip(layer)
        if stripped != layer:
            return stripped[:most]
    return layers[0]


def _peel(text: str) -> str:
    """One layer less: percent-encoding, \\u and %u escapes, HTML's entities, look-alikes of ASCII, invisible characters."""
    text, escapes = _ESCAPES.subn(lambda match: chr(int(match[1] or match[2], 16)), text)
    if escapes:
        # Halves of a character beyond U+FFFF are joined; one without the other is no text, and cannot be stored.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = unquote(text)
    if "&" in text:
        text = html.unescape(text)
    return text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))[: LONGEST + 1]


def _without_encoded(text: str) -> str:
    """Without the pieces that are still encoded. Takes no longer where nothing follows that ends a piece."""
    pieces = _BETWEEN_PIECES.split(text)
    return "".join(ENCODED if "%" in piece else piece for piece in pieces)


@lru_cache(maxsize=8192)
def _cleaned(text: str) -> str:
    """Titles and the names of events are a website's own, and come again and again."""
    return _through_layers(text, _strip)


def _strip(text: str) -> str:
    if "@" in text:
        text = _EMAIL.sub(E_MAIL, text)
    return redact(text)


def _strip_part(text: str) -> str:
    text = _strip(text)
    if ";" in text:
        text = _SESSION.sub("", text)
    if "(" in text:
        text = _ASP_SESSION.sub("", text)
    text = _PHONE.sub(PHONE, text)
    text = _TOKEN.sub(TOKEN, text)
    text = _BASE64.sub(_without_hidden_email, text)
    return _RUN.sub(_without_random, text)


def _without_hidden_email(match: re.Match[str]) -> str:
    """A run of letters and digits that reads as an e-mail address in base64 (from any of its first characters) or hex."""
    run = match[0]
    if _HEX.fullmatch(run) and "40" in run and _is_email(bytes.fromhex(run)):
        return E_MAIL
    for start in range(4):
        whole = len(run) - (len(run) - start) % 4
        tail = run[whole:]
        try:
            read = binascii.a2b_base64(run[start:whole] + (tail + "=" * (4 - len(tail)) if len(tail) > 1 else ""))
        except (binascii.Error, ValueError):
            continue
        if b"@" in read and _is_email(read):
            return E_MAIL
    return run


def _is_email(read: bytes) -> bool:
    return _EMAIL.search(read.decode("utf-8", "replace")) is not None


def _without_random(match: re.Match[str]) -> str:
    run = match[0]
    if run.isdigit():
        return run
    changes = (sum(1 for _ in _KINDS.finditer(run)) - 1) / len(run)
    mixed = not (run.islower() or run.isupper())
    random = changes >= _RANDOM_MIXED if mixed else changes >= _RANDOM_LOWER and len(run) >= 24
    return TOKEN if random else run
