"""A writer's files are whole, in their place, and read back as they were written."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import math
import os
import re
import resource
import signal
import subprocess
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import ConfigurationError, PathRefusedError
from ops.data.column_types import ColumnType
from ops.data.reader import DataReader
from ops.data.writer import DataWriteError, DataWriter, WriterResult

MARKER = "Margarethe"
FRAME = pd.DataFrame({"zip": ["01234", None], "x": [1.0, None], "n": [1, 2]})
reader = DataReader()


@contextmanager
def unprivileged() -> Iterator[None]:
    """Act as somebody whom permissions bind, even where the tests run as root."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.fixture
def writer(tmp_path: Path) -> DataWriter:
    """Give a writer whose clock stands still within a second."""
    return DataWriter(tmp_path / "t_1", clock=SteppingClock())


def drawn() -> Figure:
    """Draw a small figure."""
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2], label="a")
    return figure


def left_over(root: Path) -> list[Path]:
    """Return the files of unfinished writes."""
    return [path for path in root.rglob("*") if path.name.endswith(".part")]


def test_files_lie_where_the_layout_says(writer: DataWriter, tmp_path: Path) -> None:
    """Tables go to output/, dictionaries to dictionaries/, the rest to the task's folder."""
    results = [
        writer.write_dataframe(FRAME, "users"),
        writer.write_json({"a": 1}, "config"),
        writer.write_json({"a": 1}, "log", subdir="logs/deep"),
        writer.write_dictionary({"a": 1}, "counts"),
        writer.write_visualization(drawn(), "chart"),
        writer.write_metrics({"a": 1}, "metrics"),
    ]
    assert [str(result.path.relative_to(tmp_path / "t_1")) for result in results] == [
        "output/users.csv",
        "config.json",
        "logs/deep/log.json",
        "dictionaries/counts.json",
        "chart.png",
        "metrics_20260101T000005Z.json",
    ]


def test_result_describes_the_file(writer: DataWriter) -> None:
    """Digest, size, rows, columns and time are those of the published file."""
    result = writer.write_dataframe(FRAME, "users", format="parquet")
    content = result.path.read_bytes()
    assert result == WriterResult(
        uri=str(result.path),
        format="parquet",
        size_bytes=len(content),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        sha256=hashlib.sha256(content).hexdigest(),
        rows=2,
        columns=("zip", "x", "n"),
    )


def test_arguments_are_taken_by_position_and_shown(tmp_path: Path) -> None:
    """Logger and tracker, given as the framework's examples do, are told of each file."""

    class Tracker:
        def __init__(self) -> None:
            self.seen: list[object] = []

        def update(self, steps: int = 1, postfix: object = None) -> None:
            self.seen.append((steps, postfix))

        def close(self) -> None:
            """Have nothing to close."""

    tracker = Tracker()
    logger = logging.getLogger("test.writer")
    DataWriter(tmp_path, logger, tracker).write_dataframe(FRAME, "a", "csv", None)
    assert tracker.seen == [(0, {"file": "a.csv"})]
    assert (tmp_path / "a.csv").exists()


def test_csv_is_plain_and_quotes_only_where_it_must(writer: DataWriter) -> None:
    """Null is nothing, empty text a pair of quotes, floats keep their point."""
    table = pa.table(
        {
            "t": ["a", "", None, 'q"', "x,y", "l\nm"],
            "f": [1.0, -0.0, math.nan, 1e20, None, math.inf],
            "d": [Decimal("1.10"), None, None, None, None, None],
            "day": [date(2026, 1, 31), None, None, None, None, None],
            "b": [True, False, None, None, None, None],
        }
    )
    text = writer.write_dataframe(table, "a").path.read_text()
    assert text == (
        't,f,d,day,b\na,1.0,1.10,2026-01-31,true\n"",-0.0,,,false\n,nan,,,\n'
        '"q""",1e+20,,,\n"x,y",,,,\n"l\nm",inf,,,\n'
    )


