"""An audit as one page, for a person who knows the law and no SQL: to read, print and mail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import networkx as nx

from projections.pages.cells import Code, Status, Table, digest, first, moment, size
from projections.pages.environment import render_html
from projections.pages.section import MOST, Section, counted, value_text

Document = Mapping[str, Any]

_JSON: Final = "the same report as JSON"
_MEANINGS: Final = (
    "k: everybody is one of at least k people who look the same. l: how many values a sensitive "
    "column has at least in such a group. t: how much a group tells more than all people "
    "together, from 0 to 1."
)
_ROLES: Final = ("role", "class", "special_category", "tags")
_STATES: Final = {"evidence": "completed", "not recorded": "refused", "not applicable": "skipped"}


def audit_page(audit: Document, sha256: str) -> str:
    """Return the page of an audit, always the same for the same document.

    Args:
        audit: A document of `projections.audit.document.build_audit`.
        sha256: Digest of its JSON.
    """
    head = {name: audit[name] for name in ("format", "position", "scope")}
    return render_html(
        "audit.html",
        audit=audit,
        sha256=sha256,
        head=json.dumps(head, ensure_ascii=True, sort_keys=True),
        sections=[section for make in _SECTIONS if (section := make(audit)) is not None],
    )


def _who(audit: Document) -> Section:
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
            *_table(("what", "declared"), said),
            *_table(("purpose of runs", "runs"), purposes, more=more),
            *_table(("who recorded events", "events"), actors, more=others),
        ],
    )


def _datasets(audit: Document) -> Section:
    tables: list[Table] = []
    for name, dataset in audit["datasets"].items():
        said = [
            (key.replace("_", " "), value_text(value))
            for key, value in dataset.items()
            if key != "columns"
        ]
        tables += _table(("what", "declared"), said, caption=name)
        columns = [(Code(k), *_role(v)) for k, v in dataset.get("columns", {}).items()]
        tables += _table(("column", *(key.replace("_", " ") for key in _ROLES)), columns)
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
        tables=[*tables, *_table(headings, confirmed, more=more)],
    )


def _flows(audit: Document) -> Section:
    tables: list[Table] = []
    for flow in audit["flows"]:
        rows, more = first(
            flow["columns"],
            MOST,
            lambda one: (
                Code(one["column"]),
                one["verdict"],
                one["role"],
                ", ".join(sorted({_source(source) for source in one["sources"]})) or None,
            ),
            all_by=_JSON,
        )
        headings = ("column", "verdict", "role", "comes from, and what was done")
        tables += _table(headings, rows, caption=flow["file"]["uri"], more=more)
    return Section(
        title="Where personal data went",
        texts=[flow["sentence"] for flow in audit["flows"]] or ["No table is on record."],
        graph=_graph(audit),
        tables=tables,
    )


def _operations(audit: Document) -> Section:
    rows, more = first(
        audit["operations"],
        MOST,
        lambda one: (
            one["task_id"],
            one["name"],
            "; ".join(f"{e['effect']}: {value_text(e['columns'])}" for e in one["effects"]) or None,
            ", ".join(one["techniques"]) or None,
            "; ".join(f"{k} = {value_text(v)}" for k, v in (one["parameters"] or {}).items()),
            one["runs"],
            one["failed"] or None,
        ),
        all_by=_JSON,
    )
    headings = (
        *("task", "operation", "what it did to columns", "technique (ISO/IEC 20889)"),
        *("parameters", "runs", "failed"),
    )
    return Section(title="What was done", tables=_table(headings, rows, more=more))


def _risk(audit: Document) -> Section:
    rows, more = first(
        audit["risk"],
        MOST,
        lambda one: (
            one["uri"],
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
            one["uri"],
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
            *_table(headings, rows, more=more),
            *_table(("utility", "value", "task"), utility, more=others),
            *_table(("file", "column", "claimed", "holds", "because"), claims, more=rest),
        ],
        notes=[_MEANINGS],
    )


def _decisions(audit: Document) -> Section:
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
            one["source_uri"],
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
            one["uri"],
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
            *_table(("policy", "demands", "severity", "rationale"), policies),
            *_table(headings, releases, more=more),
            *_table(("waived policy", "file", "because", "by", "until"), waivers, more=others),
        ],
    )


def _budget(audit: Document) -> Section | None:
    rows = [
        (one["uri"], one["epsilon"], one["delta"], len(one["spendings"]))
        for one in audit["budget"]["sources"]
    ]
    if not rows:
        return None
    headings = ("source", "epsilon", "delta", "uses")
    return Section(title="Privacy budget", tables=_table(headings, rows[:MOST]))


def _runs(audit: Document) -> Section:
    runs = audit["runs"]
    counts = ", ".join(f"{count:,} {status}" for status, count in runs["by_status"].items())
    rows, more = first(
        list(reversed(runs["list"])),
        MOST,
        lambda one: (
            moment(one["started_at"]),
            one["task_id"],
            Code(one["run_id"][:8], one["run_id"]),
            Status(one["status"]),
            one["actor"],
            _commit(one),
            one["message"],
        ),
        all_by="lineage runs --json",
    )
    environments, others = first(
        audit["environments"],
        MOST,
        lambda one: (one["os"], one["python_version"], one["product_version"], one["runs"]),
        all_by=_JSON,
    )
    headings = ("started", "task", "run", "status", "by", "code", "message")
    return Section(
        title="Runs, code and environment",
        texts=[f"{counted(runs['total'], 'run')}: {counts}." if counts else "No run is on record."],
        tables=[
            *_table(headings, rows, more=more),
            *_table(("system", "Python", "version", "runs"), environments, more=others),
        ],
    )


def _files(audit: Document) -> Section:
    inputs, more = first(
        audit["inputs"],
        MOST,
        lambda one: (
            one["name"],
            one["uri"],
            digest(one["sha256"]),
            size(one["size_bytes"]),
            one["row_count"],
        ),
        all_by=_JSON,
    )
    outputs, others = first(
        audit["outputs"],
        MOST,
        lambda one: (
            one["uri"],
            digest(one["sha256"]),
            size(one["size_bytes"]),
            one["row_count"],
        ),
        all_by=_JSON,
    )
    return Section(
        title="Files",
        tables=[
            *_table(("dataset", "file read", "SHA-256", "size", "rows"), inputs, more=more),
            *_table(("table written", "SHA-256", "size", "rows"), outputs, more=others),
        ],
    )


def _record(audit: Document) -> Section:
    gaps = [(one["gap"], one["count"]) for one in audit["gaps"] if one["count"]]
    keys = [
        (one["key_id"], one["purpose"], one["algorithm"], one["state"], one["key_version"])
        for one in audit["keys"]
    ]
    erasures = [
        (
            moment(one["planned_at"]),
            one["kind"],
            one["reason"],
            one["state"],
            "; ".join(one["remaining"]) or None,
        )
        for one in audit["erasures"]
    ]
    last = audit["seals"]["last"]
    sealed = (
        "The record is not sealed."
        if last is None
        else f"Sealed up to event {last['tree_size']:,} on {moment(last['recorded_at'])}, "
        f"{audit['seals']['cosigned']} heads co-signed, {audit['seals']['deposited']} kept outside."
    )
    return Section(
        title="Keys, erasures, gaps, and the record itself",
        texts=[sealed],
        tables=[
            *_table(("gap", "count"), gaps),
            *_table(("key", "protects", "algorithm", "state", "version"), keys),
            *_table(("planned", "erased", "because", "state", "remaining"), erasures),
        ],
        notes=["Sealed events cannot be changed without that showing; `lineage verify` looks."],
    )


def _checklist(audit: Document) -> Section:
    counts = [one["state"] for one in audit["checklist"]]
    told = ", ".join(f"{counts.count(state)} {state}" for state in _STATES)
    rows = [
        (
            one["id"],
            one["demand"],
            one["basis"],
            _state(one),
            one["sentence"],
        )
        for one in audit["checklist"]
    ]
    headings = ("line", "what has to be shown", "basis", "state", "found, or what to do")
    return Section(title="Checklist", texts=[f"{told}."], tables=_table(headings, rows))


_SECTIONS: Final[Sequence[Callable[[Document], Section | None]]] = (
    _who,
    _datasets,
    _flows,
    _decisions,
    _risk,
    _budget,
    _operations,
    _runs,
    _files,
    _record,
    _checklist,
)


def _state(line: Document) -> str:
    positions = line["positions"]
    if not positions:
        return str(line["state"])
    places = f"{positions[0]:,}" + (f" to {positions[-1]:,}" if len(positions) > 1 else "")
    return f"{line['state']} at {'positions' if len(positions) > 1 else 'position'} {places}"


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "", more: str = ""
) -> list[Table]:
    """Return a table, or none if it has no rows."""
    if not rows:
        return []
    return [Table(headings=headings, rows=rows, caption=caption, more=more)]


def _role(column: object) -> tuple[object, ...]:
    said = {"role": column} if isinstance(column, str) else column
    assert isinstance(said, dict)  # noqa: S101  # as the project file is checked
    values = [said.get(key) for key in _ROLES]
    return tuple("yes" if v is True else value_text(v) if v else None for v in values)


def _source(source: Document) -> str:
    done = ", ".join(source["effects"]) or "itself"
    return f"{source['column']} of {source['uri']} ({done})"


def _commit(run: Document) -> str | None:
    commit = run["git_commit"]
    if commit is None:
        return None
    return f"{commit[:8]}{', with changes' if run['git_is_dirty'] else ''}"


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
