"""A table in HTML, for pages and notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from lineage.kernel.plain import plain


def html_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "", more: str = ""
) -> str:
    """Return a table whose texts are escaped; without rows an empty text.

    Args:
        headings: One per column.
        rows: Values in the order of the headings. None is an empty cell; a value with `__html__`
            is markup already.
        caption: What the table shows.
        more: What it leaves out, in a line below the rows.
    """
    body = list(_rows(headings, rows))
    if not body:
        return ""
    names = "".join(f'<th scope="col">{cell_html(name)}</th>' for name in headings)
    lines = ["<table>", f"<caption>{cell_html(caption)}</caption>" if caption else ""]
    lines += [f"<thead><tr>{names}</tr></thead>", "<tbody>", *body, "</tbody>"]
    if more:
        lines.append(
            f'<tfoot><tr><td colspan="{len(headings)}">{cell_html(more)}</td></tr></tfoot>'
        )
    return "\n".join(filter(None, [*lines, "</table>"]))


def cell_text(value: object) -> str:
    """Return a value for a reader, in one line; times in UTC."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004  # four digits
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return plain(str(value))


def cell_html(value: object) -> str:
    """Return a value as markup: as `cell_text`, escaped."""
    markup = getattr(value, "__html__", None)
    return str(markup()) if markup is not None else escape(cell_text(value))


def _rows(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    labels = [escape(plain(name)) for name in headings]
    for row in rows:
        cells = "".join(
            f'<td data-label="{label}"{_class(value)}>{cell_html(value)}</td>'
            for label, value in zip(labels, row, strict=True)
        )
        yield f"<tr>{cells}</tr>"


def _class(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return ' class="number"' if is_number else ""