def test_separator_is_written_and_quoted(writer: DataWriter) -> None:
    """Another separator is used throughout."""
    result = writer.write_dataframe(pd.DataFrame({"a": ["x;y"], "b": [1]}), "a", separator=";")
    assert result.path.read_text() == 'a;b\n"x;y";1\n'
    with pytest.raises(ConfigurationError, match="one ASCII character"):
        writer.write_dataframe(FRAME, "a", separator=".")


def test_named_index_is_written_and_an_unnamed_one_is_not(writer: DataWriter) -> None:
    """The keys of a grouping are data, row numbers are not."""
    grouped = pd.DataFrame({"k": ["a", "a"], "n": [1, 2]}).groupby("k").sum()
    assert writer.write_dataframe(grouped, "a").path.read_text() == "k,n\na,3\n"
    filtered = pd.DataFrame({"n": [1, 2]}).query("n > 1")
    assert writer.write_dataframe(filtered, "a").path.read_text() == "n\n2\n"


def with_unused_value(kind: str) -> pd.DataFrame | pa.Table:
    """Return rows without the marker, which the data they come from had."""
    names = pa.array(["Ada", "Zoe", MARKER, None]).dictionary_encode()
    frame = pd.DataFrame({"x": pd.Categorical(["Ada", MARKER], ordered=True), "n": [1, 2]})
    field = pa.field("x", pa.string(), metadata={"_PL_ENUM_VALUES2": MARKER})
    made: dict[str, Any] = {
        "categories": frame.query("n == 1"),
        "categories of the index": frame.set_index("x").iloc[:1],
        "slice": pa.table({"x": names}).slice(0, 2),
        "chunks": pa.concat_tables([pa.table({"x": names.slice(3)}), pa.table({"x": names[:1]})]),
        "list": pa.table({"x": pa.ListArray.from_arrays([0, 1], names)}),
        "structure": pa.table({"x": pa.StructArray.from_arrays([names[:1]], names=["y"])}),
        "column notes": pa.table([["Ada"]], pa.schema([field])),
        "schema notes": pa.table({"x": ["Ada"]}).replace_schema_metadata({"r": MARKER}),
    }
    return cast("pd.DataFrame | pa.Table", made[kind])


def unpacked(path: Path) -> str:
    """Return all that a Parquet file holds: values, dictionaries, statistics and notes."""
    file = pq.ParquetFile(path)
    table, plain = file.read(), io.BytesIO()
    pq.write_table(table, plain, compression="none")
    group = file.metadata.row_group(0)
    found = [group.column(place).statistics for place in range(group.num_columns)]
    notes = table.schema.to_string(truncate_metadata=False)
    return f"{plain.getvalue()!r} {path.read_bytes()!r} {found} {notes} {file.metadata.metadata}"


KINDS = ("categories", "categories of the index", "slice", "chunks", "column notes", "schema notes")
NESTED_KINDS = ("list", "structure")


@pytest.mark.parametrize(
    ("kind", "file_format"),
    [
        *product(KINDS, ("csv", "parquet", "json")),
        *product(NESTED_KINDS, ("parquet", "json")),
    ],
)
def test_file_holds_no_value_that_none_of_its_rows_has(
    writer: DataWriter, kind: str, file_format: Any
) -> None:
    """A row that was removed is in no dictionary, page, statistic or note of any file."""
    path = writer.write_dictionary(with_unused_value(kind), "a", file_format).path
    assert MARKER not in (unpacked(path) if file_format == "parquet" else path.read_text())


