"""The answers' labels beside each other: there is a refusal, it says so, and accepting is not dressed up (E1, C7)."""

from __future__ import annotations

import functools
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from importlib.resources import files

from gateway.sites.lint.finding import Finding
from gateway.sites.lint.wording import Lexicon, lexicon, normalise

# A label this many times as long as the other, and by this many characters, draws or loses the eye.
LONGER_TIMES = 5
LONGER_BY = 12

_NO_ANSWER = ("choose", "close", "back")


@functools.cache
def shipped(tag: str) -> dict[str, str]:
    """The shipped texts of a BCP 47 tag or its base language, English where there are none.

    Read as data, since the code that shows them stands in a higher layer.
    """
    folder = files("gateway") / "consent" / "texts"
    names = (tag.lower(), tag.lower().split("-")[0], "en")
    file = next(file for name in names if (file := folder / f"{name}.toml").is_file())
    return tomllib.loads(file.read_text(encoding="utf-8"))


def find(language: str, own: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with the labels that a site overrides in one language; the shipped ones stand for the others."""
    words = lexicon(language)
    labels = {**shipped(language), **own}
    where = f"texts.{language}."
    if "reject_all" in own or "accept_all" in own:
        kind = _refusal(labels, words)
        if kind:
            yield Finding(kind, f"{where}reject_all", f'"{labels["reject_all"]}"')
        else:
            yield from _weight(labels["accept_all"], labels["reject_all"], where, own)
    for key in _NO_ANSWER:
        if key in own and words and words.match("acceptance", own[key]) and not words.match("refusal", own[key]):
            yield Finding("false_label", f"{where}{key}", f'"{own[key]}"')
    if "save" in own and normalise(own["save"]) == normalise(labels["accept_all"]):
        yield Finding("false_label", f"{where}save", f'"{own["save"]}"')


def _refusal(labels: Mapping[str, str], words: Lexicon | None) -> str:
    """The kind of what is wrong with the refusal, or ""."""
    reject = labels["reject_all"]
    others = {normalise(labels[key]) for key in ("accept_all", "choose", "save", "close")}
    if not any(map(str.isalnum, reject)) or normalise(reject) in others:
        return "missing_reject"
    if words is None:
        return ""
    refuses = words.match("refusal", reject)
    if words.match("obstruction", reject) or (words.match("acceptance", reject) and not refuses):
        return "missing_reject"
    return "" if refuses else "unclear_reject"


def _weight(accept: str, reject: str, where: str, own: Mapping[str, str]) -> Iterator[Finding]:
    key = f"{where}{'accept_all' if 'accept_all' in own else 'reject_all'}"
    more = [name for name, weigh in _EMPHASIS.items() if weigh(accept) and not weigh(reject)]
    less = [name for name, weigh in _PLAY_DOWN.items() if weigh(reject) and not weigh(accept)]
    short, long = sorted((accept, reject), key=len)
    if more or less or (len(long) > LONGER_TIMES * len(short) and len(long) - len(short) > LONGER_BY):
        why = ", ".join([*more, *less]) or f"{len(long)} characters against {len(short)}"
        yield Finding("asymmetry", key, f'"{accept}" beside "{reject}" ({why})')


def _letters(label: str) -> str:
    return "".join(filter(str.isalpha, label))


def _capitals(label: str) -> bool:
    return len(_letters(label)) > 3 and _letters(label).isupper()


def _pictures(label: str) -> bool:
    return any(unicodedata.category(sign) in ("So", "Sm") for sign in label)


def _exclaims(label: str) -> bool:
    return any(sign in label for sign in "!¡！")


def _small(label: str) -> bool:
    return _letters(label)[:1].islower()


def _brackets(label: str) -> bool:
    return label.strip()[:1] in ("(", "[")


_EMPHASIS = {"capitals": _capitals, "a picture": _pictures, "an exclamation mark": _exclaims}
_PLAY_DOWN = {"a small initial": _small, "brackets": _brackets}
