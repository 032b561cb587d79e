"""Small numbers are hidden, so that a table of figures tells of nobody in particular: pure functions.

A figure from 1 to LEAST - 1 is hidden. As the total of its column is told, one hidden figure could be worked out from the others:
more are hidden, the smallest first, until at least two are and what they come to is no small number itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

LEAST = 10


def is_small(figure: int, least: int = LEAST) -> bool:
    return 0 < figure < least


def hidden(column: Sequence[int], least: int = LEAST, also: Collection[int] = ()) -> frozenset[int]:
    """The indices in a column, whose total is known, that must not be told: `also` are some that must not in any case.

    Zeros are told: nobody is behind them. Where too few figures are left to hide behind, all that are not zero are hidden.
    """
    chosen = {index for index, figure in enumerate(column) if is_small(figure, least) or (index in also and figure)}
    if not chosen:
        return frozenset()
    others = sorted(
        (index for index, figure in enumerate(column) if figure and index not in chosen),
        key=lambda index: column[index],
    )
    for index in others:
        if len(chosen) > 1 and sum(column[one] for one in chosen) >= least:
            break
        chosen.add(index)
    return frozenset(chosen)


def protected(
    rows: Sequence[Mapping[str, int]], columns: Sequence[str], least: int = LEAST
) -> list[dict[str, int | None]]:
    """Rows with each column's small figures, and what would give them away, as None. Totals of rows must not be told."""
    told: list[dict[str, int | None]] = [{name: row[name] for name in columns} for row in rows]
    for name in columns:
        for index in hidden([row[name] for row in rows], least):
            told[index][name] = None
    return told
