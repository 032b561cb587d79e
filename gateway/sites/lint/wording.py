"""Manipulative wording, found by small expressions per language and class (lexicon/{language}.toml).

An expression is written in words: `best … experience*`. `…` stands for up to 40 characters of the same sentence, `*` for up
to 20 letters of the same word, `(a|b)` for one of them, `(a )?` for what may be missing, `^` and `$` for the ends of the
text. All of it is bounded, so looking through a text takes time in proportion to its length, whatever its author writes.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

from gateway.sites.codes import ALIASES, is_language
from gateway.sites.lint.finding import Finding

EVERYWHERE = ("guilt", "urgency", "praise", "threat", "double_negative", "bundling", "anonymity")
_LABELS = ("refusal", "acceptance", "obstruction")
# `honest` is taken out before anything else is looked for, except in labels.
CLASSES = (*EVERYWHERE, "anonymous", *_LABELS, "honest")

# These say what the law lets run until a visitor refuses it, or what it takes a signal for; anywhere else that would be
# silence taken for a yes.
_LAW = ("body_running", "why_exempt", "why_objection", "why_opt_out", "gpc_opt_out", "gpc_objection")

_GAP = r"(?!\w)[^.!?;:؟؛]{0,40}(?<!\w)"
_COMMAS = str.maketrans("", "", ",،")
_SIGNS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "′": "'", "`": "'", "ı": "i", "‑": "-", "–": "-", "״": '"'})


def normalise(text: str) -> str:
    """Compatibility forms and case folded, accents, soft hyphens and invisible characters gone, one space between words."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_SIGNS)
    return " ".join("".join(sign for sign in folded if unicodedata.category(sign) not in ("Mn", "Cf")).split())


class Lexicon:
    """The expressions of one language."""

    def __init__(self, expressions: Mapping[str, Sequence[str]]) -> None:
        if expressions.keys() != set(CLASSES):
            raise ValueError(f"{sorted(expressions.keys() ^ set(CLASSES))} do not match the classes of a lexicon")
        self.patterns = {name: _compile(expressions[name]) for name in CLASSES}

    def match(self, name: str, text: str) -> str:
        """The first words of `text` that class `name` knows, normalised; "" where there are none."""
        words = normalise(text).translate(_COMMAS)
        if name not in _LABELS:
            words = self.patterns["honest"].sub(" . ", words)
        found = self.patterns[name].search(words)
        return found[0].strip() if found else ""


@functools.cache
def lexicon(tag: str) -> Lexicon | None:
    """The lexicon for a BCP 47 tag or its base language; None for a language that none is shipped for."""
    if not is_language(tag):
        return None
    base = tag.split("-")[0]
    file = files(__package__) / "lexicon" / f"{ALIASES.get(base, base)}.toml"
    return Lexicon(tomllib.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def find(words: Lexicon, text: str, key: str, *, measures: bool = False) -> Iterator[Finding]:
    """What is manipulative in one text. `measures`: it describes audience measurement, which is never anonymous (E10)."""
    for kind in EVERYWHERE:
        if kind in ("bundling", "double_negative") and key.endswith(_LAW):
            continue
        if kind == "bundling" and key.endswith("reject_all"):
            continue  # "Continue without accepting" is a refusal; labels.py judges whether it is one
        found = words.match(kind, text)
        if not found and kind == "anonymity" and measures:
            found = words.match("anonymous", text)
        if found:
            yield Finding(kind, key, f'"{found}"')


def _compile(expressions: Sequence[str]) -> re.Pattern[str]:
    if not expressions:
        return re.compile(r"(?!)")
    return re.compile("|".join(map(_translate, expressions)))


def _translate(expression: str) -> str:
    start, end = expression.startswith("^"), expression.endswith("$")
    body = normalise(expression.strip("^$").removesuffix(" …").replace("…", "\0"))
    body = re.escape(body).replace(r"\ ", " ")
    for written, meant in ((r"\(", "(?:"), (r"\)", ")"), (r"\|", "|"), (r"\?", "?"), (r"\*", r"\w{0,20}")):
        body = body.replace(written, meant)
    body = re.sub(r" ?\\?\x00 ?", lambda _: _GAP, body)
    # A label's end may carry a full stop, an arrow, an exclamation mark.
    before, after = r"^\W{0,20}" if start else r"(?<!\w)", r"\W{0,20}$" if end else r"(?!\w)"
    return f"{before}(?:{body}){after}"
