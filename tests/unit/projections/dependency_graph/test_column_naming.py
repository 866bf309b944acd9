"""Columns: what they were made from, and what of it they still show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from projection_scenarios import (
    Given,
    Step,
    digest,
    folded,
    of_run,
    of_task,
    operation,
    read,
    started,
    untimed,
    version_of,
    wrote,
)

from lineage.events import ColumnsDerived, DerivedColumn, FileImported
from lineage.kernel.errors import DatasetNotFoundError
from projections.dependency_graph import Selection, column_path, columns_between, find
from projections.dependency_graph.columns import column_graph
from projections.dependency_graph.impacts import impact


def column(file: str, name: str) -> str:
    """The id of a column of a file whose content is its name."""
    return f"{version_of(file, file)}:{name}"


def derived(
    target: str, source: str | None, effect: str = "identity", *, is_direct: bool = True
) -> DerivedColumn:
    """A step: "column" from "file:column"; None for a generated one."""
    file, _, name = (source or "").partition(":")
    return DerivedColumn(
        column=target,
        source_uri=file or None,
        source_sha256=digest(file) if file else None,
        source_column=name or None,
        effect=effect,  # type: ignore[arg-type]  # one of the vocabulary
        is_direct=is_direct,
    )


def step(source: str, target: str, *columns: DerivedColumn, run: str) -> Step:
    """A run of one operation that makes one file from another and says where columns came from."""
    said = [ColumnsDerived(operation=1, uri=target, sha256=digest(target), columns=columns)]
    return of_run(
        started(),
        operation(),
        read(source, source, columns=("ssn", "age")),
        wrote(target, target, columns=("a", "b")),
        *(said if columns else []),
        run=run,
    )


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A number that is masked in one way, kept in another, and chooses rows in a third."""
    with folded(
        step("raw", "masked", derived("m", "raw:ssn", "masking"), derived("k", None), run="r1"),
        step("raw", "kept", derived("k", "raw:ssn"), run="r2"),
        step("masked", "out", derived("x", "masked:m"), run="r3"),
        step(
            "kept",
            "out",
            derived("x", "kept:k", "transformation"),
            derived("y", "kept:k", is_direct=False),
            derived("y", "kept:k", "aggregation"),
            run="r4",
        ),
    ) as given_history:
        yield given_history


def shown(history: Given, start: str, direction: str = "upstream") -> dict[str, Any]:
    """What each node of an answer tells about exposure."""
    wanted = Selection(starts=(start,), direction=direction)  # type: ignore[arg-type]  # one of the two
    nodes = column_graph(history.catalog, wanted).nodes
    return {node: (data["exposure"], data["indirect_exposure"]) for node, data in nodes.items()}


def test_upstream_tells_what_is_left_of_each_source(history: Given) -> None:
    """One way masks the number, another only transforms it: it is still there, transformed."""
    assert shown(history, column("out", "x")) == {
        column("out", "x"): ("exposed", None),
        column("masked", "m"): ("exposed", None),
        column("kept", "k"): ("transformed", None),
        column("raw", "ssn"): ("transformed", None),
    }


def test_downstream_tells_what_is_left_of_the_start(history: Given) -> None:
    """Sensitivity goes on behind an anonymizing step, as far as it is not hidden."""
    assert shown(history, column("raw", "ssn"), "downstream") == {
        column("raw", "ssn"): ("exposed", None),
        column("masked", "m"): ("masked", None),
        column("kept", "k"): ("exposed", None),
        column("out", "x"): ("transformed", None),
        column("out", "y"): ("aggregated", "exposed"),
    }


def test_two_effects_between_two_columns_are_both_told(history: Given) -> None:
    """The edge names the direct effect, and all of them."""
    graph = column_graph(history.catalog)

    assert untimed(graph.edges[column("kept", "k"), column("out", "y")]) == {
        "kind": "aggregation",
        "effects": ["aggregation", "identity (indirect)"],
        "is_direct": True,
        "is_assumed": False,
        "is_observed": False,
    }


