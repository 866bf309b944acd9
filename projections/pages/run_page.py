"""The report of a run as one page, to read, print and mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from projections.catalog import Catalog
from projections.documents.findings.column_origins import build_column_origins
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.findings.run_configuration import build_run_configuration
from projections.documents.report import build_report
from projections.documents.run_details import build_run_details
from projections.pages.environment import render_html, render_markdown
from projections.pages.run_story import story
from projections.pages.run_workings import workings
from projections.pages.section import MOST, MOST_TABLES, Facts

if TYPE_CHECKING:
    import networkx as nx

PageFormat = Literal["html", "markdown"]

STARTS: Final = 10
"""Files whose making is drawn."""

NODES: Final = 40
"""Nodes of that picture."""


def report_page(catalog: Catalog, run_id: str, page_format: PageFormat) -> str:
    """Return the report of a run for a person, always the same for the same history.

    Args:
        catalog: The catalog to query.
        run_id: Id of the run.
        page_format: "html": a page without script, network or other files; "markdown": text
            that can be read as it is.

    Raises:
        RunNotFoundError: No such run.
    """
    facts = facts_of(catalog, run_id)
    render = render_html if page_format == "html" else render_markdown
    template = "report.html" if page_format == "html" else "report.md"
    return render(template, run=facts.run, sections=[*story(facts), *workings(facts)])


def facts_of(catalog: Catalog, run_id: str) -> Facts:
    """Return what a page about a run shows.

    Args:
        catalog: The catalog to query.
        run_id: Id of the run.

    Raises:
        RunNotFoundError: No such run.
    """
    run = build_run_details(catalog, run_id)
    return Facts(
        run=run,
        configuration=build_run_configuration(catalog, run_id),
        report=build_report(catalog, run_id),
        effects=build_privacy_effect(catalog, run_id),
        origins=build_column_origins(catalog, run_id, files=MOST_TABLES, columns=MOST),
        graph=origin_graph(catalog, run),
    )


def origin_graph(catalog: Catalog, run: Mapping[str, Any]) -> nx.DiGraph | None:
    """Return what the first files of a run were made from; None if it wrote none."""
    versions = [f"{file['uri']}@{file['sha256'] or 'unknown'}" for file in run["artifacts"]]
    starts = tuple(dict.fromkeys(versions))[:STARTS]
    if not starts:
        return None
    from projections.dependency_graph.questions import (  # noqa: PLC0415  # start-up time
        Selection,
        dependency_graph,
    )

    return dependency_graph(catalog, Selection(starts=starts, limit=NODES))
