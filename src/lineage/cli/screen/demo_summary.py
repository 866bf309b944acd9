"""What `lineage demo` prints for a first-time user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage.cli.screen.console import print_styled, print_table
from lineage.cli.screen.effect_view import print_effect
from lineage.cli.screen.run_view import LESS_IMPORTANT, digest, size
from lineage.demo.proof import Proof
from lineage.demo.template import RAW_FILE
from lineage.project import Project
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.processes.pipeline_summary import build_pipeline_summary


def print_introduction(project: Project) -> None:
    """Print what the demo does, and which of its data is real."""
    print_styled(
        ("privacy-lineage demo", "bold"),
        f" in {project.root}\n",
        "Input: UCI Adult, 48,842 real people of the 1994 US census (CC BY 4.0). It has no "
        "direct identifiers, so ingestion generates names, e-mails and SSN-like numbers from "
        f"seed {project.settings.seed}; the history records that.\n",
    )


def print_summary(project: Project, task_ids: Sequence[str], proof: Proof | None = None) -> None:
    """Print the latest run of each task, its files, the risk before and after, and the release."""
    with project.catalog() as catalog:
        summary = build_pipeline_summary(catalog, task_ids)
        effects = [build_privacy_effect(catalog, run["run_id"]) for run in summary["runs"]]
    _print_runs(summary)
    _print_files(summary)
    for effect in effects:
        print_effect(effect, title="\nRisk and utility")
    _print_warnings(summary)
    released = [
        file["uri"]
        for file in summary["files"]
        if (file["task_id"], file["what"], file["format"]) == ("t_1A", "wrote", "parquet")
    ]
    if proof is not None:
        _print_proof(project, proof)
    _print_next(project, summary, released[-1] if released else RAW_FILE)


def _print_runs(summary: Mapping[str, Any]) -> None:
    print_table(
        ("task", "type", "run", "status", "seconds", "events"),
        [
            (r["task_id"], r["task_type"], r["run_id"], r["status"], r["duration_s"], r["events"])
            for r in summary["runs"]
        ],
        title="Runs",
        drop=("type", "events", "seconds"),
    )


def _print_files(summary: Mapping[str, Any]) -> None:
    print_table(
        ("task", "", "file", "rows", "size", "sha256"),
        [
            (f["task_id"], f["what"], f["uri"], f["row_count"], size(f["size_bytes"]), digest(f))
            for f in summary["files"]
        ],
        title="\nFiles",
        drop=LESS_IMPORTANT,
    )


def _print_warnings(summary: Mapping[str, Any]) -> None:
    warnings = [(run["task_id"], w["message"]) for run in summary["runs"] for w in run["warnings"]]
    if warnings:
        print_table(("task", "warning"), warnings, title="\nWarnings")


def _print_proof(project: Project, proof: Proof) -> None:
    """Print what was released, what protects it, what remains, and how to check it without us."""
    released, protected, remains, _ = proof.audit["summary"]
    page = project.display(proof.page)
    print_styled(
        ("\nReleased  ", "bold"),
        f"{released}\n",
        ("Protected ", "bold"),
        f"{protected}\n",
        ("Remains   ", "bold"),
        f"{remains}\n",
        ("Check it  ", "bold"),
        f"the record is signed up to event {proof.sealed:,}: `lineage verify`, or without us as "
        f"docs/how-to/verify-without-us.md says; the audit is {page}\n",
    )


def _print_next(project: Project, summary: Mapping[str, Any], file: str) -> None:
    counted = f"{summary['run_count']} runs and {summary['position']} events in the ledger"
    print_styled(
        f"\n{counted}. Reports: ",
        f"{project.display(project.data_folder / 'reports')}\n",
        ("Try next", "bold"),
        f" (in {project.root})\n",
        "  lineage runs\n",
        "  lineage report t_1A\n",
        "  lineage privacy flow\n",
        "  lineage audit --verify DATA/audits/all_*.html\n",
        f"  lineage graph --upstream {file}\n",
        "  lineage query \"select metric, number from metric_values where task_id = 't_1A'\"\n",
        "  rm -rf .lineage/catalog.duckdb configs/execution_log.json DATA/reports "
        "&& lineage rebuild --files\n",
    )