def test_dictionary_of_parquet_is_written_again_without_what_was_left_out(
    writer: DataWriter, tmp_path: Path
) -> None:
    """A file of others whose dictionary has more than its rows is read and written without."""
    table = pa.table({"x": pa.array(["Ada", MARKER]).dictionary_encode()}).slice(0, 1)
    pq.write_table(table, tmp_path / "theirs.parquet", compression="none")
    assert MARKER.encode() in (tmp_path / "theirs.parquet").read_bytes()
    read = reader.read_table(tmp_path / "theirs.parquet")
    assert read["x"].chunk(0).dictionary.to_pylist() == ["Ada"]
    assert MARKER.encode() not in writer.write_dataframe(read, "a", "parquet").path.read_bytes()


texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["", "01234", " a ", 'say "hi"', "a,b", "x\r\ny", "\n", "ü", "NULL", "nan", "\ufeff", "'"]
)
rows = st.lists(
    st.tuples(
        st.none() | texts,
        st.none() | st.floats(allow_nan=False, width=64),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.booleans(),
        st.none() | st.dates(),
    ),
    min_size=1,
    max_size=20,
)
SCHEMA = pa.schema(
    [
        ("text,1", pa.string()),
        ('"f"', pa.float64()),
        ("ganz", pa.int64()),
        ("b\n", pa.bool_()),
        ("day", pa.date32()),
    ]
)
TYPES: dict[str, ColumnType] = dict(
    zip(SCHEMA.names, ("text", "number", "integer", "boolean", "date"), strict=True)
)


@given(rows)
@settings(max_examples=80, deadline=None)
def test_table_reads_back_equal_from_csv_and_parquet(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[Any, ...]]
) -> None:
    """Leading zeros, nulls, line ends, quotes, any script and every float survive."""
    cells = [dict(zip(SCHEMA.names, record, strict=True)) for record in records]
    table = pa.Table.from_pylist(cells, schema=SCHEMA)
    writer = DataWriter(tmp_path_factory.mktemp("t"))
    csv = writer.write_dataframe(table, "a")
    parquet = writer.write_dataframe(table, "a", format="parquet")
    assert reader.read_table(csv.path, column_types=TYPES).equals(table)
    assert reader.read_table(parquet.path).equals(table)


