"""Filters choose the same rows in every format, exactly, and never match a null unseen."""

from __future__ import annotations

import datetime as dt
import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data.reader import DataReader
from ops.data.source import DataSource

PEOPLE = [
    {"id": "007", "age": 30, "income": 1.5, "is_member": True},
    {"id": "008", "age": None, "income": 2.0, "is_member": False},
    {"id": "009", "age": 2**53 + 1, "income": None, "is_member": None},
]
FORMATS = ["a.csv", "a.parquet", "a.json", "a.ndjson"]
reader = DataReader()
COMPARED = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def read_as_dataset(path: Path, **options: Any) -> pa.Table:
    """Read a file through a source that has it under a name."""
    return DataSource.from_files({"a": path}).get_table("a", **options)


def written(folder: Path, name: str) -> Path:
    """Write the people."""
    path = folder / name
    if name.endswith("csv"):
        path.write_text("id,age,income,is_member\n007,30,1.5,true\n008,,2.0,false\n")
        with path.open("a") as file:
            file.write(f"009,{2**53 + 1},,\n")
    elif name.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist(PEOPLE), path, row_group_size=1)
    else:
        lines = "".join(json.dumps(record) + "\n" for record in PEOPLE)
        path.write_text(lines if name.endswith("ndjson") else json.dumps(PEOPLE))
    return path


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ([], ["007", "008", "009"]),
        ([("age", ">=", 30)], ["007", "009"]),
        ([("age", "!=", 30)], ["009"]),
        ([("age", "<", 30.5)], ["007"]),
        ([("age", ">", float(2**53))], ["009"]),
        ([("age", "==", 30.5)], []),
        ([("age", "in", [30, 31])], ["007"]),
        ([("age", "not in", [30])], ["009"]),
        ([("age", "in", [])], []),
        ([("age", "is null")], ["008"]),
        ([("income", "not null"), ("is_member", "==", False)], ["008"]),
        ([("id", ">", "007"), ("income", "<=", 2)], ["008"]),
    ],
)
def test_filter_chooses_rows(
    tmp_path: Path, name: str, filters: list[tuple[Any, ...]], ids: list[str]
) -> None:
    """Whole and in batches, the chosen rows come, and the version is that of the whole file."""
    path = written(tmp_path, name)
    read = reader.read(path, columns=["id"], filters=filters)
    assert read.table.to_pydict() == {"id": ids}
    batches = reader.read_batches(path, columns=["id"], filters=filters, batch_rows=1)
    assert [row for batch in batches for row in batch["id"].to_pylist()] == ids
    whole = reader.read(path, columns=["id"]).dataset
    assert read.dataset == batches.dataset == whole
    assert whole.rows == 3


@given(
    st.lists(st.none() | st.floats(allow_nan=True, width=64), max_size=8),
    st.floats(allow_nan=False),
    st.sampled_from(list(COMPARED)),
)
@settings(max_examples=40, deadline=None)
def test_pruned_row_groups_hold_no_match(
    tmp_path_factory: pytest.TempPathFactory, values: list[float | None], bound: float, sign: str
) -> None:
    """Statistics leave out only what Python's comparison leaves out, NaN and -0.0 included."""
    path = tmp_path_factory.mktemp("t") / "a.parquet"
    pq.write_table(pa.table({"a": pa.array(values, pa.float64())}), path, row_group_size=2)
    table = reader.read_table(path, filters=[("a", sign, bound)], require_rows=False)
    expected = [value for value in values if value is not None and COMPARED[sign](value, bound)]
    assert repr(table["a"].to_pylist()) == repr(expected)


