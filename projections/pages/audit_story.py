"""The parts of an audit for its reader: who, which data, where it went, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import networkx as nx

from projections.pages.cells import Code, Name, Status, Table, file_name, first, moment, table_of
from projections.pages.section import MOST, Section, value_text

Document = Mapping[str, Any]

_JSON: Final = "the same report as JSON"
_MEANINGS: Final = (
    "k: everybody is one of at least k people who look the same. l: how many values a sensitive "
    "column has at least in such a group. t: how much a group tells more than all people "
    "together, from 0 to 1."
)
_ROLES: Final = ("role", "class", "special_category", "tags")


def who(audit: Document) -> Section:
    """Say who answers, for what, and who acted."""
    said = [(name.replace("_", " "), value_text(v)) for name, v in audit["accountability"].items()]
    purposes, more = first(
        audit["purposes"], MOST, lambda one: (one["purpose"], one["runs"]), all_by=_JSON
    )
    actors, others = first(
        audit["actors"], MOST, lambda one: (one["actor"], one["events"]), all_by=_JSON
    )
    return Section(
        title="Who and why",
        texts=[] if said else ["The project does not say who answers for it."],
        tables=[
            *table_of(("what", "declared"), said),
            *table_of(("purpose of runs", "runs"), purposes, more=more),
            *table_of(("who recorded events", "events"), actors, more=others),
        ],
    )


def datasets(audit: Document) -> Section:
    """Say what the datasets are, and what their columns tell about people."""
    tables: list[Table] = []
    for name, dataset in audit["datasets"].items():
        said = [
            (key.replace("_", " "), value_text(value))
            for key, value in dataset.items()
            if key != "columns"
        ]
        tables += table_of(("what", "declared"), said, caption=name)
        columns = [(Code(k), *_role(v)) for k, v in dataset.get("columns", {}).items()]
        tables += table_of(("column", *(key.replace("_", " ") for key in _ROLES)), columns)
    confirmed, more = first(
        audit["classifications"],
        MOST,
        lambda one: (
            one["dataset"],
            Code(one["column_name"]),
            one["role"],
            one["category"],
            one["decided_by"],
            moment(one["decided_at"]),
        ),
        all_by=_JSON,
    )
    headings = ("dataset", "column", "role", "class", "confirmed by", "when")
    return Section(
        title="Datasets and what their columns tell about people",
        texts=[] if tables else ["No dataset is declared."],
        tables=[*tables, *table_of(headings, confirmed, more=more)],
    )


def flows(audit: Document) -> Section:
    """Say where personal columns went."""
    tables: list[Table] = []
    for flow in audit["flows"]:
        uri = flow["file"]["uri"]
        rows, more = first(flow["columns"], MOST, partial(_column, uri), all_by=_JSON)
        headings = ("column", "verdict", "role", "comes from, and what was done")
        tables += table_of(headings, rows, caption=uri, more=more)
    return Section(
        title="Where personal data went",
        texts=[flow["sentence"] for flow in audit["flows"]] or ["No table is on record."],
        graph=_graph(audit),
        tables=tables,
    )


def decisions(audit: Document) -> Section:
    """Say which policies there are, and what was decided."""
    policies = [
        (
            name,
            one["kind"].replace("_", " "),
            one.get("severity", "block"),
            one.get("rationale") or None,
        )
        for name, one in audit["policies"].items()
    ]
    releases, more = first(
        audit["releases"],
        MOST,
        lambda one: (
            moment(one["decided_at"]),
            file_name(one["source_uri"]),
            Status(one["state"]),
            one["recipient"],
            one["purpose"],
            one["approver"],
            "; ".join(
                f"{e['policy']}: {e['reason'] or e['outcome']}"
                for e in one["evaluated"]
                if e["outcome"] != "passed"
            )
            or None,
        ),
        all_by="lineage releases --json",
    )
    waivers, others = first(
        audit["waivers"],
        MOST,
        lambda one: (
            one["policy"],
            one["uri"] and file_name(one["uri"]),
            one["reason"],
            one["approver"],
            moment(one["ends_at"]),
        ),
        all_by=_JSON,
    )
    headings = ("decided", "file", "state", "recipient", "purpose", "decided by", "not fulfilled")
    return Section(
        title="Policies and decisions",
        texts=[] if releases else ["Nothing was released."],
        tables=[
            *table_of(("policy", "demands", "severity", "rationale"), policies),
            *table_of(headings, releases, more=more),
            *table_of(("waived policy", "file", "because", "by", "until"), waivers, more=others),
        ],
    )


def risk(audit: Document) -> Section:
    """Say what risk remains, and what was lost."""
    rows, more = first(
        audit["risk"],
        MOST,
        lambda one: (
            one["uri"] and file_name(one["uri"]),
            *(one["measures"].get(name) for name in ("rows", "k", "uniques")),
            value_text(one["measures"]["l"]) if one["measures"].get("l") else None,
            value_text(one["measures"]["t"]) if one["measures"].get("t") else None,
            value_text(one["quasi_identifiers"]),
        ),
        all_by=_JSON,
    )
    utility, others = first(
        audit["utility"],
        MOST,
        lambda one: (one["metric"], one["number"], one["task_id"]),
        all_by=_JSON,
    )
    claims, rest = first(
        audit["claims"],
        MOST,
        lambda one: (
            one["uri"] and file_name(one["uri"]),
            Code(one["column_name"]),
            one["effect"],
            one["outcome"],
            one["reason"],
        ),
        all_by=_JSON,
    )
    headings = ("file", "rows", "k", "uniques", "l", "t", "known to an attacker")
    return Section(
        title="What risk remains, and what was lost",
        texts=[] if rows else ["No risk was measured."],
        tables=[
            *table_of(headings, rows, more=more),
            *table_of(("utility", "value", "task"), utility, more=others),
            *table_of(("file", "column", "claimed", "holds", "because"), claims, more=rest),
        ],
        notes=[_MEANINGS],
    )


def budget(audit: Document) -> Section | None:
    """Say what was spent of privacy budgets; None if nothing was."""
    rows = [
        (file_name(one["uri"]), one["epsilon"], one["delta"], len(one["spendings"]))
        for one in audit["budget"]["sources"]
    ]
    if not rows:
        return None
    headings = ("source", "epsilon", "delta", "uses")
    return Section(title="Privacy budget", tables=table_of(headings, rows[:MOST]))


def _column(uri: str, one: Document) -> tuple[object, ...]:
    return (
        Name(Code(one["column"]), "column", (uri, one["column"])),
        one["verdict"],
        one["role"],
        ", ".join(sorted({_source(source) for source in one["sources"]})) or None,
    )


def _role(column: object) -> tuple[object, ...]:
    said = {"role": column} if isinstance(column, str) else column
    assert isinstance(said, dict)  # noqa: S101  # as the project file is checked
    values = [said.get(key) for key in _ROLES]
    return tuple("yes" if v is True else value_text(v) if v else None for v in values)


def _source(source: Document) -> str:
    done = ", ".join(source["effects"]) or "itself"
    return f"{source['column']} of {source['uri']} ({done})"


def _graph(audit: Document) -> nx.DiGraph | None:
    if not audit["graph"]["nodes"]:
        return None
    graph = nx.DiGraph()
    for node in audit["graph"]["nodes"]:
        graph.add_node(node["id"], **{k: v for k, v in node.items() if k != "id"})
    for edge in audit["graph"]["edges"]:
        data = {k: v for k, v in edge.items() if k not in {"source", "target"}}
        graph.add_edge(edge["source"], edge["target"], **data)
    return graph