@given(st.lists(st.none() | st.floats(allow_nan=False, width=64), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_floats_read_back_as_floats_without_being_told(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float | None]
) -> None:
    """A float64 column of a CSV file stays one, bit by bit, even if all its numbers are whole."""
    table = pa.table({"x": pa.array(numbers, pa.float64()), "n": [1] * len(numbers)})
    result = DataWriter(tmp_path_factory.mktemp("t")).write_dataframe(table, "a")
    back = reader.read_table(result.path)
    if any(number is not None for number in numbers):
        assert back.equals(table)
    assert list(map(repr, back["x"].to_pylist())) == list(map(repr, numbers))


@given(st.lists(st.none() | texts, min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_single_text_column_loses_no_row(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str | None]
) -> None:
    """Nulls and empty texts of a file with one column come back as such, in their rows."""
    table = pa.table({"x;y": pa.array(cells, pa.string())})
    result = DataWriter(tmp_path_factory.mktemp("t")).write_dataframe(table, "a")
    assert reader.read_table(result.path, column_types={"x;y": "text"}).equals(table)


def test_pandas_frame_reads_back_equal(writer: DataWriter) -> None:
    """A frame with leading zeros, floats, integers and categories survives both formats."""
    frame = FRAME.assign(c=pd.Categorical(["a", "b"]), i=pd.array([None, 2**62 + 1], dtype="Int64"))
    csv = reader.read_dataframe(writer.write_dataframe(frame, "a").path)
    parquet = reader.read_dataframe(writer.write_dataframe(frame, "a", "parquet").path)
    pd.testing.assert_frame_equal(csv, frame.assign(c=frame["c"].astype("str")))
    pd.testing.assert_frame_equal(parquet, frame)


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_equal_data_gives_equal_bytes(writer: DataWriter, file_format: str) -> None:
    """Chunks, row numbers and pandas' notes leave no trace in the file."""
    whole = pa.table({"a": range(5000), "t": ["x", "y"] * 2500})
    pieces = pa.concat_tables([whole.slice(0, 17), whole.slice(17)])
    frame = whole.to_pandas().set_index(np.arange(5000) * 2)
    frame["t"] = frame["t"].astype(pd.ArrowDtype(pa.string()))
    results = [
        writer.write_dataframe(data, f"a{i}", file_format)  # type: ignore[arg-type]  # parameter
        for i, data in enumerate([whole, pieces, frame])
    ]
    assert len({result.sha256 for result in results}) == 1


@pytest.mark.parametrize("image", ["png", "svg"])
def test_figure_drawn_alike_gives_equal_bytes(writer: DataWriter, image: str) -> None:
    """An image holds no date, no version and no random ids."""
    results = [
        writer.write_visualization(drawn(), name, format=image)  # type: ignore[arg-type]  # likewise
        for name in ("a", "b")
    ]
    assert results[0].sha256 == results[1].sha256
    assert b"2026" not in results[0].path.read_bytes()


def test_metrics_carry_where_and_when_they_were_made(writer: DataWriter) -> None:
    """A metrics file says which task it belongs to."""
    result = writer.write_metrics({"quality": {"score": 0.85}}, "m", timestamp_in_name=False)
    assert json.loads(result.path.read_text()) == {
        "metadata": {"name": "m", "task": "t_1", "created_at": "2026-01-01T00:00:00+00:00"},
        "metrics": {"quality": {"score": 0.85}},
    }


def test_json_takes_what_people_have_at_hand(writer: DataWriter) -> None:
    """Numpy, NaN, tuples as keys and sets become JSON; one line without `pretty`."""
    data = {("a", 1): np.float64("nan"), "s": {2, 1}, "n": np.int64(3)}
    result = writer.write_json(data, "a", pretty=False)
    assert result.path.read_text() == '{"[\\"a\\",1]": "NaN", "s": [1, 2], "n": 3}\n'
    assert writer.write_json(data, "b").path.read_text().startswith('{\n  "')


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_dictionary_as_table_has_keys_and_values(writer: DataWriter, file_format: str) -> None:
    """A mapping may be written for tools that read tables."""
    result = writer.write_dictionary({"apple": 523, "fig": 7}, "counts", file_format)  # type: ignore[arg-type]  # likewise
    assert reader.read_table(result.path).to_pydict() == {
        "key": ["apple", "fig"],
        "value": [523, 7],
    }
    frame = writer.write_dictionary(FRAME, "table", "csv")
    assert frame.columns == ("zip", "x", "n")


def test_timestamped_writes_in_one_second_are_two_files(tmp_path: Path) -> None:
    """A file with the time in its name never replaces another."""

    class Stopped(SteppingClock):
        def now(self) -> datetime:
            return self.start

    writer = DataWriter(tmp_path, clock=Stopped())
    paths = [writer.write_json(i, "a", timestamp_in_name=True).path for i in range(3)]
    assert [path.name for path in paths] == [
        "a_20260101T000000Z.json",
        "a_20260101T000000Z_2.json",
        "a_20260101T000000Z_3.json",
    ]
    assert [path.read_text() for path in paths] == ["0\n", "1\n", "2\n"]


WRITES: list[Callable[[DataWriter, str, bool], WriterResult]] = [
    lambda writer, name, free: writer.write_dataframe(FRAME, name, overwrite=free),
    lambda writer, name, free: writer.write_dataframe(FRAME, name, "parquet", overwrite=free),
    lambda writer, name, free: writer.write_json([1], name, overwrite=free),
    lambda writer, name, free: writer.write_visualization(drawn(), name, overwrite=free),
]


@pytest.mark.parametrize("write", WRITES)
def test_existing_file_is_kept_where_overwriting_is_refused(
    writer: DataWriter, write: Callable[[DataWriter, str, bool], WriterResult]
) -> None:
    """overwrite=False leaves the old content and says so."""
    path = write(writer, "a", False).path
    path.write_bytes(b"old")
    with pytest.raises(DataWriteError, match=r"a file of that name.*overwrite=True"):
        write(writer, "a", False)
    assert path.read_bytes() == b"old"
    assert left_over(writer.task_dir) == []
    assert write(writer, "a", True).path.read_bytes() != b"old"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("name", ["../evil", "/evil", "a/b", "..", "", "a\0b", "x" * 300, "~a"])
def test_name_that_is_no_file_name_is_refused(
    writer: DataWriter, write: Callable[[DataWriter, str, bool], WriterResult], name: str
) -> None:
    """A name cannot leave its folder."""
    with pytest.raises(PathRefusedError, match="expected"):
        write(writer, name, True)
    assert not writer.task_dir.exists()


@pytest.mark.parametrize("subdir", ["../x", "/tmp/x", "a/../../x", "link", "~/x"])  # noqa: S108  # refused
def test_folder_outside_the_task_is_refused(writer: DataWriter, subdir: str) -> None:
    """A folder cannot leave the task, not even by a link."""
    writer.task_dir.mkdir()
    (writer.task_dir / "link").symlink_to(writer.task_dir.parent)
    with pytest.raises(PathRefusedError, match="expected"):
        writer.write_json(1, "a", subdir=subdir)
    with pytest.raises(PathRefusedError, match="expected"):
        writer.write_dataframe(FRAME, "a", subdir=subdir)


def test_names_with_dots_spaces_and_letters_of_any_script_are_fine(writer: DataWriter) -> None:
    """Only what is dangerous is refused."""
    for name in ("report..v2", "R&D", "Übersicht 1", "a.csv"):
        assert writer.write_json(1, name).path.name == f"{name}.json"


def test_unsupported_format_is_refused(writer: DataWriter) -> None:
    """A format that cannot be written is an error that lists those that can."""
    unknown: Any = "xls"
    with pytest.raises(DataWriteError, match="found \"format 'xls'\", expected one of csv"):
        writer.write_dataframe(FRAME, "a", format=unknown)
    with pytest.raises(DataWriteError, match="expected one of csv, parquet, json"):
        writer.write_dictionary({"a": 1}, "a", format=unknown)
    with pytest.raises(DataWriteError, match="expected one of png, svg"):
        writer.write_visualization(drawn(), "a", format=unknown)
    assert not writer.task_dir.exists()


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (pd.DataFrame({"x": [1, MARKER]}, dtype=object), "values of several types in 'x'"),
        (pd.DataFrame({"x": [1j]}), "values of type complex128 in 'x'"),
        (pd.DataFrame({"x": pd.arrays.SparseArray([0])}), "values of type Sparse[int64, 0] in 'x'"),
        (pd.DataFrame({b"\xff": [1]}), "a column name that is not text"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "names used twice"),
        (pa.Table.from_arrays([pa.array([1])] * 2, names=["a", "a"]), "'a' occurs more than once"),
        (pd.DataFrame(index=range(3)), "no columns"),
        (pa.table({"x": [[MARKER]]}), "a column type that it cannot hold"),
    ],
)
def test_table_that_cannot_be_written_is_refused_without_its_values(
    writer: DataWriter, data: pd.DataFrame | pa.Table, match: str
) -> None:
    """The message names the column, the trace shows no cell, nothing is left behind."""
    with pytest.raises(DataWriteError, match=re.escape(match)) as caught:
        writer.write_dataframe(data, "a")
    assert MARKER not in "".join(traceback.format_exception(caught.value))
    assert list(writer.task_dir.rglob("*.*")) == []


