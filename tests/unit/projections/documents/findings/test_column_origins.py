"""Where the columns of a run's files came from."""

from __future__ import annotations

from typing import Any

import pytest
from projection_scenarios import digest, done, folded, of_run, operation, read, started, wrote

from lineage.events import ColumnsAssumed, ColumnsDerived, OperationSkipped
from lineage.events.data import AssumedColumn, DerivedColumn
from projections.documents.findings.column_origins import SOURCES, build_column_origins

NAMES = tuple(f"c{number}" for number in range(5))


def _derived(column: str, source: str | None, effect: str = "identity", **more: Any) -> Any:
    is_read = source is not None
    return DerivedColumn(
        column=column,
        source_uri="in" if is_read else None,
        source_sha256=digest("in") if is_read else None,
        source_column=source,
        effect=effect,
        **{"is_direct": True} | more,
    )


def _run(*columns: Any, assumed: tuple[str, ...] = (), run: str = "r1") -> Any:
    said: list[Any] = []
    if columns:
        said.append(ColumnsDerived(operation=1, uri="out", sha256=digest("out"), columns=columns))
    if assumed:
        found = tuple(
            AssumedColumn(column=name, source_uri="in", source_sha256=digest("in"))
            for name in assumed
        )
        said.append(ColumnsAssumed(operation=1, uri="out", sha256=digest("out"), columns=found))
    files = [read("in", "in", columns=NAMES), wrote("out", "out", columns=NAMES)]
    return of_run(started(), operation(), *files, *said, done(), run=run)


def _origins(*steps: Any, run: str = "r1", columns: int = 50) -> dict[str, Any]:
    with folded(*steps) as history:
        return build_column_origins(history.catalog, run, files=10, columns=columns)


@pytest.mark.parametrize(
    ("step", "known_by"),
    [
        (_run(_derived("c0", "c1", "masking")), "declared"),
        (_run(_derived("c0", None, "synthesis")), "generated"),
        (_run(assumed=("c0",)), "assumed"),
        (_run(), "unknown"),
    ],
)
def test_column_says_how_its_origin_is_known(step: Any, known_by: str) -> None:
    """What nobody stated is unknown, and what was concluded is not called declared."""
    (file,) = _origins(step)["files"]
    assert [column["known_by"] for column in file["columns"]] == [known_by, *["unknown"] * 4]


def test_sources_of_a_column_are_bounded_and_counted() -> None:
    """Direct sources come first; those that only chose values follow, up to a number."""
    indirect = [_derived("c0", name, "generalization", is_direct=False) for name in NAMES]
    (file,) = _origins(_run(*indirect, _derived("c0", "c4", "generalization")))["files"]
    column = file["columns"][0]
    assert column["source_count"] == 6
    assert [source["is_direct"] for source in column["sources"]] == [True, *[False] * (SOURCES - 1)]
    assert column["sources"][0]["column"] == "c4"


def test_columns_are_bounded_and_counted() -> None:
    """A wide file says how many columns it has."""
    (file,) = _origins(_run(), columns=2)["files"]
    assert (len(file["columns"]), file["column_count"]) == (2, 5)


def test_reused_operation_brings_its_columns_along() -> None:
    """A run that reused an operation shows where the columns of its files came from."""
    skipped = OperationSkipped(
        operation=1, name="load", reason="unchanged", reused_run="r1", reused_operation=1
    )
    again = of_run(started(), skipped, run="r2")
    (file,) = _origins(_run(_derived("c0", "c1")), again, run="r2")["files"]
    assert file["columns"][0]["known_by"] == "declared"


def test_other_run_that_wrote_the_same_bytes_says_nothing() -> None:
    """What another run declared about an equal file is not known of this one."""
    (file,) = _origins(_run(_derived("c0", "c1"), run="r1"), _run(run="r2"), run="r2")["files"]
    assert file["columns"][0]["known_by"] == "unknown"
