"""The audit of a scope as one document, always the same for the same history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from lineage.kernel.values import JsonValue
from projections.audit.checklist import build_checklist
from projections.audit.facts import Facts, Scope, ask, written_in
from projections.catalog import Catalog
from projections.dependency_graph import Selection, dependency_graph, ids
from projections.dependency_graph.privacy_flow import build_privacy_flow
from projections.privacy.budget import build_privacy_budget
from projections.privacy.release_list import build_release_list

FORMAT: Final = "privacy-lineage/audit/1"

MOST_FLOWS: Final = 20
"""Files whose columns are followed: what was released, else the newest tables."""

MOST_DRAWN: Final = 3
"""Files whose making is drawn."""

MOST_NODES: Final = 40
"""Nodes of that picture."""

TECHNIQUES: Final[Mapping[str, str]] = {
    "aggregation": "aggregation",
    "generalization": "generalization",
    "identity": "none",
    "masking": "masking",
    "noise": "randomization (noise addition)",
    "pseudonymization": "pseudonymization",
    "suppression": "suppression",
    "synthesis": "synthetic data",
    "transformation": "none",
}
"""Effect to its class of ISO/IEC 20889:2018."""

Document = dict[str, Any]


def build_audit(catalog: Catalog, scope: Scope, *, root_sha256: str) -> Document:
    """Return everything that an auditor asks of a scope.

    Args:
        catalog: The history.
        scope: What it is about.
        root_sha256: Tree head (RFC 9162) over the events up to the catalog's position.

    Returns:
        An object with format, position, tree_head (tree_size, root_sha256), scope, summary
        (sentences), accountability, datasets, and the parts that `facts.ask` names; flows (the
        documents of `build_privacy_flow` of the released files, or of the newest tables),
        releases, graph (nodes and edges of what the first of these files were made from), budget,
        and checklist. Nothing in it is the value of a cell.

    Raises:
        ProjectionError: A declared role is none that this version knows.
    """
    facts = ask(catalog, scope)
    dictionary: Mapping[str, JsonValue] = facts.one("dictionary").get("datasets") or {}
    releases = _in_scope(catalog, build_release_list(catalog), scope)
    flows = _flows(catalog, facts, releases, dictionary)
    return {
        "format": FORMAT,
        "position": catalog.position,
        "tree_head": {"tree_size": catalog.position, "root_sha256": root_sha256},
        "scope": {**scope._asdict(), "sentence": scope.sentence},
        "summary": _summary(facts, releases, flows),
        "accountability": facts.one("dictionary").get("accountability") or {},
        "datasets": dictionary,
        "runs": {
            "total": len(facts["runs"]),
            "by_status": _by_status(facts),
            "list": facts["runs"],
        },
        "operations": [_operation(row) for row in facts["operations"]],
        **{
            topic: facts[topic]
            for topic in (
                "actors",
                "claims",
                "classifications",
                "environments",
                "erasures",
                "gaps",
                "inputs",
                "keys",
                "outputs",
                "purposes",
                "risk",
                "utility",
                "waivers",
            )
        },
        "policies": facts.one("policies").get("policies") or {},
        "releases": releases,
        "flows": flows,
        "graph": _graph(catalog, flows),
        "budget": build_privacy_budget(catalog),
        "seals": {**facts.one("seal_counts"), "last": facts.one("seals") or None},
        "checklist": build_checklist(facts),
    }


def _in_scope(catalog: Catalog, releases: Sequence[Document], scope: Scope) -> list[Document]:
    """Return the releases of the scope: those of its runs, and of people if it made the file."""
    found = [one for one in releases if scope.since is None or one["decided_at"] >= scope.since]
    if scope.run is None and scope.task is None:
        return found
    wanted = {"run_id": scope.run} if scope.run is not None else {"task_id": scope.task}
    by_people = any(one["run_id"] is None for one in found)
    made = _made_by(catalog, scope) if by_people else frozenset()
    return [
        one
        for one in found
        if (
            ids.dataset_id(one["source_uri"], one["sha256"]) in made
            if one["run_id"] is None
            else wanted.items() <= one.items()
        )
    ]


def _made_by(catalog: Catalog, scope: Scope) -> frozenset[str]:
    """Return the versions of files that the scope wrote, and those that were made from them."""
    written = written_in(catalog, scope)
    if not written:
        return frozenset()
    starts = tuple(ids.dataset_id(uri, sha256) for uri, sha256 in written)
    graph = dependency_graph(catalog, Selection(starts=starts, direction="downstream"))
    return frozenset(starts) | frozenset(graph.nodes)


def _flows(
    catalog: Catalog,
    facts: Facts,
    releases: Sequence[Document],
    dictionary: Mapping[str, JsonValue],
) -> list[Document]:
    released = [(one["source_uri"], one["sha256"]) for one in releases]
    tables = [(one["uri"], one["sha256"]) for one in facts["outputs"]]
    wanted = list(dict.fromkeys(released or tables))[:MOST_FLOWS]
    return [build_privacy_flow(catalog, uri, sha256, dictionary) for uri, sha256 in wanted]


def _graph(catalog: Catalog, flows: Sequence[Document]) -> Document:
    """Return what the first files were made from, as lists of nodes and edges."""
    versions = [ids.dataset_id(one["file"]["uri"], one["file"]["sha256"]) for one in flows]
    starts = tuple(versions[:MOST_DRAWN])
    if not starts:
        return {"nodes": [], "edges": []}
    graph = dependency_graph(catalog, Selection(starts=starts, limit=MOST_NODES))
    return {
        "nodes": [{"id": name, **data} for name, data in graph.nodes(data=True)],
        "edges": [{"source": a, "target": b, **data} for a, b, data in graph.edges(data=True)],
    }


def _by_status(facts: Facts) -> dict[str, int]:
    statuses = [run["status"] for run in facts["runs"]]
    return {status: statuses.count(status) for status in sorted(set(statuses))}


def _operation(row: Mapping[str, Any]) -> Document:
    effects = row["effects"] or []
    techniques = sorted({TECHNIQUES[one["effect"]] for one in effects} - {"none"})
    return {**row, "effects": effects, "techniques": techniques}


def _summary(facts: Facts, releases: Sequence[Document], flows: Sequence[Document]) -> list[str]:
    """Return what was released, what protects it, what remains, and how to check it."""
    published = [one for one in releases if one["state"] == "published"]
    refused = sum(one["state"] == "refused" for one in releases)
    shown = [flow for flow in flows if _is_one_of(published, flow)] or flows
    of_files = sorted((row for flow in shown for row in flow["risk"]), key=itemgetter("position"))
    return [
        _released(published, refused),
        *(flow["sentence"] for flow in shown[-1:]),
        _remaining(facts, [row["measures"] for row in of_files or facts["risk"]]),
        _checked(facts),
    ]


def _is_one_of(published: Sequence[Document], flow: Document) -> bool:
    """Tell whether the file of a flow is one that was released."""
    file = flow["file"]
    return any((one["source_uri"], one["sha256"]) == (*file.values(),) for one in published)


def _released(published: Sequence[Document], refused: int) -> str:
    said = f", and {refused:,} refused" if refused else ""
    if not published:
        return f"Nothing was released{said}."
    last = published[-1]
    files = "1 file was" if len(published) == 1 else f"{len(published):,} files were"
    return (
        f"{files} released{said}; the last is {last['release_uri']}, for {last['purpose']}, to "
        f"{last['recipient']}, on the decision of {last['approver']}."
    )


def _remaining(facts: Facts, measured: Sequence[Mapping[str, Any]]) -> str:
    """Say what was measured of the released files; of all files if none was released.

    Args:
        facts: What is on record.
        measured: The measures, in the order of their positions.
    """
    keyed = facts.vaults or facts["keys"]
    said = " Keys or vaults exist, so nothing made with them is anonymous." if keyed else ""
    ks = [measures["k"] for measures in measured if measures.get("k") is not None]
    if not ks:
        return f"No remaining risk was measured.{said}"
    groups = (
        f"Where it was measured, everybody is one of at least {min(ks):,} who look the same."
        if min(ks) > 1
        else "Where it was measured, somebody stands alone (k = 1)."
    )
    return groups + _told_by_a_group(measured) + said


def _told_by_a_group(measured: Sequence[Mapping[str, Any]]) -> str:
    """Return which sensitive columns a group of the last measurement gives away."""
    diversities = [measures["l"] for measures in measured if measures.get("l")]
    alike = (
        sorted(name for name, found in diversities[-1].items() if found == 1) if diversities else []
    )
    if not alike:
        return ""
    return (
        f" In some group everybody has the same {' or '.join(alike)}, which is then known of each "
        "of them (l = 1)."
    )


def _checked(facts: Facts) -> str:
    last = facts.one("seals")
    if not last:
        return "The record is not sealed; `lineage seal` signs it, `lineage verify` checks it."
    return (
        f"The record is sealed up to event {last['tree_size']:,}; `lineage verify` recomputes it, "
        "and the stand-alone verifier does so without this product."
    )