UUID_1 = uuid.UUID(int=1)
PERIODS = pd.Series(pd.period_range("2020-01", periods=1, freq="M"))
CUTS = pd.Series(pd.cut([1.0, np.nan], [0, 5, 9]))
HEX = pa.array([b"007", b"12"])


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (pa.array([UUID_1.bytes, None], pa.uuid()), [str(UUID_1), ""]),
        (pa.array(PERIODS), ["2020-01"]),
        (pa.array(PERIODS.astype("category")), ["2020-01"]),
        (pa.array(pd.Series(pd.period_range("2020", periods=1, freq="Y"))), ['"2020"']),
        (pa.array(CUTS), ['"(0, 5]"', ""]),
        (pa.array(pd.arrays.IntervalArray.from_breaks([0.1, 0.5])), ['"(0.1, 0.5]"']),
        (HEX, ["007", "12"]),
        (HEX.cast(pa.large_binary()), ["007", "12"]),
        (HEX.cast(pa.binary_view()), ["007", "12"]),
        (pa.array([b"ab"], pa.binary(2)), ["ab"]),
        (pa.array(["12", None], pa.string_view()), ['"12"', ""]),
        (pa.DictionaryArray.from_arrays([0], pa.array(["a"], pa.string_view())), ["a"]),
        (pa.DictionaryArray.from_arrays([0], pa.array([UUID_1.bytes], pa.uuid())), [str(UUID_1)]),
        (pa.DictionaryArray.from_arrays([0], pa.array([1.0])), ["1.0"]),
        (pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int16()), ["a"]), ["a", "a"]),
        (pa.array(['{"a":1}'], pa.json_()), ['"{""a"":1}"']),
        (pa.array([1], pa.time32("s")), ["00:00:01"]),
        (pa.array([1], pa.time64("ns")), ["00:00:00.000000001"]),
        (pa.array([Decimal("1.10")], pa.decimal32(5, 2)), ["1.10"]),
        (pa.array([Decimal("1.10")], pa.decimal256(50, 2)), ["1.10"]),
        (pa.array([0], pa.timestamp("s", "+01:30")), ["1970-01-01 01:30:00+0130"]),
        (pa.nulls(2), ["", ""]),
        (pa.array([], pa.uuid()), []),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_csv_has_the_text_of_every_value(
    writer: DataWriter, values: pa.Array, written: list[str]
) -> None:
    """What is no text, number, date or time is written as Python shows it, never as raw bytes."""
    table = pa.table({"n": range(len(values)), "x": values})
    lines = writer.write_dataframe(table, "a").path.read_text().splitlines()[1:]
    assert [line.partition(",")[2] for line in lines] == written


