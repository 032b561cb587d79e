"""An answer as JSON, XML, CSV or TSV, the way Matomo writes it; and an error in each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import msgspec

from gateway.reports import csv_export
from gateway.reports.matomo.answers import METADATA, Answer, Cell, Keyed, Row
from gateway.reports.matomo.question import Format

_NO_DATA = "No data available"
_XML = '<?xml version="1.0" encoding="utf-8" ?>\n'
# What XML 1.0 cannot hold at all, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS = re.compile("[\x00-\x1f]")
_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class Written(NamedTuple):
    body: bytes
    media_type: str


def write(answer: Answer, form: Format, *, unicode: bool = True, titles: Mapping[str, str] | None = None) -> Written:
    """The body of an answer.

    Of CSV and TSV: `unicode`: as UTF-16LE with a byte order mark, which spreadsheets recognise; `titles` in place of the
    columns' names.
    """
    match form:
        case Format.JSON:
            return Written(msgspec.json.encode(_whole(answer)), "application/json")
        case Format.XML:
            return Written((_XML + _document(answer)).encode(), "text/xml; charset=utf-8")
        case _:
            text = _separated(answer, "," if form is Format.CSV else "\t", titles or {})
            if unicode:
                return Written(b"\xff\xfe" + text.encode("utf-16-le", "replace"), "application/vnd.ms-excel")
            return Written(text.encode("utf-8", "replace"), "application/vnd.ms-excel")


def error(message: str, form: Format) -> Written:
    match form:
        case Format.JSON:
            return Written(msgspec.json.encode({"result": "error", "message": message}), "application/json")
        case Format.XML:
            text = f"{_XML}<result>\n\t<error message={quoteattr(_clean(message))} />\n</result>"
            return Written(text.encode(), "text/xml; charset=utf-8")
        case _:
            return Written(f"Error: {message}".encode(), "text/plain; charset=utf-8")


def _whole(answer: Answer) -> object:
    """JSON is never a bare value."""
    return _plain(answer) if isinstance(answer, dict | list | tuple) else {"value": answer}


def _plain(answer: Answer) -> object:
    if isinstance(answer, Keyed):
        return {key: _plain(part) for key, part in answer.parts.items()}
    return [_whole(part) for part in answer] if isinstance(answer, tuple) else answer


def _document(answer: Answer) -> str:
    if isinstance(answer, Keyed) and answer.name != "key":
        return f"<results>\n{''.join(_parts(answer, 1))}</results>"
    inner = _inner(answer, 1)
    return f"<result>{inner}</result>" if inner else "<result />"


def _parts(answer: Keyed, depth: int) -> Iterator[str]:
    indent = "\t" * depth
    for key, part in answer.parts.items():
        start = f"{indent}<result {answer.name}={quoteattr(_clean(key))}"
        nested = isinstance(part, Keyed) and part.name != "key"
        inner = f"\n{''.join(_parts(part, depth + 1))}{indent}" if isinstance(part, Keyed) and nested else None
        inner = _inner(part, depth + 1) if inner is None else inner
        yield f"{start}>{inner}</result>\n" if inner else f"{start} />\n"


def _inner(answer: Answer, depth: int) -> str:
    """What stands between the tags: text, or elements one a line."""
    if isinstance(answer, Keyed):
        lines = [_element("row", f" key={quoteattr(_clean(key))}", part, depth) for key, part in answer.parts.items()]
    elif isinstance(answer, list | tuple):
        lines = [_element("row", "", row, depth) for row in answer]
    elif isinstance(answer, dict):
        lines = [_named(name, cell, depth) for name, cell in answer.items()]
    else:
        return escape(_clean(_text(answer)))
    return "\n" + "".join(lines) + "\t" * (depth - 1) if lines else ""


def _named(name: str, cell: Cell, depth: int) -> str:
    if _TAG.fullmatch(name):
        return _element(name, "", cell, depth)
    return _element("row", f" key={quoteattr(_clean(name))}", cell, depth)


def _element(tag: str, attributes: str, content: Answer, depth: int) -> str:
    inner = _inner(content, depth + 1)
    indent = "\t" * depth
    return f"{indent}<{tag}{attributes}>{inner}</{tag}>\n" if inner else f"{indent}<{tag}{attributes} />\n"


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _separated(answer: Answer, separator: str, titles: Mapping[str, str]) -> str:
    if not isinstance(answer, dict | list | tuple):
        return f"value\n{csv_export.cell(_text(answer))}"
    lines = list(_lines(answer, {}))
    if not lines:
        return _NO_DATA
    columns = list(dict.fromkeys(name for line in lines for name in line))
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=separator, lineterminator="\n")
    writer.writerow([f"metadata_{name}" if name in METADATA else titles.get(name, name) for name in columns])
    for line in lines:
        writer.writerow([_field(line.get(name, "")) for name in columns])
    return output.getvalue().removesuffix("\n")


def _lines(answer: Answer, before: Mapping[str, Cell]) -> Iterator[Row]:
    """One line for each row, the keys it lies under in front; what is inside a row has no place in a table of lines."""
    if isinstance(answer, Keyed):
        for key, part in answer.parts.items():
            yield from _lines(part, {**before, answer.name: key})
    elif isinstance(answer, list | tuple):
        for row in answer:
            yield from _lines(row, before)
    elif isinstance(answer, dict):
        flat = {name: cell for name, cell in answer.items() if not isinstance(cell, dict | list)}
        yield {**before, **flat}
    else:
        yield {**before, "value": answer}


def _field(cell: Cell) -> object:
    text = _CONTROLS.sub(" ", _text(cell))
    # A negative number is no formula.
    return text if isinstance(cell, int | float) else csv_export.cell(text)