@pytest.mark.parametrize("read", [reader.read_table, read_as_dataset])
def test_row_groups_that_cannot_match_are_not_read(
    tmp_path: Path, read: Callable[..., pa.Table]
) -> None:
    """Filters reach the file: a damaged page of another row group does not matter."""
    path = tmp_path / "a.parquet"
    table = pa.table({"a": list(range(200_000))})
    options = {"compression": "none", "use_dictionary": False, "write_page_checksum": True}
    pq.write_table(table, path, row_group_size=100_000, **options)
    content = bytearray(path.read_bytes())
    content[10_000] ^= 255
    path.write_bytes(content)
    assert read(path, filters=[("a", ">=", 199_999)]).num_rows == 1
    with pytest.raises(DataReadError, match="damaged"):
        read(path, filters=[("a", ">=", 0)])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("filters", "match"),
    [
        ([("agee", "==", 1)], "column 'agee' .* no such column, expected one like 'age'"),
        ([("age", "==", "Margarethe")], "filter on column 'age': a value of type str"),
        ([("age", "in", ["Margarethe"])], "filter on column 'age': a value of type str"),
        ([("id", "<", 7)], "column 'id': a value of type int that a text"),
        ([("is_member", "==", 1)], "a value of type int that true or false"),
        ([("age", "==", 2**70)], "a value of type int"),
        ([("income", "==", 2**53 + 1)], "a value of type int"),
        ([("age", "==", None)], "column 'age' is compared with null, NaN or no single value"),
        ([("age", "like", 1)], "operator 'like' of column 'age' is not known"),
        ([("age", "in", 1)], "operator 'in' of column 'age' has another number or kind"),
        ([("age", "is null", 1)], "operator 'is null'"),
        (["age"], "an item of type str"),
        ("age", "a value of type str, expected a list"),
    ],
)
def test_filter_without_sense_is_refused(
    tmp_path: Path, name: str, filters: Any, match: str
) -> None:
    """The error names column and kind, and never the value."""
    path = written(tmp_path, name)
    with pytest.raises((ConfigurationError, DataReadError), match=match) as caught:
        reader.read_table(path, filters=filters)
    assert "Margarethe" not in str(caught.value)


def test_filter_sees_the_declared_type(tmp_path: Path) -> None:
    """A declared date is compared with a date."""
    (tmp_path / "a.csv").write_text("d,n\n2026-01-31,1\n2026-02-01,2\n")
    table = reader.read_table(
        tmp_path / "a.csv",
        columns=["n"],
        filters=[("d", ">", dt.date(2026, 1, 31))],
        column_types={"d": "date"},
    )
    assert table.to_pydict() == {"n": [2]}


FORMS = pa.table(
    {
        "row": pa.array([1, 2, 3, 4], pa.int64()),
        "view": pa.array(["a", None, "c", "d"], pa.string_view()),
        "entry": pa.array(["a", "b", "b", None]).dictionary_encode(),
        "runs": pa.array([1, 1, 2, 2]),
    },
    schema=pa.schema(
        [
            pa.field("row", pa.int64(), nullable=False),
            pa.field("view", pa.string_view()),
            pa.field("entry", pa.dictionary(pa.int32(), pa.string())),
            pa.field("runs", pa.int64(), nullable=False),
        ]
    ),
)


@pytest.mark.parametrize("name", ["a.feather", "a.parquet"])
@pytest.mark.parametrize("least", [0, 3, 9])
def test_filtered_rows_have_one_schema_however_many_there_are(
    tmp_path: Path, name: str, least: int
) -> None:
    """All rows, some or none, at once or in batches: types and nullability are the same."""
    path = tmp_path / name
    write = pyarrow.feather.write_feather if name == "a.feather" else pq.write_table
    write(FORMS, path)
    filters: Any = [("row", ">=", least)]
    table = reader.read_table(path, filters=filters)
    some = reader.read_table(path, filters=[("row", "==", 2)])
    assert table.schema == some.schema
    assert not table.schema.field("runs").nullable
    with reader.read_batches(path, filters=filters, batch_rows=2) as batches:
        schemas = {batches.schema, *(batch.schema for batch in batches)}
    assert schemas == {table.schema}
    assert table["row"].to_pylist() == [n for n in (1, 2, 3, 4) if n >= least]