def test_path_is_the_way_that_shows_most(history: Given) -> None:
    """The answer says what is left over all paths, and by which path most of it passes."""
    graph = column_path(history.catalog, [column("raw", "ssn")], [column("out", "x")])

    assert list(graph) == [column("raw", "ssn"), column("kept", "k"), column("out", "x")]
    assert graph.graph["direct"] == ["transformed", "masked"]
    assert graph.graph["paths"] == "several"
    assert graph.graph["shown_by"] == column("out", "x")


def test_path_by_which_nothing_passes_is_none(history: Given) -> None:
    """A column that nothing leads to has no way to it."""
    graph = column_path(history.catalog, [column("out", "x")], [column("raw", "ssn")])

    assert len(graph) == 0
    assert graph.graph["paths"] == "none"


def test_path_from_a_column_to_itself_exposes_it(history: Given) -> None:
    """Nothing was done to it."""
    ssn = column("raw", "ssn")
    graph = column_path(history.catalog, [ssn], [ssn])

    assert list(graph) == [ssn]
    assert graph.graph["exposure"] == "exposed"


def test_witness_passes_by_a_shorter_way_that_hides_more() -> None:
    """A direct masked step between two columns does not stand for the long way that exposes."""
    with folded(
        step("raw", "a", derived("x", "raw:ssn"), run="r1"),
        step("a", "out", derived("x", "a:x"), derived("x", "raw:ssn", "masking"), run="r2"),
    ) as history:
        graph = column_path(history.catalog, [column("raw", "ssn")], [column("out", "x")])

    assert list(graph.edges) == [
        (column("raw", "ssn"), column("a", "x")),
        (column("a", "x"), column("out", "x")),
    ]
    assert graph.graph["exposure"] == "exposed"


def test_between_holds_every_way(history: Given) -> None:
    """Both paths are there, and what lies beside them is not."""
    graph = columns_between(history.catalog, [column("raw", "ssn")], [column("out", "x")])

    assert set(graph) == {
        column("raw", "ssn"),
        column("masked", "m"),
        column("kept", "k"),
        column("out", "x"),
    }
    assert graph.nodes[column("out", "x")]["exposure"] == "transformed"


def test_depth_cuts_what_is_drawn_and_not_what_is_shown(history: Given) -> None:
    """A near column tells of all paths to it, also of those that are longer than the depth."""
    with folded(
        step("raw", "a", derived("x", "raw:ssn"), run="r1"),
        step("a", "out", derived("x", "a:x"), derived("x", "raw:ssn", "masking"), run="r2"),
    ) as given_history:
        wanted = Selection(starts=(column("raw", "ssn"),), direction="downstream", depth=1)
        graph = column_graph(given_history.catalog, wanted)

    assert graph.nodes[column("out", "x")]["exposure"] == "exposed"
    assert graph.graph["node_count"] == 3


def test_limit_keeps_the_nearest_and_counts_all(history: Given) -> None:
    """A cut answer is marked, with the counts of the whole."""
    graph = column_graph(history.catalog, Selection(starts=(column("out", "x"),), limit=2))
    newest = column_graph(history.catalog, Selection(limit=2))

    assert (len(graph), graph.graph["node_count"], graph.graph["is_truncated"]) == (2, 4, True)
    assert column("kept", "k") in newest
    assert (len(newest), newest.graph["node_count"]) == (2, 5)


def test_origin_tells_why_a_column_has_no_source(history: Given) -> None:
    """A raw file came from outside, a generated column from nowhere; others were derived."""
    graph = column_graph(history.catalog, Selection(starts=(column("out", "x"),)))
    alone = column_graph(history.catalog, Selection(starts=(column("masked", "k"),)))

    assert graph.nodes[column("raw", "ssn")]["origin"] == "outside"
    assert graph.nodes[column("out", "x")]["origin"] == "derived"
    assert alone.nodes[column("masked", "k")]["origin"] == "generated"
    assert graph.graph["undeclared"] == alone.graph["undeclared"] == []