WITHOUT_TEXT = {
    "duration": pa.array([1000], pa.duration("ms")),
    "duration in a dictionary": pa.DictionaryArray.from_arrays(
        [0], pa.array([1], pa.duration("s"))
    ),
    "months and days": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    "no duration": pa.array([], pa.duration("ms")),
    "bytes": pa.array([b"\xff\xfe"]),
    "bytes of a length": pa.array([b"\xff\xfe"], pa.binary(2)),
    "list": pa.array([[MARKER]]),
    "list view": pa.array([[MARKER]], pa.list_view(pa.string())),
    "structure": pa.array([{"a": MARKER}]),
    "map": pa.array([[(MARKER, 1)]], pa.map_(pa.string(), pa.int64())),
    "list in a dictionary": pa.DictionaryArray.from_arrays([0], pa.array([[MARKER]])),
    "tensor": pa.ExtensionArray.from_storage(
        pa.fixed_shape_tensor(pa.int8(), [1]), pa.array([[1]], pa.list_(pa.int8(), 1))
    ),
    "opaque": pa.ExtensionArray.from_storage(pa.opaque(pa.string(), "x", "y"), pa.array([MARKER])),
    "far time": pa.array([10**15], pa.timestamp("s")),
    "zone that nobody knows": pa.array([0], pa.timestamp("s", "No/Where")),
}


