"""Operations that protect nobody name the columns on which nobody has decided."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from table_frames import run

from ops import BaseOperation
from ops.tables.join import JoinOperation
from ops.tables.sample import SampleOperation
from ops.tables.split import SplitOperation
from ops.tables.sql import SqlOperation
from ops.tables.union import UnionOperation

TABLES = {
    "one": pa.table({"key": [1, 2], "x": ["a", "b"]}),
    "two": pa.table({"key": [1, 2], "x": ["c", "d"]}),
}
KNOWN = ["key"]


def warned(operation: BaseOperation, folder: Path) -> list[object]:
    """Return the columns that each warning of this kind names."""
    result, _ = run(operation, TABLES, folder)
    said = [each for each in result.warnings if "no role declared" in each.message]
    for each in said:
        assert each.message.startswith("passed on unchanged, no role declared: ")
        assert "they may identify people" in each.message
    return [each.details["columns"] for each in said]


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        (SampleOperation(dataset_name="one", rows=1, known_columns=KNOWN), ["x"]),
        (SampleOperation(dataset_name="one", rows=1), ["key", "x"]),
        (
            SplitOperation(dataset_name="one", shares={"a": 0.5, "b": 0.5}, known_columns=KNOWN),
            ["x"],
        ),
        (
            UnionOperation(
                datasets=["one", "two"], output_name="o", source_column="of", known_columns=KNOWN
            ),
            ["x"],
        ),
        (
            JoinOperation(left="one", right="two", on=["key"], known_columns=KNOWN),
            ["x_left", "x_right"],
        ),
        (
            SqlOperation(
                query="select key as k, x as y, upper(x) as z, 1 as n from one",
                output_name="o",
                known_columns=KNOWN,
            ),
            ["y"],
        ),
        (
            SqlOperation(
                query="select coalesce(one.x, two.x) as y, one.x from one join two using (key)",
                output_name="o",
            ),
            ["y", "x"],
        ),
    ],
)
def test_column_without_a_role_is_named_once(
    operation: BaseOperation, named: list[str], tmp_path: Path
) -> None:
    """By its name in the output: what has a role, is changed or is made is not named."""
    assert warned(operation, tmp_path) == [named]


@pytest.mark.parametrize(
    "operation",
    [
        SampleOperation(dataset_name="one", rows=1, known_columns=["key", "x"]),
        SplitOperation(dataset_name="one", shares={"a": 0.5, "b": 0.5}, known_columns=["key", "x"]),
        UnionOperation(datasets=["one", "two"], output_name="o", known_columns=["key", "x"]),
        JoinOperation(left="one", right="two", on=["key"], known_columns=["key", "x"]),
        SqlOperation(
            query="select key, x as y from one", output_name="o", known_columns=["key", "x"]
        ),
        SqlOperation(query="select count(*) as n from one", output_name="o"),
    ],
)
def test_columns_with_roles_need_no_warning(operation: BaseOperation, tmp_path: Path) -> None:
    """Nothing is said where somebody has decided on every column that is passed on."""
    assert warned(operation, tmp_path) == []
