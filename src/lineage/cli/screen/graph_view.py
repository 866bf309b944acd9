"""Show answers about lineage, with notes on what a picture cannot show."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from lineage.cli.options import SHORT
from lineage.cli.screen import console
from lineage.cli.screen.graph_tree import print_tree
from lineage.kernel import files
from lineage.kernel.values import document_text
from lineage.project import Project
from lineage.upkeep import liveness, pictured
from projections import Catalog, dependency_graph, graph_formats
from projections.dependency_graph import Asked, Found, Reply, ask_impact
from projections.dependency_graph.asking import ask
from projections.dependency_graph.picture.filters import Filter, filtered

SHOWN = 50
"""Files and runs that a table lists by default."""
ASSUMED = "assumed where nobody declared it: the same name and type is the same column"


def print_graph(
    project: Project,
    catalog: Catalog,
    asked: Asked,
    output: Path | None,
    graph_format: graph_formats.GraphFormat | None,
    *,
    limit: int | None,
    shown: Filter,
    is_past: bool,
) -> Reply | None:
    """Print or write the graph that answers a question, with notes on standard error.

    Args:
        project: The project.
        catalog: Its history.
        asked: The question.
        output: The file to write; printed when None.
        graph_format: Output format; None for a tree on a terminal, and Mermaid in a pipe.
        limit: Maximum number of nodes; None for the default of the format.
        shown: What nodes have to be; what is hidden leaves a counted bridge.
        is_past: Whether the catalog is as of an earlier moment.

    Returns:
        The answer; None if the question has none.
    """
    wanted = graph_format or "mermaid"
    most = limit or graph_formats.default_limit(wanted)
    graph = ask(catalog, asked, limit=most, root=project.root)
    if not shown.is_empty:
        pictured.complete(project, catalog, graph, is_past=is_past)
        graph = filtered(graph, shown.matches, graph_formats.labels.namer(graph))
    elif not is_past:
        dependency_graph.mark_missing(graph, project.storage)
        _mark_open_runs(graph, liveness.of_open_runs(project, catalog))
    if graph_format is None and output is None and sys.stdout.isatty():
        print_tree(graph)
        for warning in graph_formats.labels.warnings_of(graph):
            console.note(warning)
    else:
        _put(graph_formats.encode(graph, wanted), output)
    for remark in _remarks(graph, asked):
        console.note(remark)
    answer: Reply | None = graph.graph.get("answer")
    return answer


def print_impact(
    project: Project,
    catalog: Catalog,
    asked: Asked,
    output: Path | None,
    *,
    limit: int | None,
    as_json: bool,
) -> Reply:
    """Print what to recall and redo, and which files are still on disk; return the answer."""
    shown = limit or (None if as_json else SHOWN)
    found, document = ask_impact(
        catalog, asked, limit=shown, root=project.root, storage_of=project.storage
    )
    if as_json:
        _put(document_text(document).encode(), output)
    else:
        _print_impact(found, document)
    answer: Reply = document["answer"]
    return answer


def _mark_open_runs(graph: nx.DiGraph, seen: Mapping[str, liveness.Liveness]) -> None:
    """Say of each open run, and of its open operations, what is seen of the run now."""
    for _, data in graph.nodes(data=True):
        if data.get("status") == "running" and data["run_id"] in seen:
            data["liveness"] = str(seen[data["run_id"]])


def _remarks(graph: nx.DiGraph, asked: Asked) -> Iterator[str]:
    facts = graph.graph
    yield from _left_out(graph)
    if not graph:
        yield from _nothing(facts, asked)
    if facts.get("paths") == "several":
        yield "there are other paths; --between shows them all"
    if "shown_by" in facts:
        yield _shown(facts)
    if facts.get("is_assumed"):
        yield ASSUMED
    undeclared = facts.get("undeclared", [])
    for file in undeclared[:SHORT]:
        yield f"column lineage ends at {file}: the operation that wrote it declared none"
    if len(undeclared) > SHORT:
        yield f"column lineage ends at {len(undeclared) - SHORT:,} more files"


def _left_out(graph: nx.DiGraph) -> Iterator[str]:
    """Say what a limit or a filter leaves out, and that a filter fits nothing."""
    facts = graph.graph
    if facts["is_truncated"]:
        yield f"{graph_formats.labels.summary_of(graph)}; --limit shows more"
    if facts.get("matched") == 0:
        yield "nothing matches; leave out the filter to see all"
    if facts.get("hidden"):
        yield f"{console.counted(facts['hidden'], 'node')} hidden by the filter"


def _nothing(facts: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    if "matched" in facts:
        return
    if facts.get("answer") == "unknown":
        yield f"unknown whether a path leads from {asked.names[0]!r} to {asked.names[1]!r}"
    elif facts["question"] in {"path", "between"}:
        yield f"no recorded path leads from {asked.names[0]!r} to {asked.names[1]!r}"
    else:
        yield "no lineage yet; run a task with `lineage run TASK`"


def _shown(facts: Mapping[str, Any]) -> str:
    """Return in words what the end of a path reveals about its start."""
    parts = [
        f"{words[0]}{addition}" + (f" (some paths {', '.join(words[1:])})" if words[1:] else "")
        for words, addition in ((facts["direct"], ""), (facts["indirect"], " indirectly"))
        if words
    ]
    return f"{' and '.join(parts)}: {facts['starts'][0]} in {facts['shown_by']}"


def _print_impact(found: Found, document: Mapping[str, Any]) -> None:
    nouns = ("file", "operation", "run", "task")
    counts = ", ".join(console.counted(document[f"{noun}_count"], noun) for noun in nouns)
    console.print_line(f"{found.kind} {found.label} affects {counts}")
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
            drop=("sha256", "task"),
        )
    if document["runs"]:
        console.print_table(
            ("task", "run", "status", "started"),
            [
                (
                    run["task_id"],
                    run["run_id"][:SHORT],
                    run["status"],
                    console.shown_time(run["started_at"]),
                )
                for run in document["runs"]
            ],
            title="\nto redo",
        )
    hidden = document["file_count"] - len(document["files"])
    if document["is_truncated"]:
        hidden_runs = document["run_count"] - len(document["runs"])
        console.note(f"{hidden:,} files and {hidden_runs:,} runs are not shown; --limit shows more")
    if document["is_assumed"]:
        console.note(ASSUMED)
    for file in document["undeclared"]:
        console.note(
            f"{file} may be affected, too: the operation that wrote it declared no column lineage"
        )


def _put(content: bytes, output: Path | None) -> None:
    if output is None:
        console.print_text(content.decode())
    else:
        files.write_bytes(output.absolute(), content)
        console.note(f"wrote {output}")