@pytest.mark.parametrize("kind", WITHOUT_TEXT)
def test_column_without_text_is_refused_by_name(writer: DataWriter, kind: str) -> None:
    """A value that CSV would change is an error, whose trace shows none, and no file."""
    table = pa.table({"n": range(len(WITHOUT_TEXT[kind])), "x": WITHOUT_TEXT[kind]})
    with pytest.raises(DataWriteError, match=r"column 'x' as CSV: .*; convert") as caught:
        writer.write_dataframe(table, "a")
    assert MARKER not in "".join(traceback.format_exception(caught.value))
    assert list(writer.task_dir.rglob("*.*")) == []


@pytest.mark.parametrize(
    "values",
    [
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int16()), [MARKER]),
        pa.array([Decimal("1E+10")], pa.decimal128(5, -8)),
        pa.array(CUTS),
    ],
    ids=lambda value: str(value.type),
)
def test_column_that_parquet_cannot_hold_is_refused_by_name(
    writer: DataWriter, values: pa.Array
) -> None:
    """The error names the column, and not the disk, which is not full."""
    with pytest.raises(DataWriteError, match=r"column 'x' as Parquet: .*; convert"):
        writer.write_dataframe(pa.table({"n": range(len(values)), "x": values}), "a", "parquet")


@pytest.mark.parametrize("pretty", [True, False])
def test_text_that_is_no_unicode_is_written_escaped(writer: DataWriter, pretty: bool) -> None:  # noqa: FBT001  # parameter
    """A lone surrogate from some file name does not lose the document."""
    path = writer.write_json({"a": "x\ud800"}, "a", pretty=pretty).path
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "x\\ud800"}


def test_folder_that_is_a_file_is_refused(writer: DataWriter) -> None:
    """What stands in the way is not removed."""
    writer.task_dir.mkdir()
    (writer.task_dir / "output").write_text("mine")
    with pytest.raises(DataWriteError, match="a folder that may be written to"):
        writer.write_dataframe(FRAME, "a")
    assert (writer.task_dir / "output").read_text() == "mine"


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_full_disk_leaves_the_old_file_and_nothing_else(
    writer: DataWriter, file_format: Any
) -> None:
    """A write that the system stops half-way publishes nothing."""
    big = pa.table({"x": np.random.default_rng(0).normal(size=200_000)})
    old = writer.write_dataframe(FRAME, "a", file_format)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DataWriteError, match=r"File too large.*free space"):
            writer.write_dataframe(big, "a", file_format)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert hashlib.sha256(old.path.read_bytes()).hexdigest() == old.sha256
    assert left_over(writer.task_dir) == []


def test_read_only_folder_is_refused(writer: DataWriter) -> None:
    """A folder without permission is an error, not a silent loss."""
    writer.task_dir.mkdir(mode=0o500)
    with unprivileged(), pytest.raises(DataWriteError, match="Permission denied"):
        writer.write_json(1, "a")


OVERWRITER = """
import sys, pyarrow as pa
from ops.data.writer import DataWriter
writer = DataWriter(sys.argv[1])
tables = [pa.table({"x": [i] * 200_000}) for i in range(2)]
writer.write_dataframe(tables[0], "a")
print("ready", flush=True)
while True:
    for table in tables:
        writer.write_dataframe(table, "a")
"""


@pytest.mark.parametrize("delay_s", [0.01, 0.05, 0.13])
def test_killed_writer_leaves_one_whole_version(tmp_path: Path, delay_s: float) -> None:
    """Whenever the process dies, the file is the old or the new content."""
    process = subprocess.Popen(
        [sys.executable, "-c", OVERWRITER, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(delay_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    column = reader.read_table(tmp_path / "output" / "a.csv")["x"]
    assert (len(column), len(column.unique())) == (200_000, 1)


def test_parquet_types_are_those_of_the_table(writer: DataWriter) -> None:
    """No float is narrowed and no dictionary lost on the way."""
    table = pa.table({"f": [0.1], "d": pa.array(["a"]).dictionary_encode()})
    path = writer.write_dataframe(table, "a", "parquet").path
    assert pq.read_schema(path).equals(table.schema)
