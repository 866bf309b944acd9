"""What was counted in the columns of a file."""

from __future__ import annotations

from projection_scenarios import digest, folded, metric, of_run, operation, read, started, wrote

from projections.documents.findings.column_profile import build_column_profile


def test_latest_counts_of_a_version_are_found() -> None:
    """Of the run that counted last; what is no count is left out."""
    with folded(
        of_run(started(), operation(), read("in", "a"), metric("nulls", {"x": 1, "y": 2}, by=1)),
        of_run(
            started(),
            operation(),
            read("in", "a"),
            metric("nulls", {"x": 3, "y": "many"}, by=1),
            metric("distinct", {"x": 5}, by=1),
            run="r2",
        ),
    ) as given:
        found = build_column_profile(given.catalog, "in", digest("a"))

    assert found == {"run_id": "r2", "columns": {"x": {"nulls": 3, "distinct": 5}}}


def test_operation_that_wrote_a_table_counted_that() -> None:
    """Not what it read."""
    with folded(
        of_run(
            started(),
            operation(),
            read("in", "a"),
            wrote("out", "b", columns=("x",)),
            metric("nulls", {"x": 1}, by=1),
        )
    ) as given:
        assert build_column_profile(given.catalog, "in", digest("a"))["columns"] == {}
        assert build_column_profile(given.catalog, "out", digest("b"))["run_id"] == "r1"
