"""A table in HTML, for pages and notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from lineage.kernel.plain import plain


def html_table(
    headings: Sequence[object],
    rows: Iterable[Iterable[object]],
    *,
    caption: str = "",
    more: str = "",
) -> str:
    """Return a table whose texts are escaped; without rows an empty text.

    The first cell of a row is its heading. Columns of numbers are aligned to the right.

    Args:
        headings: One per column: a text, or a value with `__html__`.
        rows: Values in the order of the headings. None is an empty cell; a value with `__html__`
            is markup already.
        caption: What the table shows.
        more: What it leaves out, in a line below the rows.
    """
    body = [tuple(row) for row in rows]
    if not body:
        return ""
    is_number = [all(map(_is_number, column)) for column in zip(*body, strict=True)]
    kinds = [' class="number"' if is_right else "" for is_right in is_number]
    names = "".join(
        _heading("col", cell_html(name), kind) for name, kind in zip(headings, kinds, strict=True)
    )
    lines = ["<table>", f"<caption>{cell_html(caption)}</caption>" if caption else ""]
    lines += [f"<thead><tr>{names}</tr></thead>", "<tbody>"]
    lines += [*_rows(headings, body, kinds), "</tbody>"]
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


def _rows(
    headings: Sequence[object], rows: Iterable[Sequence[object]], kinds: Sequence[str]
) -> Iterator[str]:
    labels = [escape(plain(str(name))) for name in headings]
    for first, *others in rows:
        cells = [_heading("row", cell_html(first), kinds[0])]
        cells += [
            f'<td data-label="{label}"{kind}>{cell_html(value)}</td>'
            for label, kind, value in zip(labels[1:], kinds[1:], others, strict=True)
        ]
        yield f"<tr>{''.join(cells)}</tr>"


def _heading(scope: str, text: str, kind: str) -> str:
    """Return the cell that names a row or column; one without text names none."""
    return f'<th scope="{scope}"{kind}>{text}</th>' if text else f"<td{kind}></td>"


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
