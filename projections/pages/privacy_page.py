"""Personal data in released files as one page, to read, print and mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from projections.pages.cells import Code, Table, first, moment, more_than
from projections.pages.environment import render_html
from projections.pages.section import MOST, Section

Document = Mapping[str, Any]

FILES: Final = 100
"""Files of a page."""

SOURCES: Final = 10
"""Sources of one column."""

_LEGEND: Final = (
    "unchanged: a source reaches the column, and nothing on one of its paths protects. "
    "protected: every path masks, generalizes, pseudonymizes, aggregates, synthesizes or "
    "suppresses the values; noise counts where nobody is named. generated: no source supplied its "
    "values. unknown: on the way, somebody did not declare where values came from."
)


def privacy_page(document: Document) -> str:
    """Return a page without script, network or other files.

    Args:
        document: A document of `build_privacy_flows` in `projections.dependency_graph`.
    """
    files = document["files"]
    return render_html(
        "privacy.html",
        sections=[_section(file) for file in files[:FILES]],
        more=more_than(FILES, len(files), "lineage privacy flow --json"),
        legend=_LEGEND,
    )


def _section(file: Document) -> Section:
    uri = file["file"]["uri"]
    rows, more = first(file["columns"], MOST, _column, all_by=f"lineage privacy flow {uri} --json")
    headings = ("column", "verdict", "role", "class", "sources and what was done to them")
    return Section(
        title=uri,
        texts=[file["sentence"]],
        tables=[
            *([_release(file["release"])] if file["release"] else []),
            *([Table(headings=headings, rows=rows, more=more)] if rows else []),
            *([_risk(file["risk"])] if file["risk"] else []),
        ],
        notes=[f"SHA-256 of the file: {file['file']['sha256'] or 'unknown'}"],
    )


def _column(column: Document) -> tuple[object, ...]:
    role = column["role"]
    special = ["special category"] if column["special_category"] else []
    return (
        Code(column["column"]),
        column["verdict"],
        role and role.replace("_", " "),
        ", ".join([*([column["category"]] if column["category"] else []), *special]),
        _sources(column["sources"]),
    )


def _sources(sources: list[Document]) -> str:
    told = [f"{one['uri']}:{one['column']} ({_done(one)})" for one in sources[:SOURCES]]
    more = len(sources) - SOURCES
    return "; ".join(told + ([f"and {more:,} more"] if more > 0 else []))


def _done(source: Document) -> str:
    said = [*source["effects"]] or ["itself"]
    said += ["only chose rows or values"] * (not source["is_direct"])
    return ", ".join(said + ["assumed"] * source["is_assumed"])


def _release(release: Document) -> Table:
    return Table(
        headings=("state", "released as", "recipient", "purpose", "decided by", "published"),
        rows=[
            (
                release["state"],
                Code(release["release_uri"] or ""),
                release["recipient"],
                release["purpose"],
                release["approver"],
                moment(release["published_at"]),
            )
        ],
    )


def _risk(risk: list[Document]) -> Table:
    return Table(
        caption="Measured risk that remains",
        headings=("measured by", "quasi-identifiers", "measures"),
        rows=[
            (
                one["method"],
                ", ".join(one["quasi_identifiers"]),
                ", ".join(f"{name} = {value}" for name, value in one["measures"].items()),
            )
            for one in risk
        ],
    )
