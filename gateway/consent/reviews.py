"""Which legal sentences of a language were reviewed: translated back into English by someone who saw no English.

A review is `texts/reviews/{language}.toml`: when, how, for each key the back-translation, and for each key a hash of the text
that it was made from, so that an edited sentence counts as not reviewed. English is the source and needs no review.

    python -m gateway.consent.reviews extract fr           the legal sentences of a language, without their English
    python -m gateway.consent.reviews store fr back.toml   keeps key = "back-translation" as that language's review
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import msgspec

from gateway.clock import SystemClock
from gateway.consent import texts
from gateway.sites.site import Site

# Texts by which a visitor consents, refuses, objects or is informed; the others are captions and links.
LEGAL = (
    *("title", "body", "body_running", "recipients_none", "recipients_one", "recipients_many"),
    *("accept_all", "reject_all", "choose", "save", "close", "always_on", "withdraw", "basis_*"),
    *("object_title", "object_body", "object", "objected", "why_*", "gpc_*", "sale_allow*"),
    *("content_blocked", "load_once", "load_always", "failed", "unavailable", "cookie_*", "purpose.*", "account_*"),
    *(
        "centre_withdrawn",
        "centre_receipt_none",
        "centre_held_body",
        "centre_no_number",
        "centre_limits",
        "centre_erase*",
    ),
    *("centre_object_undo", "centre_restrict*", "centre_lift*", "centre_rectify_body", "centre_directives_body"),
    *("centre_complain_body", "centre_contact_body", "centre_sale_*", "centre_minor"),
)
METHOD = "back-translation"
REVIEWS = Path(texts.__file__).parent / "reviews"


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reviewed` is an ISO date, `sentences` key → back-translation, `source` key → `digest` of the text it was made from."""

    reviewed: str
    method: str
    sentences: dict[str, str]
    source: dict[str, str]


@cache
def _shipped() -> dict[str, dict[str, str]]:
    return texts.load()


def legal(language: str) -> dict[str, str]:
    """Key → text of the legal sentences, in the order of the file. Raises ValueError for a language that is not shipped."""
    if language not in _shipped():
        raise ValueError(f'no texts are shipped in "{language}"')
    return {key: text for key, text in _shipped()[language].items() if is_legal(key)}


def is_legal(key: str) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in LEGAL)


def digest(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(language: str, folder: Path = REVIEWS) -> Review | None:
    """A language's review, None where there is none. Raises msgspec.DecodeError for a file that is none."""
    file = folder / f"{language}.toml"
    return msgspec.toml.decode(file.read_bytes(), type=Review) if file.is_file() else None


def unreviewed(language: str, folder: Path = REVIEWS) -> list[str]:
    """The keys of legal sentences that nobody reviewed as they now stand. Raises ValueError for an unknown language."""
    sentences = legal(language)
    if language == texts.FALLBACK:
        return []
    review = read(language, folder)
    if review is None:
        return list(sentences)
    return [
        key
        for key, text in sentences.items()
        if not review.sentences.get(key) or review.source.get(key) != digest(text)
    ]


def store(language: str, translated: Mapping[str, str], day: date, folder: Path = REVIEWS) -> list[str]:
    """Keep back-translations, beside the earlier ones that still hold, and return the keys that no one has reviewed yet.

    Raises ValueError for English, a language that is not shipped, a key that is no legal sentence, or a sentence
    that is blank or lacks a placeholder.
    """
    if language == texts.FALLBACK:
        raise ValueError("English is the source and needs no review")
    sentences = legal(language)
    if unknown := sorted(translated.keys() - sentences.keys()):
        raise ValueError(f"no legal sentence: {', '.join(unknown)}")
    if blank := [key for key, sentence in translated.items() if not sentence.strip()]:
        raise ValueError(f"blank: {', '.join(blank)}")
    if lost := [key for key, sentence in translated.items() if _fields(sentence) != _fields(sentences[key])]:
        raise ValueError(f"other placeholders than the text has: {', '.join(lost)}")
    earlier, stale = read(language, folder), set(unreviewed(language, folder))
    held = {key: sentence for key, sentence in earlier.sentences.items() if key not in stale} if earlier else {}
    known = {**held, **translated}
    kept = {key: known[key] for key in sentences if key in known}
    folder.mkdir(exist_ok=True)
    (folder / f"{language}.toml").write_text(
        f'reviewed = "{day.isoformat()}"\nmethod = "{METHOD}"\n\n'
        f"[sentences]\n{_toml(kept)}\n[source]\n{_toml({key: digest(sentences[key]) for key in kept})}",
        encoding="utf-8",
    )
    return unreviewed(language, folder)


def say(site: Site, folder: Path = REVIEWS) -> Iterator[str]:
    """A line for each language that a site names: reviewed when, or what is not."""
    for tag in dict.fromkeys((site.language, *site.texts)):
        own = {key: text for key, text in site.texts.get(tag, {}).items() if is_legal(key)}
        language = next((each for each in texts.alternatives(tag) if each in _shipped()), None)
        if language is None:
            said = "none are shipped, English stands in"
        elif language == texts.FALLBACK:
            said = "the source, which needs no review"
        elif missing := [key for key in unreviewed(language, folder) if key not in own]:
            said = f"not reviewed: {', '.join(missing)}"
        else:
            review = read(language, folder)
            said = f"reviewed {review.reviewed}" if review else "the site's own throughout"
        yield f"texts in {tag}: {said}" + (f"; the site's own, not reviewed: {', '.join(own)}" if own else "")


def _fields(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def _toml(table: Mapping[str, str]) -> str:
    """Lines of TOML, whose basic strings are those of JSON."""
    return "".join(
        f"{key if re.fullmatch(r'[A-Za-z0-9_-]+', key) else json.dumps(key)} = {json.dumps(text, ensure_ascii=False)}\n"
        for key, text in table.items()
    )


def main(arguments: Sequence[str]) -> None:
    """The two commands of this module's docstring. Raises SystemExit, which says what was wrong with them."""
    try:
        match arguments:
            case ["extract", language]:
                sys.stdout.write(_toml(legal(language)))
            case ["store", language, file]:
                translated = msgspec.toml.decode(Path(file).read_bytes(), type=dict[str, str])
                missing = store(language, translated, SystemClock().now().date())
                sys.stdout.write(f"Kept; not reviewed yet: {', '.join(missing) or 'nothing'}\n")
            case _:
                raise SystemExit(__doc__)
    except (ValueError, OSError) as error:  # msgspec's errors are ValueErrors
        raise SystemExit(f"{' '.join(arguments)}: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
