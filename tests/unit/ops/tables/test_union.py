"""Datasets one after the other: same columns, same types, all rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from table_frames import edges, run

from lineage.kernel.errors import ConfigurationError, OperationError
from ops.tables.union import UnionOperation

ONE = pa.table({"x": [1, 2], "t": pa.array(["a", None]).dictionary_encode()})
TWO = pa.table({"t": ["b"], "x": [1]})


def test_rows_follow_each_other_in_the_columns_of_the_first(tmp_path: Path) -> None:
    """Columns are matched by name; the source of each row is added on demand."""
    operation = UnionOperation(datasets=["one", "two"], output_name="o", source_column="from")
    result, [union] = run(operation, {"one": ONE, "two": TWO}, tmp_path)

    assert union.to_pydict() == {
        "x": [1, 2, 1],
        "t": ["a", None, "b"],
        "from": ["one", "one", "two"],
    }
    assert result.metrics == {"rows": {"one": 2, "two": 1}}
    assert edges(result) == {
        "x identity one.x",
        "x identity two.x",
        "t identity one.t",
        "t identity two.t",
        "from synthesis None.None",
    }


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((pa.null(), pa.int32()), pa.int32()),
        ((pa.string(), pa.large_string()), pa.large_string()),
        ((pa.string_view(), pa.large_string()), pa.large_string()),
        ((pa.dictionary(pa.int8(), pa.string()), pa.string()), pa.string()),
        ((pa.timestamp("us", "UTC"), pa.timestamp("us", "UTC")), pa.timestamp("us", "UTC")),
        ((pa.int64(), pa.float64()), None),
        ((pa.int32(), pa.int64()), None),
        ((pa.timestamp("us"), pa.timestamp("us", "UTC")), None),
        ((pa.decimal128(5, 2), pa.decimal128(5, 3)), None),
        ((pa.string(), pa.int64()), None),
    ],
)
def test_types_are_never_converted(
    kinds: tuple[pa.DataType, pa.DataType], expected: pa.DataType | None, tmp_path: Path
) -> None:
    """What is not the same type in another form is refused, with both types."""
    tables = {name: pa.table({"x": pa.nulls(1, kind)}) for name, kind in zip("ab", kinds)}  # noqa: B905
    operation = UnionOperation(datasets=["a", "b"], output_name="o")
    if expected is None:
        with pytest.raises(OperationError, match=r"column 'x': .* in 'a', .* in 'b'"):
            run(operation, tables, tmp_path)
        return
    _, [union] = run(operation, tables, tmp_path)
    assert union.schema.field("x").type == expected


def test_other_columns_are_refused(tmp_path: Path) -> None:
    """The message names those that are not in both."""
    with pytest.raises(OperationError, match="not both have 't', 'y'"):
        run(
            UnionOperation(datasets=["one", "two"], output_name="o"),
            {"one": ONE, "two": pa.table({"x": [1], "y": [2]})},
            tmp_path,
        )
    with pytest.raises(ConfigurationError, match="'x' is named twice"):
        run(
            UnionOperation(datasets=["one", "two"], output_name="o", source_column="x"),
            {"one": ONE, "two": TWO},
            tmp_path,
        )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"datasets": ["a"]}, "at least two datasets"),
        ({"datasets": ["a", "a"]}, "'a' is named twice"),
    ],
)
def test_bad_parameter_is_refused(parameters: dict[str, Any], message: str) -> None:
    """One dataset is no union."""
    with pytest.raises(ConfigurationError, match=message):
        UnionOperation(output_name="o", **parameters)
