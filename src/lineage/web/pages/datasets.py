"""The files of the history, and one of them with its versions and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lineage.policies import dictionary
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.column_list import class_text
from lineage.web.parts.cells import Listed, Words, time_of
from projections.catalog.file_states import file_state
from projections.dependency_graph.privacy_flow.flow import build_privacy_flow
from projections.documents.dataset_list import build_dataset, build_dataset_list
from projections.documents.findings.column_profile import build_column_profile
from projections.html_table import cell_text
from projections.pages.cells import Status, Table, digest, more_than, size, table_of
from projections.pages.section import Section, counted
from projections.privacy.file_evidence import build_file_quality
from projections.privacy.holdings import released_as

ON_A_PAGE: Final = 50
MOST_USES: Final = 50
MOST_VERSIONS: Final = 50
MOST_NAMED: Final = 5
"""Columns that a change of versions names."""

FEW_COLUMNS: Final = 20
"""Columns that are found without a field for their name."""

_NOT: Final = "not recorded"
_COUNTS: Final = {"nulls": "missing", "distinct": "different", "singletons": "of one row"}
STATES: Final = {
    "present": "on disk as it was recorded",
    "replaced": "not on disk any more: another content is in its place",
    "missing": "not on disk",
    "unreadable": "not readable from here",
    "unknown": "on disk, but its digest was not recorded",
}


def datasets(asked: Asked) -> Page:
    """Show the files that the history knows, a page of them."""
    text = asked.text("text")
    document = build_dataset_list(
        asked.catalog, text=text, before=asked.number("before"), limit=ON_A_PAGE
    )
    rows = [
        (
            links.dataset(one["uri"]),
            one["row_count"],
            size(one["size_bytes"]),
            digest(one["sha256"]),
            one["versions"],
            one["produced_by_run"] and links.run(one["produced_by_run"], one["produced_by_task"]),
        )
        for one in document["datasets"]
    ]
    headings = ("file", "rows", "size", "SHA-256", "versions", "made by")
    older = document["next_before"]
    more = [links.Link("Older files", links.address("datasets", text=text, before=older))]
    return Page(
        title="Datasets",
        lead=f"{counted(document['total'], 'file')}{' match' if text else ''}, last seen first.",
        document=document,
        sections=[
            Section(title="Files", tables=table_of(headings, rows), notes=more * bool(older))
        ],
    )


def dataset(asked: Asked) -> Page:
    """Show the versions of a file, its columns, what was measured, and who read or wrote it."""
    uri = asked.needed("file")
    document = build_dataset(asked.catalog, uri, limit=MOST_USES, versions=MOST_VERSIONS)
    latest = document["versions"][0]
    sha256 = asked.text("sha256") or latest["sha256"]
    document |= {
        "flow": flow_of(asked, uri, sha256),
        "profile": build_column_profile(asked.catalog, uri, sha256),
        "quality": build_file_quality(asked.catalog, uri, sha256),
        "on_disk": None if asked.moment is not None else _on_disk(asked, uri, latest),
        "released": released_as(asked.catalog, [sha256]) if sha256 else [],
    }
    names = [one["column"] for one in document["flow"]["columns"]]
    return Page(
        title=uri,
        lead=document["flow"]["sentence"],
        document=document,
        template="dataset.html",
        sections=[
            _columns(document),
            _about(asked, document),
            _versions(document, sha256),
            _quality(document),
            _uses(document),
        ],
        values={
            "file": uri,
            "names": names if len(names) > FEW_COLUMNS else (),
            "older": _older(uri, sha256, latest["sha256"]),
        },
    )


def _older(uri: str, sha256: str | None, latest: str | None) -> object:
    """Return what leads back from an older version to the latest; None from the latest."""
    return (
        None if sha256 == latest else links.Link("The latest", links.address("dataset", file=uri))
    )


def _columns(document: Mapping[str, Any]) -> Section:
    counted_of = document["profile"]["columns"]
    rows = [
        (
            links.column(document["uri"], one["column"]),
            class_text(one),
            one["exposure"] or "unknown",
            one["verdict"],
            *(counted_of.get(one["column"], {}).get(name, "not recorded") for name in _COUNTS),
            ", ".join(dict.fromkeys(f"{s['uri']}:{s['column']}" for s in one["sources"][:3])),
        )
        for one in document["flow"]["columns"]
    ]
    has_profile = bool(counted_of)
    if not has_profile:
        rows = [(*row[: -len(_COUNTS) - 1], row[-1]) for row in rows]
    counts = _COUNTS.values() if has_profile else ()
    headings = ("column", "class of its sources", "left to see", "verdict", *counts, "from")
    by = document["profile"]["run_id"]
    said: tuple[object, ...] = ("Its columns are not recorded.",)
    if rows:
        said = () if by else ("What is in its columns was not counted: no profile is recorded.",)
    notes = (links.Link("The run that counted", links.run(by).href),) if by else ()
    return Section(title="Columns", texts=said, tables=table_of(headings, rows), notes=notes)


def _about(asked: Asked, document: Mapping[str, Any]) -> Section:
    uri, about = document["uri"], document["about"] or {}
    state = document["on_disk"] or "not recorded for a moment of the past"
    declared = [
        (name, one)
        for name, one in asked.project.settings.datasets.items()
        if one.path is not None and asked.project.display(one.path) == uri
    ]
    facts: list[tuple[str, object]] = [
        ("The latest version", f"is {state}" if document["on_disk"] else state),
        ("Description", about.get("description") or _NOT),
        ("Kind", about.get("artifact_type") or document["versions"][0]["format"] or _NOT),
        ("Category", about.get("category") or _NOT),
        ("Tags", ", ".join(about.get("tags") or ()) or _NOT),
        ("Group", about.get("artifact_group") or _NOT),
        ("Declared as", ", ".join(name for name, _ in declared) or "not declared"),
        *(
            (label, ", ".join(map(str, values)) or "not declared")
            for _, one in declared
            for label, values in (
                ("People in it", one.subjects),
                ("Purpose", [one.purpose] if one.purpose else []),
                ("Recipients", one.recipients),
                ("May be kept for", [one.retention] if one.retention else []),
            )
        ),
        (
            "Released as",
            Listed([(links.release(one["release_id"]),) for one in document["released"]]),
        )
        if document["released"]
        else ("Released", "no release of this version is on record"),
    ]
    ways = (
        links.Link("Its lineage", links.address("graph", file=uri)),
        links.Link("Proof that it is on record", links.address("prove", name=f"file:{uri}")),
        links.Link("Its columns in the list of all", links.address("columns", file=uri)),
    )
    return Section(
        title="About it",
        tables=[Table(headings=("fact", "value"), rows=facts)],
        notes=ways,
    )


def _versions(document: Mapping[str, Any], shown: str | None) -> Section:
    rows = [
        (
            _version(document["uri"], one, is_shown=one["sha256"] == shown),
            one["row_count"],
            size(one["size_bytes"]),
            _NOT if one["columns"] is None else len(one["columns"]),
            _changed(one, is_first=number == document["version_count"]),
            time_of(one["first_at"]),
            one["produced_by_run"] and links.run(one["produced_by_run"], one["produced_by_task"]),
        )
        for number, one in enumerate(document["versions"], 1)
    ]
    headings = (
        "version",
        "rows",
        "size",
        "columns",
        "beside the one before",
        "first seen",
        "made by",
    )
    more = more_than(len(rows), document["version_count"], "lineage query")
    return Section(title="Versions", tables=table_of(headings, rows, more=more))


def _version(uri: str, version: Mapping[str, Any], *, is_shown: bool) -> object:
    sha256 = version["sha256"]
    if sha256 is None or is_shown:
        return Listed([(digest(sha256), *(("(shown here)",) if is_shown else ()))])
    href = links.address("dataset", file=uri, sha256=sha256)
    return links.Link(sha256[: links.SHORT], href, sha256, True)


def _changed(version: Mapping[str, Any], *, is_first: bool) -> object:
    """Say what became of the columns since the version before."""
    change = version["change"]
    if is_first:
        return "the first version"
    if change is None:
        return _NOT
    said = [
        (f"{word}: {', '.join(names[:MOST_NAMED])}{_and_more(names)}",)
        for word, names in change.items()
        if names
    ]
    return Listed(said) if said else "the same columns"


def _and_more(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return f" and {more:,} more" if more > 0 else ""


def _quality(document: Mapping[str, Any]) -> Section:
    quality, risk = document["quality"], document["flow"]["risk"]
    measured = [
        (one["method"], ", ".join(one["quasi_identifiers"]), _measures(one["measures"]))
        for one in risk
    ]
    claims = [
        (
            links.column(document["uri"], one["column_name"]),
            one["effect"],
            one["outcome"],
            one["reason"],
        )
        for one in quality["claims"]
    ]
    verdicts = [
        (
            one["policy"],
            Status(one["outcome"]),
            one["reason"] + ("; waived" if one["waiver"] else ""),
            time_of(one["judged_at"]),
        )
        for one in quality["verdicts"]
    ]
    nothing = [
        text
        for found, text in (
            (measured, "Its risk was not measured."),
            (verdicts, "No policy judged it: `lineage policy check FILE` does."),
            (claims, "Nobody compared its protected columns with their sources."),
        )
        if not found
    ]
    return Section(
        title="Measured and judged",
        texts=[Words(text) for text in nothing],
        tables=[
            *table_of(("risk measured by", "known to an attacker", "measures"), measured),
            *table_of(("policy", "outcome", "because", "judged"), verdicts),
            *table_of(("column", "said to be", "holds", "because"), claims),
        ],
    )


def _measures(measures: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} = {cell_text(value)}"
        for name, value in measures.items()
        if isinstance(value, int | float)
    )


def _uses(document: Mapping[str, Any]) -> Section:
    uses = [
        (
            links.run(one["run_id"]),
            links.task(one["task_id"]),
            "wrote" if one["wrote"] else "read",
            Status(one["status"]),
            time_of(one["started_at"]),
        )
        for one in document["uses"]
    ]
    uri = document["uri"]
    every = [
        links.Link(f"All runs that {use} it", links.address("runs", file=uri, use=use))
        for use in ("wrote", "read")
    ]
    every.append(links.Link("Its lineage", links.address("graph", file=uri)))
    headings = ("run", "task", "did", "status", "started")
    return Section(
        title="Runs",
        texts=() if uses else ("No run read or wrote it; it was copied in.",),
        tables=table_of(headings, uses),
        notes=every,
    )


def flow_of(asked: Asked, uri: str, sha256: str | None) -> dict[str, Any]:
    """Return what personal data a version of a file holds, by what the project declares."""
    declared = dictionary.declared(asked.project, asked.catalog, is_past=asked.moment is not None)
    return build_privacy_flow(asked.catalog, uri, sha256, declared, root=asked.project.root)


def _on_disk(asked: Asked, uri: str, version: Mapping[str, Any]) -> str:
    recorded = {"uri": uri, "modified_at": None, **version}
    return STATES[file_state(asked.project.storage, recorded)]
