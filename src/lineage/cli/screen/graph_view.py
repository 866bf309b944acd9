"""Show the answers to questions about lineage, and say in words what a picture cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from lineage.cli.options import SHORT
from lineage.cli.screen import console
from lineage.kernel import files
from lineage.kernel.values import document_text
from lineage.project import Project
from projections import Catalog, dependency_graph, graph_formats
from projections.dependency_graph import Asked, Found, ask, ask_impact

SHOWN = 50
"""Files and runs that a table lists unless asked for more."""


def print_graph(
    project: Project,
    catalog: Catalog,
    asked: Asked,
    output: Path | None,
    graph_format: graph_formats.GraphFormat,
    *,
    limit: int | None,
    is_past: bool,
) -> None:
    """Print or write the graph that answers a question, and remark on it to standard error.

    Args:
        project: The project.
        catalog: Its history.
        asked: The question.
        output: The file to write; printed when None.
        graph_format: How it is written.
        limit: The greatest number of nodes; None for what suits the format.
        is_past: Whether the answer is as of some time before.
    """
    shown = limit or graph_formats.default_limit(graph_format)
    graph = ask(catalog, asked, limit=shown, root=project.root)
    if not is_past:
        dependency_graph.mark_missing(graph, project.storage)
    _put(graph_formats.encode(graph, graph_format), output)
    for remark in _remarks(graph, asked):
        console.note(remark)


def print_impact(
    project: Project,
    catalog: Catalog,
    asked: Asked,
    output: Path | None,
    *,
    limit: int | None,
    as_json: bool,
) -> None:
    """Print what would have to be recalled and redone, and what of it is still on the disk."""
    shown = limit or (None if as_json else SHOWN)
    found, document = ask_impact(
        catalog, asked, limit=shown, root=project.root, storage_of=project.storage
    )
    if as_json:
        _put(document_text(document).encode(), output)
        return
    _print_impact(found, document)


def _remarks(graph: nx.DiGraph, asked: Asked) -> Iterator[str]:
    told = graph.graph
    if told["is_truncated"]:
        yield f"{graph_formats.labels.summary_of(graph)}; --limit shows more"
    if not graph:
        yield from _nothing(told, asked)
    if told.get("paths") == "several":
        yield "there are other ways too; --between shows them all"
    if "shown_by" in told:
        yield _shown(told)
    for file in told.get("undeclared", [])[:SHORT]:
        yield f"the trail is lost at {file}: nobody said where its columns came from"
    if len(told.get("undeclared", [])) > SHORT:
        yield f"the trail is lost at {len(told['undeclared']) - SHORT:,} more files"


def _nothing(told: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    if told["question"] in {"path", "between"}:
        yield f"no way leads from {asked.names[0]!r} to {asked.names[1]!r}"
    else:
        yield "no lineage; `lineage run TASK` makes the first"


def _shown(told: Mapping[str, Any]) -> str:
    """Return in words what the end of a way shows of its beginning."""
    parts = [
        f"{words[0]}{addition}" + (f" (some ways {', '.join(words[1:])})" if words[1:] else "")
        for words, addition in ((told["direct"], ""), (told["indirect"], " indirectly"))
        if words
    ]
    return f"{' and '.join(parts)}: {told['starts'][0]} in {told['shown_by']}"


def _print_impact(found: Found, document: Mapping[str, Any]) -> None:
    counts = ", ".join(
        f"{document[f'{noun}_count']:,} {noun}{'' if document[f'{noun}_count'] == 1 else 's'}"
        for noun in ("file", "operation", "run", "task")
    )
    console.print_text(f"{found.kind} {console.plain(found.label)} has gone into {counts}")
    if document["files"]:
        console.print_table(
            ("file", "sha256", "task", "run", "on disk"),
            [
                (
                    file["uri"],
                    (file["sha256"] or "unknown")[:SHORT],
                    file["task_id"],
                    (file["run_id"] or "")[:SHORT],
                    file["on_disk"],
                )
                for file in document["files"]
            ],
            title="\nto recall",
        )
    if document["runs"]:
        console.print_table(
            ("task", "run", "status", "started"),
            [
                (run["task_id"], run["run_id"][:SHORT], run["status"], run["started_at"])
                for run in document["runs"]
            ],
            title="\nto redo",
        )
    hidden = document["file_count"] - len(document["files"])
    if document["is_truncated"]:
        hidden_runs = document["run_count"] - len(document["runs"])
        console.note(f"{hidden:,} files and {hidden_runs:,} runs are not shown; --limit shows more")
    for file in document["undeclared"]:
        console.note(f"{file} may hold more: nobody said where its columns came from")


def _put(content: bytes, output: Path | None) -> None:
    if output is None:
        console.print_text(content.decode())
    else:
        files.write_bytes(output.absolute(), content)
        console.note(f"wrote {output}")
