"""What Matomo's generic parameters make of rows: search, order, page, columns, subtables, written metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import NamedTuple

from gateway.errors import BadRequest
from gateway.reports.matomo.answers import (
    METADATA,
    Answer,
    Cell,
    Keyed,
    Ratio,
    Row,
    Seconds,
    Table,
    average,
    is_hidden,
    seconds,
    share,
)
from gateway.reports.matomo.question import ALL, Question


class Flat(NamedTuple):
    """How labels are joined where a table with subtables is asked for as one."""

    separator: str = " - "
    before: str = ""


def subtable_id(label: str, above: int = 0) -> int:
    """The number of the subtable of the row `label`: the same for every request, since nothing is remembered."""
    digest = blake2b(f"{above}\0{label}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest) or 1


def shape(table: Table, question: Question, order: str, flat: Flat) -> Table:
    """Rows as asked for: `order` is the column that they come in where the question names none, "" as they are."""
    numbered(table)
    if question.subtable:
        found = _find(table, question.subtable, 0)
        if found is None:
            raise BadRequest("There is no such subtable in this report.", "idSubtable")
        table = found
    if question.flat:
        table = list(_flatten(table, flat, ""))
    elif not question.expanded:
        table = [{name: cell for name, cell in row.items() if name != "subtable"} for row in table]
    table = _matching(table, question)
    table = _ordered(table, question, order)
    if not question.label:
        end = None if question.filter_limit == ALL else question.filter_offset + question.filter_limit
        table = table[question.filter_offset : end]
    return [_row(row, question) for row in table]


def numbered(table: Table, above: int = 0) -> Table:
    """The rows with the ids of their subtables, in place."""
    for row in table:
        inner = row.get("subtable")
        if isinstance(inner, list):
            row["idsubdatatable"] = subtable_id(str(row["label"]), above)
            numbered(inner, int(str(row["idsubdatatable"])))
    return table


def columns(row: Row, question: Question) -> Row:
    """An object with the columns asked for, its metrics written."""
    return _row(row, question)


def each(answer: Answer, change: Callable[[Answer], Answer]) -> Answer:
    """`change` of every part of an answer for several dates or sites."""
    if isinstance(answer, Keyed):
        return Keyed(answer.name, {key: each(part, change) for key, part in answer.parts.items()})
    return change(answer)


def _find(table: Table, wanted: int, above: int) -> Table | None:
    for row in table:
        inner = row.get("subtable")
        if isinstance(inner, list):
            number = subtable_id(str(row["label"]), above)
            found = inner if number == wanted else _find(inner, wanted, number)
            if found is not None:
                return found
    return None


def _flatten(table: Iterable[Row], how: Flat, above: str) -> Iterable[Row]:
    for row in table:
        label = str(row.get("label", ""))
        start = f"{above}{how.separator}" if above else how.before
        name = start + (label.removeprefix("/") if start.endswith("/") else label)
        inner = row.get("subtable")
        if isinstance(inner, list) and inner:
            yield from _flatten(inner, how, name)
        else:
            yield {
                **{key: cell for key, cell in row.items() if key not in ("subtable", "idsubdatatable")},
                "label": name,
            }


def _matching(table: Table, question: Question) -> Table:
    if question.label:
        return [row for row in table if str(row.get("label", "")) == question.label]
    if not question.filter_pattern:
        return table
    # Text, not an expression: an expression of strangers could run for ever.
    pattern = question.filter_pattern.casefold()
    return [row for row in table if pattern in str(row.get(question.filter_column, "")).casefold()]


def _ordered(table: Table, question: Question, order: str) -> Table:
    column = question.filter_sort_column or order
    if not column or not any(column in row for row in table):
        return table
    ascending = question.ascending if question.filter_sort_column else False
    # The same figure: by label from a to z.
    found = sorted(table, key=lambda row: _rank(row.get("label")))
    found.sort(key=lambda row: _rank(row.get(column)), reverse=not ascending)
    for row in found:
        inner = row.get("subtable")
        if isinstance(inner, list):
            row["subtable"] = _ordered(inner, question, order)
    return found


def _rank(cell: Cell) -> tuple[bool, float, str]:
    """Numbers among themselves, texts among themselves, what is missing below both."""
    if isinstance(cell, int | float) and not is_hidden(cell):
        return True, float(cell), ""
    cell = None if is_hidden(cell) else cell
    return cell is not None, float("-inf"), str(cell or "").casefold()


def _row(row: Row, question: Question) -> Row:
    if question.processed and "nb_visits" in row and "nb_actions" in row:
        row = {**row, **_processed(row)}
    kept: Row = {}
    for name, cell in row.items():
        if isinstance(cell, list):
            kept[name] = [_row(inner, question) for inner in cell]
        elif _shown(name, question, about="label" in row):
            kept[name] = _metric(cell, question.format_metrics)
    return kept


def _processed(row: Row) -> Row:
    visits = row["nb_visits"]
    return {
        "nb_actions_per_visit": average(row["nb_actions"], visits, 1),
        "avg_time_on_site": seconds(average(row.get("sum_visit_length"), visits)),
        "bounce_rate": share(row.get("bounce_count"), visits, 2),
        "conversion_rate": share(row.get("nb_visits_converted"), visits, 4),
    }


def _shown(name: str, question: Question, *, about: bool) -> bool:
    """`about`: the row is of a report, whose label and what it says about it are no columns to be chosen."""
    if name == "idsubdatatable" and question.hide_subtable_ids:
        return False
    if question.show:
        return name in question.show or (about and (name == "label" or name in METADATA))
    return name not in question.hide


def _metric(cell: Cell, how: str) -> Cell:
    """`how`: bc writes shares alone, as Matomo does by default; 1 writes durations too; 0 writes none."""
    if is_hidden(cell):
        return None
    if isinstance(cell, Ratio):
        return float(cell) if how == "0" else _percent(cell)
    if isinstance(cell, Seconds):
        return pretty(int(cell)) if how in ("1", "all") else int(cell)
    return cell


def _percent(share_of: float) -> str:
    return re.sub(r"\.?0+$", "", f"{share_of * 100:.2f}") + "%"


def pretty(seconds: int) -> str:
    """A duration in words: 45s, 1 min 2s, 3 hours 4 min, 2 days 5 hours."""
    if seconds < 60:
        return f"{seconds}s"
    for unit, size, lower, part in (
        ("days", 86_400, "hours", 3600),
        ("hours", 3600, "min", 60),
    ):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // part} {lower}"
    return f"{seconds // 60} min {seconds % 60}s"
