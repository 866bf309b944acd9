"""Files, metrics and configuration of a run, each on a page of its own."""

from __future__ import annotations

from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.one_run.subjects import about_run
from projections.documents.findings.column_origins import build_column_origins
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.findings.run_configuration import build_run_configuration
from projections.documents.report import build_report
from projections.documents.run_details import build_run_details
from projections.documents.run_lookup import find_run
from projections.pages import run_story, run_workings
from projections.pages.run_page import origin_graph
from projections.pages.section import MOST, MOST_TABLES, Facts


def files(asked: Asked) -> Page:
    """Show what a run read, wrote and copied, and where the columns came from."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    run = build_run_details(asked.catalog, run_id, parts={"inputs", "artifacts", "imports"})
    origins = build_column_origins(asked.catalog, run_id, files=MOST_TABLES, columns=MOST)
    facts = Facts(run=run, origins=origins, graph=origin_graph(asked.catalog, run))
    return about_run(
        run,
        "run-files",
        document={**run, "columns": origins},
        sections=[run_story.files(facts), run_workings.columns(facts)],
    )


def metrics(asked: Asked) -> Page:
    """Show everything that a run measured."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    run = build_run_details(asked.catalog, run_id, parts={"metrics"})
    facts = Facts(
        run=run,
        report=build_report(asked.catalog, run_id),
        effects=build_privacy_effect(asked.catalog, run_id),
    )
    return about_run(
        run,
        "run-metrics",
        document={
            "run_id": run_id,
            "privacy_effect": [*facts.effects],
            "metrics": facts.report["metrics"],
        },
        sections=[run_story.effect(facts), run_workings.metrics(facts)],
    )


def configuration(asked: Asked) -> Page:
    """Show the values, the code and the surroundings that a run worked with."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    run = build_run_details(asked.catalog, run_id, parts={"inputs", "artifacts"})
    facts = Facts(
        run=run,
        configuration=build_run_configuration(asked.catalog, run_id),
        report=build_report(asked.catalog, run_id),
    )
    return about_run(
        run,
        "run-configuration",
        document={
            **run,
            "configuration": facts.configuration,
            "environment": facts.report["system_info"],
        },
        sections=[
            run_workings.configuration(facts),
            run_workings.environment(facts),
            run_workings.verification(facts),
        ],
    )
