"""What the views of lineage, and the keys they join by, mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import (
    START,
    Given,
    digest,
    folded,
    of_run,
    of_task,
    operation,
    read,
    started,
    version_of,
    wrote,
)

from lineage.events import (
    ColumnsDerived,
    DerivedColumn,
    FileImported,
    OperationSkipped,
    RunImported,
)
from lineage.kernel.errors import ProjectionError
from projections.dependency_graph import ids
from projections.dependency_graph.named_graph import NamedGraph


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Every way in which a node can come into the graph."""
    derived = DerivedColumn(
        column="b",
        source_uri="/mnt/in.csv",
        source_sha256=digest("i"),
        source_column="a",
        effect="identity",
        is_direct=True,
    )
    unknown = derived.model_copy(update={"source_sha256": None})
    record = {"input_files": [{"path": "old.csv"}], "output_files": [{"path": "older.csv"}]}
    with folded(
        of_task(FileImported(source_uri="/x", uri="/mnt/in.csv", sha256=digest("i"), size_bytes=1)),
        of_run(
            started(),
            operation(),
            read("/mnt/in.csv", "i"),
            read("lost.csv", sha256=None),
            wrote("out.csv", "o"),
            wrote("gone.csv", sha256=None, size_bytes=None),
            read("ä 名.csv", by=None),
            wrote("whole.csv", by=None),
            ColumnsDerived(
                operation=1, uri="out.csv", sha256=digest("o"), columns=(derived, unknown)
            ),
            ColumnsDerived(operation=None, uri="gone.csv", sha256=None, columns=(derived,)),
            run="r1",
        ),
        of_run(
            started(),
            OperationSkipped(
                operation=1, name="x", reason="same", reused_run="r1", reused_operation=1
            ),
            wrote("again.csv", by=2),
            run="r2",
        ),
        of_run(RunImported(occurred_at=START, is_success=True, record=record, source="l"), run="i"),
    ) as given_history:
        yield given_history


def test_every_end_of_an_edge_has_the_key_of_its_name(history: Given) -> None:
    """What the folds and the views call a node is what a question calls it."""
    rows = history.catalog.rows("from edges")

    assert {row["kind"] for row in rows} == {"used", "generated", "derived", "reused"}
    for end in ("source", "target"):
        for row in rows:
            assert ids.keys_of(history.catalog, [row[end]]) == {row[f"{end}_key"]: row[end]}
            assert ids.kind_of(row[end]) == row[f"{end}_kind"]


def test_every_column_has_the_key_of_its_name(history: Given) -> None:
    """The same for columns, those of copied files and of unknown contents included."""
    rows = history.catalog.rows("from column_steps")

    assert {row["uri"] for row in rows} == {"out.csv", "gone.csv", "/mnt/in.csv"}
    for row in rows:
        names = [
            ids.column_id(row["source_uri"], row["source_sha256"], row["source_column"]),
            ids.column_id(row["uri"], row["sha256"], row["column_name"]),
        ]
        keys = [row["source_key"], row["target_key"]]
        assert [*ids.column_keys_of(history.catalog, names)] == keys


def test_imported_record_joins_files_of_unknown_content(history: Given) -> None:
    """A log from elsewhere knows paths only; the graph says so."""
    rows = history.catalog.rows("select source, target from edges where run_id = 'i' order by all")

    assert [tuple(row.values()) for row in rows] == [
        ("i", "older.csv@unknown"),
        ("old.csv@unknown", "i"),
    ]


def test_reused_operation_counts_as_what_its_run_had_read(history: Given) -> None:
    """An operation that reads nothing may have used what a reused one has read."""
    rows = history.catalog.rows(
        "select source, is_assumed from edges where target = 'r2#2' order by source"
    )

    assert rows == [
        {"source": version_of("/mnt/in.csv", "i"), "is_assumed": True},
        {"source": "lost.csv@unknown", "is_assumed": True},
    ]


def test_two_names_of_one_key_are_refused() -> None:
    """Should two nodes ever share a key, the answer is an error, not a mixture."""
    graph = NamedGraph()
    graph.name(1, "a@unknown", {})
    graph.name(1, "a@unknown", {})

    with pytest.raises(ProjectionError, match=r"found \['a@unknown', 'b@unknown'\]"):
        graph.name(1, "b@unknown", {})
