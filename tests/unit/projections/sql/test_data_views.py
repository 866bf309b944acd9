"""What the views over files, versions, edges and columns mean."""

from __future__ import annotations

import pytest
from projection_scenarios import (
    START,
    Row,
    Step,
    at,
    digest,
    folded,
    given,
    of,
    of_run,
    read,
    version_of,
    wrote,
)

from lineage.events import ArtifactGrouped, ColumnsDerived, DerivedColumn, FileImported

EDGES = "select source, target, kind, is_assumed from edges order by position, source, target"


def edge(source: str, target: str, kind: str, *, is_assumed: bool = False) -> Row:
    """A row of the view edges."""
    return {"source": source, "target": target, "kind": kind, "is_assumed": is_assumed}


def copied(source_uri: str, uri: str, content: str) -> FileImported:
    """A file that is copied into a task's folder."""
    return FileImported(
        source_uri=source_uri, uri=uri, sha256=digest(content), size_bytes=len(content)
    )


def test_read_file_is_an_input() -> None:
    """A read dataset version is under the run and the operation that used it."""
    given(of_run(read("raw/people.csv", "abc"))).shows(
        "select * exclude (dataset_key, step_key) from inputs",
        {
            "position": 1,
            "run_id": "r1",
            "task_id": "t_1",
            "operation": 1,
            "recorded_at": at(1),
            "name": "people",
            "uri": "raw/people.csv",
            "sha256": digest("abc"),
            "size_bytes": 3,
            "format": "csv",
            "row_count": 10,
            "columns": ["name", "age"],
        },
    )


def test_written_file_is_an_artifact() -> None:
    """A written file is under the run and the operation that wrote it."""
    written = wrote("out/p.csv", "abc", tags=("x", "y"), group="g", metadata={"k": [1]}, rows=2)
    given(of_run(written)).shows(
        "select uri, sha256, size_bytes, modified_at, category, tags, artifact_group, metadata,"
        " row_count, columns from artifacts",
        {
            "uri": "out/p.csv",
            "sha256": digest("abc"),
            "size_bytes": 3,
            "modified_at": START,
            "category": "output",
            "tags": ["x", "y"],
            "artifact_group": "g",
            "metadata": {"k": [1]},
            "row_count": 2,
            "columns": [],
        },
    )


def test_group_counts_its_artifacts_and_keeps_its_latest_description() -> None:
    """A group opened, filled and described again is one row, created when first named."""
    given(
        of_run(
            ArtifactGrouped(group="stats", description="first"),
            wrote("a.csv", group="stats"),
            wrote("b.csv", group="stats"),
            wrote("c.csv"),
            ArtifactGrouped(group="stats", description="second"),
        )
    ).shows(
        "select * from artifact_groups",
        {
            "run_id": "r1",
            "artifact_group": "stats",
            "description": "second",
            "created_at": at(1),
            "artifact_count": 2,
            "position": 1,
        },
    )


def test_group_that_was_never_opened_exists_by_its_artifacts() -> None:
    """An artifact's group is a group without a description."""
    given(of_run(wrote("a.csv", group="stats"))).shows(
        "select artifact_group, description, artifact_count from artifact_groups",
        {"artifact_group": "stats", "description": "", "artifact_count": 1},
    )


def test_empty_group_counts_none() -> None:
    """A group without artifacts is shown with a count of zero."""
    given(of_run(ArtifactGrouped(group="stats", description="none yet"))).shows(
        "select artifact_group, artifact_count from artifact_groups",
        {"artifact_group": "stats", "artifact_count": 0},
    )


def test_path_written_twice_is_two_dataset_versions() -> None:
    """Each content of a path is a version of its own, with the run that wrote it."""
    given(
        of_run(wrote("p.csv", "one"), run="r1", task="t_1"),
        of_run(wrote("p.csv", "two"), run="r2", task="t_2"),
    ).shows(
        "select dataset_id, produced_by_run, produced_by_task from datasets"
        " order by first_position",
        {
            "dataset_id": version_of("p.csv", "one"),
            "produced_by_run": "r1",
            "produced_by_task": "t_1",
        },
        {
            "dataset_id": version_of("p.csv", "two"),
            "produced_by_run": "r2",
            "produced_by_task": "t_2",
        },
    )


def test_same_bytes_in_two_places_are_two_dataset_versions_of_one_digest() -> None:
    """Moving bytes keeps the digest."""
    given(of_run(wrote("a.csv", "same"), wrote("b.csv", "same"))).shows(
        "select count(*) as versions, count(distinct sha256) as digests from datasets",
        {"versions": 2, "digests": 1},
    )


def test_version_written_and_read_again_is_one_row() -> None:
    """A version has one row from its first to its last mention, whoever mentions it."""
    given(
        of_run(wrote("p.csv", "one", rows=10), run="r1"),
        of_run(read("p.csv", "one"), run="r2"),
    ).shows(
        "select uri, row_count, produced_by_run, first_position, last_position from datasets",
        {
            "uri": "p.csv",
            "row_count": 10,
            "produced_by_run": "r1",
            "first_position": 1,
            "last_position": 2,
        },
    )


