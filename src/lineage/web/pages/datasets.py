"""The files of the history, and one of them with its versions and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.policies import dictionary
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from projections.catalog.file_states import file_state
from projections.dependency_graph.privacy_flow.flow import build_privacy_flow
from projections.documents.dataset_list import build_dataset, build_dataset_list
from projections.pages.cells import Status, Table, digest, more_than, size, table_of
from projections.pages.section import Section, counted

ON_A_PAGE: Final = 50
MOST_USES: Final = 50
MOST_VERSIONS: Final = 50
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
    """Show the versions of a file, its columns, and who read or wrote it."""
    uri = asked.needed("file")
    document = build_dataset(asked.catalog, uri, limit=MOST_USES, versions=MOST_VERSIONS)
    latest = document["versions"][0]
    flow = flow_of(asked, uri, asked.text("sha256") or latest["sha256"])
    return Page(
        title=uri,
        lead=flow["sentence"],
        document=document | {"flow": flow, "on_disk": _on_disk(asked, uri, latest)},
        sections=[*_sections(asked, document, flow)],
    )


def _sections(
    asked: Asked, document: Mapping[str, Any], flow: Mapping[str, Any]
) -> Iterator[Section]:
    uri = document["uri"]
    rows = [
        (
            links.column(uri, one["column"]),
            one["role"] or "not classified",
            one["exposure"] or "unknown",
            one["verdict"],
            ", ".join(dict.fromkeys(f"{s['uri']}:{s['column']}" for s in one["sources"][:3])),
        )
        for one in flow["columns"]
    ]
    headings = ("column", "role of its sources", "what was done", "verdict", "from")
    nothing = () if rows else ("Its columns are not recorded.",)
    yield Section(title="Columns", texts=nothing, tables=table_of(headings, rows))
    versions = [
        (
            digest(one["sha256"]),
            one["row_count"],
            size(one["size_bytes"]),
            time_of(one["first_at"]),
            one["produced_by_run"] and links.run(one["produced_by_run"], one["produced_by_task"]),
        )
        for one in document["versions"]
    ]
    state = _on_disk(asked, uri, document["versions"][0])
    yield Section(
        title="Versions",
        texts=(f"The latest version is {state}.",),
        tables=table_of(
            ("SHA-256", "rows", "size", "first seen", "made by"),
            versions,
            more=more_than(len(versions), document["version_count"], "lineage query"),
        ),
    )
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
    every = links.Link("All runs that read or wrote it", links.address("runs", file=uri))
    lineage = links.Link("Its lineage", links.address("graph", file=uri))
    table = Table(headings=("run", "task", "", "status", "started"), rows=uses)
    yield Section(title="Runs", tables=[table] if uses else [], notes=(every, lineage))


def flow_of(asked: Asked, uri: str, sha256: str | None) -> dict[str, Any]:
    """Return what personal data a version of a file holds, by what the project declares."""
    declared = dictionary.declared(asked.project, asked.catalog, is_past=asked.moment is not None)
    return build_privacy_flow(asked.catalog, uri, sha256, declared, root=asked.project.root)


def _on_disk(asked: Asked, uri: str, version: Mapping[str, Any]) -> str:
    recorded = {"uri": uri, "modified_at": None, **version}
    return STATES[file_state(asked.project.storage, recorded)]
