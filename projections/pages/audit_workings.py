"""The parts of an audit behind that: what was done, by which code, and how far it is proven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from projections.pages.cells import (
    Code,
    Name,
    Status,
    digest,
    file_name,
    first,
    moment,
    size,
    table_of,
)
from projections.pages.section import MOST, Section, counted, value_text

Document = Mapping[str, Any]

_JSON: Final = "the same report as JSON"
_STATES: Final = {"evidence": "completed", "not recorded": "refused", "not applicable": "skipped"}


def operations(audit: Document) -> Section:
    """Say what was done, by which technique."""
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
    return Section(title="What was done", tables=table_of(headings, rows, more=more))


def runs(audit: Document) -> Section:
    """List runs, their code and environment."""
    runs = audit["runs"]
    counts = ", ".join(f"{count:,} {status}" for status, count in runs["by_status"].items())
    rows, more = first(
        list(reversed(runs["list"])),
        MOST,
        lambda one: (
            moment(one["started_at"]),
            one["task_id"],
            Name(Code(one["run_id"][:8], one["run_id"]), "run", (one["run_id"],)),
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
            *table_of(headings, rows, more=more),
            *table_of(("system", "Python", "version", "runs"), environments, more=others),
        ],
    )


def files(audit: Document) -> Section:
    """List what was read and written."""
    inputs, more = first(
        audit["inputs"],
        MOST,
        lambda one: (
            one["name"],
            file_name(one["uri"]),
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
            file_name(one["uri"]),
            digest(one["sha256"]),
            size(one["size_bytes"]),
            one["row_count"],
        ),
        all_by=_JSON,
    )
    return Section(
        title="Files",
        tables=[
            *table_of(("dataset", "file read", "SHA-256", "size", "rows"), inputs, more=more),
            *table_of(("table written", "SHA-256", "size", "rows"), outputs, more=others),
        ],
    )


def record(audit: Document) -> Section:
    """Say what is not known, what was erased, and how far the record is sealed."""
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
            *table_of(("gap", "count"), gaps),
            *table_of(("key", "protects", "algorithm", "state", "version"), keys),
            *table_of(("planned", "erased", "because", "state", "remaining"), erasures),
        ],
        notes=["Sealed events cannot be changed without that showing; `lineage verify` looks."],
    )


def checklist(audit: Document) -> Section:
    """Say of each line whether it is on record."""
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
    return Section(title="Checklist", texts=[f"{told}."], tables=table_of(headings, rows))


def _state(line: Document) -> str:
    positions = line["positions"]
    if not positions:
        return str(line["state"])
    places = f"{positions[0]:,}" + (f" to {positions[-1]:,}" if len(positions) > 1 else "")
    return f"{line['state']} at {'positions' if len(positions) > 1 else 'position'} {places}"


def _commit(run: Document) -> str | None:
    commit = run["git_commit"]
    if commit is None:
        return None
    return f"{commit[:8]}{', with changes' if run['git_is_dirty'] else ''}"
