"""Where something came from and where it went, as a picture, as tables and as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from markupsafe import Markup

from lineage.kernel.errors import ConfigurationError
from lineage.web.asked import Asked
from lineage.web.page import Download, Page
from lineage.web.pages.lineage import choices
from lineage.web.pages.lineage.answer import Answer, answer
from lineage.web.pages.lineage.question import Question, changed, moment_of, question_of
from projections import graph_formats
from projections.catalog import arrow_rows
from projections.graph_formats import component, drawing_svg, html, rows, tables

if TYPE_CHECKING:
    import pyarrow as pa

_Write = Callable[["pa.RecordBatchReader", BinaryIO], None]

_FILES: Final[Mapping[str, tuple[str, _Write]]] = {
    "csv": ("text/csv; charset=utf-8", arrow_rows.write_csv),
    "parquet": ("application/vnd.apache.parquet", arrow_rows.write_parquet),
}


def graph(asked: Asked) -> Page:
    """Show what lies around a file, a column, a run or a task; else around the newest releases."""
    question = question_of(asked)
    if not question.around.starts:
        return _page("", question, {"nodes": [], "edges": []}, {"component": None})
    found = answer(asked, question)
    missing = choices.nothing_found(asked, question, found.graph)
    document = {
        **graph_formats.to_json(found.graph),
        "commands": question.commands(moment_of(asked)),
    }
    values = {
        "component": _component(asked, question, found),
        "warnings": graph_formats.labels.warnings_of(found.graph),
        "choices": [*choices.choices(asked, question)],
        "filter": choices.filter_form(asked, question, found.whole),
        "nothing": missing,
        "commands": document["commands"],
        "ask": {name: asked.text(name) or "" for name in ("name", "from", "to")},
    }
    return _page(".", question, document, values)


def _page(
    end: str, question: Question, document: Mapping[str, Any], values: Mapping[str, Any]
) -> Page:
    return Page(
        title="Lineage",
        lead=f"{question.subject}{end}",
        document=document,
        template="graph.html",
        values={"warnings": (), "nothing": None, "choices": (), **values},
    )


def _component(asked: Asked, question: Question, found: Answer) -> Markup | None:
    if not found.graph:
        return None
    exports = tables.Exports(
        addresses={
            (what, ending): changed(asked, f"graph.{ending}", rows=what)
            for what in rows.WHATS
            for ending in _FILES
        },
        pictures={
            "the picture as SVG": changed(asked, "graph.svg"),
            "all of it as one HTML file": changed(asked, "graph.html"),
        },
    )
    return Markup(  # noqa: S704  # its texts are escaped
        component.component(
            {"Lineage": found.picture},
            title=question.subject,
            colour=question.colour,
            is_served=True,
            exports=exports,
        )
    )


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