def test_version_from_outside_has_no_producer() -> None:
    """What was only read came from outside."""
    given(of_run(read("raw.csv"))).shows(
        "select produced_by_run, produced_by_task from datasets",
        {"produced_by_run": None, "produced_by_task": None},
    )


def test_file_without_digest_is_an_unknown_version() -> None:
    """A file that could not be read is shown as an unknown version, not left out."""
    given(of_run(read("gone.csv", sha256=None, size_bytes=None))).shows(
        "select dataset_id, sha256 from datasets",
        {"dataset_id": "gone.csv@unknown", "sha256": None},
    )


def test_operation_that_reads_and_writes_joins_its_files() -> None:
    """What an operation read leads to it, what it wrote comes from it."""
    given(of_run(read("in.csv", "i"), wrote("out.csv", "o"))).shows(
        EDGES,
        edge(version_of("in.csv", "i"), "r1#1", "used"),
        edge("r1#1", version_of("out.csv", "o"), "generated"),
    )


def test_run_that_reads_and_writes_by_itself_is_the_node() -> None:
    """Outside of operations the run stands between its files."""
    given(of_run(read("in.csv", "i", by=None), wrote("out.csv", "o", by=None))).shows(
        "select source_kind, source, target_kind, target, is_assumed from edges order by position",
        {
            "source_kind": "dataset",
            "source": version_of("in.csv", "i"),
            "target_kind": "run",
            "target": "r1",
            "is_assumed": False,
        },
        {
            "source_kind": "run",
            "source": "r1",
            "target_kind": "dataset",
            "target": version_of("out.csv", "o"),
            "is_assumed": False,
        },
    )


def test_operation_that_wrote_without_reading_may_have_used_what_its_run_had_read() -> None:
    """Its inputs are assumed to be all that the run read before, and are marked so."""
    given(
        of_run(
            read("a.csv", "a", by=1),
            read("b.csv", "b", by=None),
            wrote("out.csv", "o", by=2),
            read("late.csv", "l", by=3),
        )
    ).shows(
        "select source, target from edges where is_assumed order by source",
        {"source": version_of("a.csv", "a"), "target": "r1#2"},
        {"source": version_of("b.csv", "b"), "target": "r1#2"},
    )


def test_operation_that_read_something_is_assumed_nothing() -> None:
    """An operation that named one input used no other."""
    given(
        of_run(read("a.csv", "a", by=1), read("b.csv", "b", by=2), wrote("out.csv", "o", by=2))
    ).shows("select source from edges where is_assumed")


def test_inputs_of_another_run_are_never_assumed() -> None:
    """What one run had read says nothing about what another wrote."""
    given(of_run(read("a.csv", by=1), run="r1"), of_run(wrote("out.csv", by=1), run="r2")).shows(
        "select source from edges where is_assumed"
    )


@pytest.mark.parametrize("step", [of_run, lambda event: of("task:t_1", event)])
def test_imported_file_is_derived_from_its_source(step: Step) -> None:
    """A file copied into a task's folder has the same bytes as its source."""
    given(step(copied("/mnt/in.csv", "data/in.csv", "abc"))).shows(  # type: ignore[operator]  # a function that makes one
        EDGES,
        edge(version_of("/mnt/in.csv", "abc"), version_of("data/in.csv", "abc"), "derived"),
    )


def test_each_pair_of_columns_has_a_column_edge() -> None:
    """A generated column has no source; the order of the event is kept."""
    derived = ColumnsDerived(
        operation=1,
        uri="out.csv",
        sha256=digest("o"),
        columns=(
            DerivedColumn(
                column="age_group",
                source_uri="in.csv",
                source_sha256=digest("i"),
                source_column="age",
                effect="generalization",
                is_direct=True,
            ),
            DerivedColumn(
                column="id",
                source_uri=None,
                source_sha256=None,
                source_column=None,
                effect="synthesis",
                is_direct=False,
            ),
        ),
    )
    given(of_run(derived)).shows(
        "select uri, sha256, column_name, source_uri, source_column, effect, is_direct"
        " from column_edges order by column_name",
        {
            "uri": "out.csv",
            "sha256": digest("o"),
            "column_name": "age_group",
            "source_uri": "in.csv",
            "source_column": "age",
            "effect": "generalization",
            "is_direct": True,
        },
        {
            "uri": "out.csv",
            "sha256": digest("o"),
            "column_name": "id",
            "source_uri": None,
            "source_column": None,
            "effect": "synthesis",
            "is_direct": False,
        },
    )


def test_time_stamp_of_a_file_is_shown_in_utc() -> None:
    """A time stamp with another offset is the same moment."""
    with folded(of_run(wrote("a.csv", modified_at="2026-01-01T02:00:00+02:00"))) as history:
        assert history.catalog.value("select modified_at from artifacts") == START
