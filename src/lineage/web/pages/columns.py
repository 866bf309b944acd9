"""One column: where it comes from, everywhere it still lives, and where protection stops it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.datasets import STATES, flow_of
from lineage.web.parts.cells import Listed
from projections.catalog.file_states import file_state
from projections.dependency_graph import ids
from projections.dependency_graph.exposure import Exposure
from projections.dependency_graph.whereabouts import build_whereabouts, files_of
from projections.documents.dataset_list import build_dataset
from projections.pages.cells import Table, digest, more_than, table_of
from projections.pages.section import Section, counted
from projections.privacy.holdings import released_as

MOST_PLACES: Final = 100
MOST_VERSIONS: Final = 50
"""Versions of a file, the latest, whose column is followed."""

_SOURCE_HEADINGS: Final = ("column", "file", "role", "effect on each path", "what of it")
_PLACE_HEADINGS: Final = (
    "column",
    "file",
    "version",
    "what is left to see",
    "by which way",
    "protected by",
    "now",
    "released",
)


def column(asked: Asked) -> Page:
    """Show where a column comes from, what was made from it, and what is left of it there."""
    uri, name = asked.needed("file"), asked.needed("column")
    dataset = build_dataset(asked.catalog, uri, limit=0, versions=MOST_VERSIONS)
    versions = [one["sha256"] for one in dataset["versions"]]
    wanted = asked.text("sha256")
    flow = flow_of(asked, uri, wanted or versions[0])
    found = next((one for one in flow["columns"] if one["column"] == name), None)
    if found is None:
        raise ConfigurationError(f"column {name!r} of {uri!r}", problem="it is not on record")
    lives = _whereabouts(asked, uri, [wanted] if wanted else versions, name)
    return Page(
        title=f"{name} of {uri}",
        lead=f"{name}: {found['verdict']}. {_sentence(lives)}{_older(dataset, wanted)}",
        document={"file": flow["file"], **found, "lives": lives},
        sections=[_sources(found["sources"], uri, name), *_places(lives)],
    )


def _whereabouts(
    asked: Asked, uri: str, versions: Sequence[str | None], name: str
) -> dict[str, Any]:
    lives = build_whereabouts(asked.catalog, uri, versions, name, limit=MOST_PLACES)
    states = {
        (file["uri"], file["sha256"]): file_state(asked.project.storage, file)
        for file in files_of(asked.catalog, lives["found"])
    }
    digests = sorted({one["sha256"] for one in lives["found"] if one["sha256"] is not None})
    released = released_as(asked.catalog, digests)
    for one in lives["found"]:
        one["on_disk"] = states.get((one["uri"], one["sha256"]), "unknown")
        one["releases"] = [r["release_id"] for r in released if r["sha256"] == one["sha256"]]
    return lives


def _sentence(lives: Mapping[str, Any]) -> str:
    """Say how much of a column is elsewhere, and how much of that nothing protects."""
    match lives["answer"]:
        case "no":
            return "Nothing on record was made from it."
        case "unknown":
            return (
                "Nothing on record was made from it, but some tables do not declare their columns."
            )
    files = {(one["uri"], one["sha256"]) for one in lives["found"]}
    bare = sum(one["exposure"] is not None and one["stopped_by"] is None for one in lives["found"])
    said = f"{counted(lives['total'], 'column')} in {counted(len(files), 'version')} of files "
    return f"{said}{'was' if lives['total'] == 1 else 'were'} made from it; {bare:,} unprotected."


def _older(dataset: Mapping[str, Any], wanted: str | None) -> str:
    """Say which versions of the file were not followed."""
    older = dataset["version_count"] - len(dataset["versions"])
    return "" if wanted or not older else f" {counted(older, 'older version')} of it not followed."


def _sources(sources: Sequence[Mapping[str, Any]], uri: str, name: str) -> Section:
    rows = [
        (
            links.column(source["uri"], source["column"]),
            links.dataset(source["uri"]),
            source["role"] or "not classified",
            ", ".join(source["effects"]) or "none",
            "assumed" if source["is_assumed"] else "values" if source["is_direct"] else "choice",
        )
        for source in sources
    ]
    nothing = () if rows else ("Where it comes from is not recorded.",)
    picture = links.Link("Its lineage as a picture", links.address("graph", file=uri, column=name))
    return Section(
        title="Where it comes from",
        texts=nothing,
        tables=table_of(_SOURCE_HEADINGS, rows),
        notes=(picture,),
    )


def _places(lives: Mapping[str, Any]) -> Iterator[Section]:
    found = sorted(lives["found"], key=_protection)
    values = [_place(one) for one in found if one["exposure"] is not None]
    choices = [_place(one) for one in found if one["exposure"] is None]
    more = more_than(len(found), lives["total"], "lineage graph --downstream FILE:COLUMN")
    yield Section(
        title="Where its values still live",
        texts=() if values else ("No run that declares its columns took values from it.",),
        tables=table_of(_PLACE_HEADINGS, values, more=more),
    )
    if choices:
        yield Section(
            title="Where it only chose rows or values",
            texts=("As a filter, a key or a group: none of its values is there.",),
            tables=table_of(_PLACE_HEADINGS, choices, more=more),
        )
    if lives["undeclared"]:
        files = [
            (links.dataset(uri), digest(sha256))
            for uri, sha256 in map(ids.parse_dataset, lives["undeclared"][:MOST_PLACES])
        ]
        more = more_than(
            MOST_PLACES, len(lives["undeclared"]), "lineage graph --impact FILE:COLUMN"
        )
        yield Section(
            title="Where it may live, too",
            texts=("What wrote these tables did not declare where their columns come from.",),
            tables=[Table(headings=("file", "version"), rows=files, more=more)],
        )


def _protection(one: Mapping[str, Any]) -> int:
    """Return a number that is the smaller, the more is left to see."""
    levels = one["direct"] or one["indirect"]
    return -Exposure[levels[0].upper()]


def _place(one: Mapping[str, Any]) -> tuple[object, ...]:
    stopped = one["stopped_by"]
    return (
        links.column(one["uri"], one["column"]),
        links.dataset(one["uri"], is_short=True),
        digest(one["sha256"]),
        _left(one),
        Listed([_step(step, is_last=step is one["path"][-1]) for step in one["path"]], True),
        "nothing" if stopped is None else Listed([(stopped["effect"], *_by(stopped))]),
        STATES[one["on_disk"]],
        Listed([(links.release(release),) for release in one["releases"]]),
    )


def _left(one: Mapping[str, Any]) -> str:
    """Say what all paths together leave to see of the values."""
    if one["exposure"] is None:
        return str(one["indirect_exposure"])
    others = [level for level in one["direct"] if level != one["exposure"]]
    rest = f" (other paths: {', '.join(others)})" if others else ""
    return f"{one['exposure']}{rest}"


def _step(step: Mapping[str, Any], *, is_last: bool) -> tuple[object, ...]:
    remarks = [
        word
        for word, is_so in (
            ("chose", not step["is_direct"]),
            ("assumed", step["is_assumed"]),
            ("observed", step["is_observed"]),
        )
        if is_so
    ]
    effect = step["effect"] + (f" ({', '.join(remarks)})" if remarks else "")
    to = () if is_last else ("to", links.column(step["uri"], step["column"]), "of", _file(step))
    return (effect, *_by(step), *to)


def _file(step: Mapping[str, Any]) -> links.Link:
    return links.dataset(step["uri"], is_short=True)


def _by(step: Mapping[str, Any]) -> tuple[object, ...]:
    if step["run_id"] is None:
        return ()
    return "in", links.run(step["run_id"], step["task_id"])
