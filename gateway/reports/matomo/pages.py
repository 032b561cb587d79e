"""Pages, titles, downloads and outlinks: as Matomo shows them, in folders by default and flat where asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

from gateway.errors import BadRequest
from gateway.reports.matomo import columns
from gateway.reports.matomo.answers import Row, Table
from gateway.reports.matomo.figures import Figure, Figures
from gateway.reports.matomo.question import Question

MOST_FOLDERS = 10  # deep, as in Matomo: what lies deeper is one label
_NO_TITLE = "Page Name not defined"


class _Part(NamedTuple):
    """Pages by what they were to their visits: any, the first, the last."""

    column: str = ""
    segment: str = ""
    dimension: str = ""  # of the visits that began or ended with them


ANY, ENTRY, EXIT = _Part(), _Part("entry_nb_visits", "entry"), _Part("exit_nb_visits", "exit")


def urls(figures: Figures, part: _Part = ANY) -> list[Table]:
    """Pages by folders, each with its URL."""
    base = figures.origin
    segment = f"{part.segment}PageUrl" if part.segment else "pageUrl"

    def about(path: str) -> Row:
        url = base + path
        return {"url": url, "segment": f"{segment}=={_twice(url)}"}

    found = _rows(figures, "page", part, about)
    return [_folders(table, f"{segment}=^", base) for table in found]


def titles(figures: Figures, part: _Part = ANY) -> list[Table]:
    segment = f"{part.segment}PageTitle" if part.segment else "pageTitle"
    found = _rows(figures, "title", part, lambda title: {"segment": f"{segment}=={quote_plus(title)}"})
    return [[{**row, "label": row["label"] or _NO_TITLE} for row in table] for table in found]


def links(figures: Figures, dimension: str) -> list[Table]:
    """Downloads or outlinks by the host that they lead to."""
    long, segment = figures.dates.long, f"{dimension}Url"
    return [
        _hosts([_link(str(one[dimension]), one, long, segment) for one in rows]) for rows in figures.rows(dimension)
    ]


def one(question: Question, dimension: str) -> Callable[[Figures], list[Table]]:
    """The one page, title, download or outlink that the question names."""
    named, wanted = ("pageName", question.name) if dimension == "title" else ("pageUrl", question.url)
    if not wanted:
        raise BadRequest(f"Please name it as {named}.", named)

    def find(figures: Figures) -> list[Table]:
        if dimension == "title":
            return [[row for row in table if row["label"] == wanted.strip()] for table in titles(figures)]
        if dimension == "page":
            path = f"/{wanted.partition('://')[2].partition('/')[2]}" if "://" in wanted else wanted
            url = figures.origin + path
            return [[row for row in _leaves(table) if row["url"] == url] for table in urls(figures)]
        return [[row for row in _leaves(table) if row["url"] == wanted] for table in links(figures, dimension)]

    return find


def _leaves(table: Table) -> Table:
    found: Table = []
    for row in table:
        inner = row.get("subtable")
        found += _leaves(inner) if isinstance(inner, list) else [row]
    return found


def _twice(url: str) -> str:
    return quote_plus(quote_plus(url))


def _rows(figures: Figures, dimension: str, part: _Part, about: Callable[[str], Row]) -> list[Table]:
    long = figures.dates.long
    found: list[Table] = []
    visits = [{}] * len(figures.dates.spans) if part is ANY else _by_value(figures, f"{part.segment}_{dimension}")
    for rows, of_visits in zip(figures.rows(dimension), visits, strict=True):
        table: Table = []
        for figure in rows:
            value = str(figure[dimension])
            row: Row = {"label": value, **columns.page(figure, long)}
            if part.column and not row[part.column]:
                continue
            if value in of_visits:
                row |= _of_visits(of_visits[value], part)
            table.append({**row, **about(value)})
        found.append(table)
    return found


def _by_value(figures: Figures, dimension: str) -> list[dict[str, Figure]]:
    return [{str(row[dimension]): row for row in rows} for rows in figures.rows(dimension)]


def _of_visits(figure: Figure, part: _Part) -> Row:
    visits = columns.visits(figure, False)
    if part is EXIT:
        return {"exit_nb_uniq_visitors": visits["nb_uniq_visitors"]}
    return {
        "entry_nb_uniq_visitors": visits["nb_uniq_visitors"],
        "entry_nb_actions": visits["nb_actions"],
        "entry_sum_visit_length": visits["sum_visit_length"],
    }


def _folders(table: Table, segment: str, base: str) -> Table:
    """Rows whose labels are paths as a tree of folders; a folder's columns are the sums of what lies in it."""
    top: Table = []
    folders: dict[str, tuple[Row, Table]] = {}
    for row in table:
        before, asked, query = str(row["label"]).partition("?")
        *names, last = [*(name for name in before.split("/")[:-1] if name), before.rpartition("/")[2] or "index"]
        names, last = names[: MOST_FOLDERS - 1], "/".join([*names[MOST_FOLDERS - 1 :], last])
        sums: Row = {name: cell for name, cell in row.items() if name in _SUMMED}
        place, above = top, ""
        for name in names:
            above = f"{above}/{name}"
            folder, inner = folders.get(above, ({}, []))
            if folder:
                folder.update(columns.added(folder, sums))
            else:
                folder = {"label": name, **sums, "segment": f"{segment}{_twice(base + above)}", "subtable": inner}
                folders[above] = (folder, inner)
                place.append(folder)
            place = inner
        place.append({**row, "label": f"/{last}{asked}{query}"})
    for folder, _ in folders.values():
        folder |= columns.page_rates(folder)
    return top


# A visitor of two pages in a folder is one visitor, so that visitors are no sum.
_SUMMED = frozenset(
    "nb_visits nb_hits sum_time_spent entry_nb_visits entry_nb_actions entry_sum_visit_length entry_bounce_count "
    "exit_nb_visits".split()
)


def _link(url: str, figure: Figure, long: bool, segment: str) -> Row:
    return {"label": url, **columns.link(figure, long), "url": url, "segment": f"{segment}=={_twice(url)}"}


def _hosts(table: Table) -> Table:
    found: dict[str, Row] = {}
    for row in table:
        try:
            parts = urlsplit(str(row["url"]))
        except ValueError:
            parts = urlsplit("")
        host = parts.netloc or f"{parts.scheme or 'unknown'}:"
        sums: Row = {name: row[name] for name in ("nb_visits", "nb_hits", "sum_time_spent")}
        folder = found.get(host)
        found[host] = {"label": host, **sums, "subtable": []} if folder is None else columns.added(folder, sums)
        inner = found[host]["subtable"]
        assert isinstance(inner, list)
        inner.append({**row, "label": parts._replace(scheme="", netloc="").geturl() or "/"})
    return list(found.values())
