"""Ingestion gives a raw dataset its declared types and says what it changed."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data.column_types import ColumnType
from ops.data.source import DataSource
from ops.ingest import IngestOperation
from ops.result import OperationResult, OperationStatus

ADULT = Path(__file__).parents[3] / "DATA" / "raw" / "adult.csv.gz"
MARKER = "Margarethe"
ADULT_SCHEMA: dict[str, ColumnType] = {
    "age": "integer",
    "workclass": "category",
    "fnlwgt": "number",
    "education": "category",
    "education-num": "integer",
    "marital-status": "category",
    "occupation": "category",
    "relationship": "category",
    "race": "category",
    "sex": "category",
    "capital-gain": "integer",
    "capital-loss": "integer",
    "hours-per-week": "integer",
    "native-country": "text",
    "salary-class": "category",
    "split": "category",
}


def ingest(tmp_path: Path, content: str, schema: dict[str, ColumnType]) -> OperationResult:
    """Ingest a small CSV file."""
    (tmp_path / "raw.csv").write_text(content)
    source = DataSource.from_files({"raw": tmp_path / "raw.csv"})
    return IngestOperation(dataset_name="raw", schema=schema).execute(source, tmp_path / "t_1")


def test_adult_is_typed_and_its_question_marks_are_null(tmp_path: Path) -> None:
    """The demo's data come out complete, with 6,465 missing values where there were "?"."""
    source = DataSource.from_files({"adult": ADULT})
    result = IngestOperation(dataset_name="adult", schema=ADULT_SCHEMA).execute(source, tmp_path)
    nulls = {name: count for name, count in result.metrics["nulls"].items() if count}  # type: ignore[attr-defined]  # a mapping by contract
    assert result.status is OperationStatus.SUCCESS
    assert (result.metrics["rows"], result.metrics["columns"]) == (48842, 16)
    assert nulls == {"workclass": 2799, "occupation": 2809, "native-country": 857}
    schema = pq.read_schema(tmp_path / "output" / "adult.parquet")
    assert [str(schema.field(name).type) for name in ("age", "fnlwgt")] == ["int64", "double"]
    assert pa.types.is_dictionary(schema.field("race").type)
    assert [read.name for read in source.drain_reads()] == ["adult"]


def test_column_is_identity_only_where_every_value_reads_as_before(tmp_path: Path) -> None:
    """Types alone change nothing; nulls for markers and other digits do."""
    result = ingest(
        tmp_path,
        "same,null,digits,zip\n1,?,1.50,01234\n2,b,2,99999\n",
        {"same": "integer", "null": "category", "digits": "number", "zip": "text"},
    )
    edges = {
        edge.column: (edge.source, edge.source_column, edge.effect) for edge in result.column_edges
    }
    assert edges == {
        "same": ("raw", "same", "identity"),
        "null": ("raw", "null", "transformation"),
        "digits": ("raw", "digits", "transformation"),
        "zip": ("raw", "zip", "identity"),
    }


def test_every_declared_type_is_written(tmp_path: Path) -> None:
    """Each word of the schema has its type in the Parquet file, nulls kept."""
    schema: dict[str, ColumnType] = {
        "i": "integer",
        "n": "number",
        "t": "text",
        "c": "category",
        "b": "boolean",
        "d": "date",
    }
    result = ingest(tmp_path, "i,n,t,c,b,d\n007,1,1.50,a,true,2026-01-31\n?,?,?,?, ?,?\n", schema)
    frame = pq.read_table(result.artifacts[0].path).to_pylist()
    assert [str(value) for value in frame[0].values()] == [
        "7",
        "1.0",
        "1.50",
        "a",
        "True",
        "2026-01-31",
    ]
    assert set(frame[1].values()) == {None}


@pytest.mark.parametrize(
    ("declared", "cell"),
    [("integer", "1.5"), ("number", "1,5"), ("boolean", "2"), ("date", "31.01.2026")],
)
def test_value_of_another_type_is_located_not_shown(
    tmp_path: Path, declared: ColumnType, cell: str
) -> None:
    """The error has column, number of rows and first row; nothing is written."""
    content = f'x,y\n?,1\n"{cell}",2\n{MARKER},3\n'
    with pytest.raises(DataReadError, match=r"column 'x': 2 values .* data row 2\)") as caught:
        ingest(tmp_path, content, {"x": declared})
    shown = "".join(traceback.format_exception(caught.value))
    assert MARKER not in shown
    assert not (tmp_path / "t_1").exists()


def test_column_outside_the_schema_is_left_out_with_a_warning(tmp_path: Path) -> None:
    """Nothing undeclared is taken in, and the report says what was not."""
    result = ingest(tmp_path, "a,name\n1,x\n", {"a": "integer"})
    assert result.status is OperationStatus.WARNING
    assert result.warnings[0].details == {"columns": ["name"]}
    assert result.artifacts[0].columns == ("a",)


def test_declared_column_that_is_missing_is_refused(tmp_path: Path) -> None:
    """A schema that does not fit the file is an error with close names."""
    with pytest.raises(DataReadError, match=r"column 'agee' of dataset 'raw'.*one like 'age'"):
        ingest(tmp_path, "age\n1\n", {"agee": "integer"})


@pytest.mark.parametrize("schema", [["a"], "a", {"a": ["integer"]}, None])
def test_schema_of_another_shape_is_refused(tmp_path: Path, schema: Any) -> None:
    """A schema is a mapping of names to types, or an error that says so."""
    with pytest.raises(ConfigurationError, match=r"schema of IngestOperation|type of column 'a'"):
        ingest(tmp_path, "a,b\n1,2\n", schema)


def test_ingested_number_loses_no_digit(tmp_path: Path) -> None:
    """A number declared for ids beyond a float's digits is refused, not rounded."""
    with pytest.raises(DataReadError, match=r"column 'a': 1 values do not fit type 'number'"):
        ingest(tmp_path, "a\n9007199254740993\n9007199254740992\n", {"a": "number"})


def test_own_null_markers_replace_the_usual_ones(tmp_path: Path) -> None:
    """Null markers are the caller's, compared without white space around them."""
    source = DataSource()
    source.add_dataframe("raw", pd.DataFrame({"n": ["-1", " -1 ", "2"], "q": ["?", "a", "b"]}))
    operation = IngestOperation(
        dataset_name="raw",
        schema={"n": "integer", "q": "text"},
        null_markers=("-1",),
        output_name="typed",
    )
    result = operation.execute(source, tmp_path)
    assert result.metrics["nulls"] == {"n": 2, "q": 0}
    assert result.artifacts[0].path.name == "typed.parquet"


def test_same_input_gives_the_same_file(tmp_path: Path) -> None:
    """Running again reproduces the output's digest."""
    schema: dict[str, ColumnType] = {"a": "category", "b": "integer"}
    digests = {ingest(tmp_path, "a,b\nx,1\ny,2\n", schema).artifacts[0].sha256 for _ in range(2)}
    assert len(digests) == 1
