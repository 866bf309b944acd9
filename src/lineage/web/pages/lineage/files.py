"""The picture and the tables of a page about lineage as files, for people without the tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO, Final

from lineage.kernel.errors import ConfigurationError
from lineage.web.asked import Asked
from lineage.web.page import Download
from lineage.web.pages.lineage.answer import Answer, answer
from lineage.web.pages.lineage.question import Question, question_of
from projections import graph_formats
from projections.catalog import arrow_rows
from projections.graph_formats import drawing_svg, html, rows

if TYPE_CHECKING:
    import pyarrow as pa

_Write = Callable[["pa.RecordBatchReader", BinaryIO], None]

_FILES: Final[Mapping[str, tuple[str, _Write]]] = {
    "csv": ("text/csv; charset=utf-8", arrow_rows.write_csv),
    "parquet": ("application/vnd.apache.parquet", arrow_rows.write_parquet),
}


def as_csv(asked: Asked) -> Download:
    """Return one of the tables below the picture as CSV."""
    return _file(asked, "csv")


def as_parquet(asked: Asked) -> Download:
    """Return one of the tables below the picture as Parquet."""
    return _file(asked, "parquet")


def as_svg(asked: Asked) -> Download:
    """Return the picture for people without the tool."""
    question = question_of(asked)
    found = _unlinked(asked, question)
    return Download(
        name="lineage.svg",
        media_type="image/svg+xml",
        content=drawing_svg.render(found.picture, title=_title(asked, question)).encode(),
    )


def as_html(asked: Asked) -> Download:
    """Return picture and tables as a page that needs no server, for people without the tool."""
    question = question_of(asked)
    found = _unlinked(asked, question)
    page = html.page_of(
        {"Lineage": found.picture},
        title=_title(asked, question),
        summary="",
        warning=" ".join(graph_formats.labels.warnings_of(found.graph)),
        colour=question.colour,
    )
    return Download(name="lineage.html", media_type="text/html", content=page.encode())


def _unlinked(asked: Asked, question: Question) -> Answer:
    if not question.around.starts:
        raise ConfigurationError("lineage", problem="nothing was read or written yet")
    return answer(asked, question, is_linked=False)


def _title(asked: Asked, question: Question) -> str:
    """Return what a file shows; it has to say as of when."""
    return f"{question.subject}, as of event {asked.catalog.position:,}"


def _file(asked: Asked, ending: str) -> Download:
    wanted = asked.text("rows") or rows.WHATS[0]
    what = next((one for one in rows.WHATS if one == wanted), None)
    if what is None:
        expected = f"one of {', '.join(rows.WHATS)}"
        raise ConfigurationError("parameter 'rows'", found=wanted, expected=expected)
    question = question_of(asked)
    found = rows.rows_of(answer(asked, question).picture, what) if question.around.starts else []
    kind, write = _FILES[ending]
    return Download(
        name=f"lineage-{what}.{ending}",
        media_type=kind,
        content=rows.file_of(found, what, write),
    )