@pytest.mark.parametrize("direction", ["upstream", "downstream"])
def test_step_that_said_nothing_is_where_the_trail_is_lost(direction: str) -> None:
    """A file whose columns nobody explained is named, not passed over."""
    with folded(
        step("raw", "silent", run="r1"),
        step("silent", "out", derived("x", "silent:a"), run="r2"),
    ) as history:
        start = column("out", "x") if direction == "upstream" else column("raw", "ssn")
        wanted = Selection(starts=(start,), direction=direction)  # type: ignore[arg-type]  # one of the two
        graph = column_graph(history.catalog, wanted)

    assert graph.graph["undeclared"] == [version_of("silent", "silent")]
    if direction == "upstream":
        assert graph.nodes[column("silent", "a")]["origin"] == "undeclared"


def test_start_of_a_silent_step_is_where_the_trail_is_lost() -> None:
    """A column of which nothing at all is known says so."""
    with folded(step("raw", "silent", run="r1")) as history:
        graph = column_graph(history.catalog, Selection(starts=(column("silent", "a"),)))

    assert graph.nodes[column("silent", "a")]["origin"] == "undeclared"
    assert graph.graph["undeclared"] == [version_of("silent", "silent")]


def test_trail_is_lost_at_one_start_and_not_at_the_other() -> None:
    """Of two versions that are asked about, only the one that nobody explained is named."""
    with folded(
        step("raw", "silent", run="r1"),
        step("raw", "said", derived("a", "raw:ssn"), run="r2"),
    ) as history:
        starts = (column("silent", "a"), column("said", "a"))
        graph = column_graph(history.catalog, Selection(starts=starts))

    assert graph.graph["undeclared"] == [version_of("silent", "silent")]


def test_copied_file_has_the_columns_of_its_source() -> None:
    """Lineage goes through copies, and copies of copies, that no step looked into."""
    copies = [
        FileImported(source_uri=source, uri=target, sha256=digest("raw"), size_bytes=3)
        for source, target in (("/mnt/raw", "one"), ("one", "two"), ("two", "two"))
    ]
    used = derived("x", "two:ssn", "masking").model_copy(update={"source_sha256": digest("raw")})
    said = ColumnsDerived(operation=1, uri="out", sha256=digest("out"), columns=(used,))
    with folded(of_task(*copies), of_run(started(), operation(), said)) as history:
        graph = column_graph(history.catalog, Selection(starts=(column("out", "x"),)))

    assert set(graph) == {
        column("out", "x"),
        *(f"{version_of(file, 'raw')}:ssn" for file in ("two", "one", "/mnt/raw")),
    }
    assert {data["exposure"] for _, data in graph.nodes(data=True)} == {"exposed", "masked"}


def test_column_written_from_itself_ends() -> None:
    """A cycle of contents is walked once."""
    with folded(step("x", "x", derived("ssn", "x:ssn", "noise"), run="r1")) as history:
        assert shown(history, column("x", "ssn")) == {column("x", "ssn"): ("exposed", None)}


def test_impact_of_a_column_is_the_files_that_hold_something_of_it(history: Given) -> None:
    """Files and runs behind the column, and the files that may hold more."""
    document = impact(history.catalog, find(history.catalog, "kept:k").nodes)

    assert [file["uri"] for file in document["files"]] == ["out"]
    assert [run["run_id"] for run in document["runs"]] == ["r4"]
    assert document["undeclared"] == []


def test_whole_history_has_all_columns(history: Given) -> None:
    """Without a question every step is there."""
    graph = column_graph(history.catalog)

    assert (len(graph), graph.number_of_edges()) == (5, 5)
    assert graph.graph["question"] == "all"


def test_text_that_is_no_column_is_refused(history: Given) -> None:
    """A start has to be called as the graph calls it."""
    with pytest.raises(DatasetNotFoundError, match="uri@sha256:column"):
        column_graph(history.catalog, Selection(starts=("raw:ssn",)))
