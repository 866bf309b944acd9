"""Show where personal data went, and what is to be decided about columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lineage.cli.screen import console
from lineage.upkeep.claim_check import ColumnClaim

Document = Mapping[str, Any]

_FIGURES: Final = ("equal", "known_values", "singled_out", "found_again")

MOST: Final = 4
"""Sources of one column that the screen lists."""


def print_flow(file: Document) -> None:
    """Print a document of `projections.dependency_graph.privacy_flow` about one file."""
    release = file["release"]
    console.print_styled((console.plain(file["file"]["uri"]), "bold"))
    if release is not None:
        console.print_line(
            f"{release['state']} as {release['release_uri']} for {release['recipient']}: "
            f"{release['purpose']}; decided by {release['approver']}"
        )
    console.print_line(file["sentence"])
    if file["columns"]:
        console.print_table(
            ("column", "verdict", "role", "class", "by", "from"),
            [row for column in file["columns"] for row in _rows(column)],
            drop=("class", "role"),
        )
    console.print_line("")


def print_proposals(found: Sequence[Document]) -> None:
    """Print what profiles proposed, the latest first."""
    console.print_table(
        ("dataset", "column", "role", "class", "state", "proposed"),
        [
            (
                one["dataset"],
                one["column"],
                one["role"],
                one["category"],
                one["state"],
                datetime.fromisoformat(one["proposed_at"]),
            )
            for one in found
        ],
        drop=("proposed", "state"),
    )
    first = found[0]
    console.note(
        f"`lineage privacy confirm {first['dataset']} {first['column']} --role {first['role']}`, "
        "or `reject`, decides one"
    )


def print_claims(checked: Sequence[ColumnClaim]) -> None:
    """Print what came of comparing columns with their sources."""
    console.print_table(
        ("column", "claim", "outcome", "equal", "known", "single", "found", "source"),
        [
            (
                one.column,
                one.effect,
                one.outcome,
                *(one.measured.get(name) for name in _FIGURES),
                f"{one.source_uri}:{one.source_column}",
            )
            for one in checked
        ],
        drop=("single", "known"),
    )
    for one in checked:
        if one.reason:
            console.print_line(f"{one.column}: {one.outcome}, {one.reason}")
    console.note(
        "shares of the cells that are not null. equal: those of the same row in the source; known: "
        "occur in it; single: lead back to one of its rows; found: lead back to one of its values "
        "as they are, by a plain hash or an encoding"
    )


def _rows(column: Document) -> Iterator[tuple[object, ...]]:
    """Yield a row for each of the first sources; versions of a file are one."""
    told = column["column"], column["verdict"], _role(column["role"]), column["category"]
    sources = dict.fromkeys(
        (f"{one['uri']}:{one['column']}", done_by(one)) for one in column["sources"]
    )
    if not sources:
        yield *told, "", ""
    for number, (place, effects) in enumerate([*sources][:MOST]):
        yield *(told if number == 0 else ("",) * len(told)), effects, place
    if len(sources) > MOST:
        yield *("",) * len(told), "", f"and {len(sources) - MOST:,} more"


def done_by(source: Document) -> str:
    """Return what each path from a source does to it, in words."""
    effects = ", ".join(source["effects"]) or "itself"
    remarks = [
        *(["only chose rows or values"] if not source["is_direct"] else []),
        *(["assumed"] if source["is_assumed"] else []),
    ]
    return f"{effects} ({', '.join(remarks)})" if remarks else effects


def _role(role: str | None) -> str:
    return "" if role is None else role.replace("_", " ")
