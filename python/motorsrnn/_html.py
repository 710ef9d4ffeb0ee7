"""Results as HTML, for notebooks, and the same as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a title."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    head = f"<thead><tr>{head}</tr></thead>" if columns else ""
    return f"<table><caption>{escape(title)}</caption>{head}<tbody>{body}</tbody></table>"


def text(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same as text."""
    lines = [list(map(str, row)) for row in ([columns] if columns else []) + [list(row) for row in rows]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([title, *shown])


class Page(str):
    """A whole page of HTML, which a notebook shows."""

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{escape(self)}" style="width:100%;height:600px;border:0"></iframe>'


def percent(share: float) -> str:
    """A share as a percentage with one digit.

    >>> percent(0.875)
    '87.5 %'
    """
    return f"{100 * share:.1f} %"
