"""The columns of all files: what they are to people, and what is left of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from lineage.policies import dictionary
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.parts.filters import Choice, Field
from projections.dependency_graph.exposure import Exposure
from projections.dependency_graph.privacy_flow.column_list import ColumnFilter, build_column_list
from projections.pages.cells import Table, digest, table_of
from projections.pages.section import counted

ON_A_PAGE: Final = 50
ROLES: Final[Mapping[str, str]] = {
    ColumnRole.DIRECT_IDENTIFIER.value: "direct identifier",
    ColumnRole.QUASI_IDENTIFIER.value: "quasi-identifier",
    ColumnRole.SENSITIVE.value: "sensitive",
    ColumnRole.NON_SENSITIVE.value: "not sensitive",
    "none": "not classified",
}
EXPOSURES: Final = {
    **{level.word: level.word for level in reversed(Exposure)},
    "unknown": "unknown",
}
VERDICTS: Final = {name: name for name in ("unchanged", "protected", "generated", "unknown")}
_KNOWN: Final = {"role": ROLES, "exposure": EXPOSURES, "verdict": VERDICTS}
_LABELS: Final = {"role": "Class", "exposure": "Left to see", "verdict": "Verdict"}


def columns(asked: Asked) -> Page:
    """Show the columns that match, a page of them."""
    given = {name: asked.text(name) for name in ("text", "file", *_KNOWN)}
    for name, known in _KNOWN.items():
        value = given[name]
        if value is not None and value not in known:
            raise ConfigurationError(name, found=value, expected="one of " + ", ".join(known))
    file, column = asked.text("after_file"), asked.text("after_column")
    document = build_column_list(
        asked.catalog,
        dictionary.declared(asked.project, asked.catalog, is_past=asked.moment is not None),
        wanted=ColumnFilter(**given),
        after=None if file is None or column is None else (file, column),
        limit=ON_A_PAGE,
        root=asked.project.root,
    )
    return Page(
        title="Columns",
        document=document,
        template="list.html",
        values={
            "action": "columns",
            "fields": [
                Field(name="text", label="Column", value=given["text"]),
                Field(name="file", label="File", value=given["file"]),
                *(
                    Choice(name=name, label=_LABELS[name], value=given[name], options=known)
                    for name, known in _KNOWN.items()
                ),
            ],
            "said": _said(document, given),
            "charts": (),
            "tables": _table(document),
            "more": _more(document, given),
        },
    )


def role_text(role: str | None) -> str:
    """Return what a column is to people, in words."""
    return ROLES[role or "none"]


def class_text(column: Mapping[str, Any]) -> str:
    """Return role, category and tags of a column in words."""
    said = [role_text(column["role"])]
    said += [column["category"]] if column["category"] else []
    said += ["special category"] if column["special_category"] else []
    return ", ".join([*said, *column["tags"]])


def _table(document: Mapping[str, Any]) -> list[Table]:
    rows = [
        (
            links.column(one["uri"], one["column"]),
            links.dataset(one["uri"]),
            digest(one["sha256"]),
            class_text(one),
            one["exposure"] or "unknown",
            one["verdict"],
        )
        for one in document["columns"]
    ]
    return table_of(("column", "file", "version", "class", "left to see", "verdict"), rows)


def _said(document: Mapping[str, Any], given: Mapping[str, str | None]) -> str:
    """Say what is shown; that nothing matches never reads like that there is nothing."""
    is_chosen = any(value is not None for value in given.values())
    if not document["named"]:
        return (
            "No column matches; the fields above say which are shown."
            if is_chosen
            else "No column is on record: no run read or wrote a table yet."
        )
    named = f"{counted(document['named'], 'column')} of {counted(document['files'], 'file')}"
    are = "has" if document["named"] == 1 else "have"
    if given["text"] or given["file"]:
        named += f" {are} these names"
    if not any(given[name] for name in _KNOWN):
        return f"{named}, as they were last recorded."
    match = counted(len(document["columns"]), "column")
    return (
        f"{match} of the {document['looked_at']:,} that were looked at for this page "
        f"{'matches' if len(document['columns']) == 1 else 'match'}; {named}."
    )


def _more(document: Mapping[str, Any], given: Mapping[str, str | None]) -> links.Link | None:
    after = document["next_after"]
    if after is None:
        return None
    file, column = after
    return links.Link(
        "More columns",
        links.address("columns", **given, after_file=file, after_column=column),
    )
