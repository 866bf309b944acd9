"""A stream publishes all of its rows, or nothing, and holds few of them."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import DataWriteError, PathRefusedError
from ops.data.formats.sinks import TABLE_FORMATS, TableFormat
from ops.data.reader import DataReader
from ops.data.writer import DataWriter

SCHEMA = pa.schema({"id": pa.int64(), "code": pa.string()})


def rows(first: int, last: int) -> pa.Table:
    """Return a table of numbered rows; the codes of the first ten look like numbers."""
    codes = [str(n) if n < 10 else f"c{n}" for n in range(first, last)]
    return pa.table({"id": range(first, last), "code": codes}, schema=SCHEMA)


@pytest.fixture
def writer(tmp_path: Path) -> DataWriter:
    """A writer of a task."""
    return DataWriter(tmp_path / "t_1")


@pytest.mark.parametrize("file_format", TABLE_FORMATS)
def test_stream_writes_what_it_was_given(writer: DataWriter, file_format: TableFormat) -> None:
    """Pieces of any kind become one table, in every format."""
    with writer.stream(SCHEMA, "s", file_format) as sink:
        sink.write(rows(0, 10))
        sink.write(rows(10, 30).to_pandas())
        sink.write(rows(30, 31).to_batches()[0])
        sink.write(rows(31, 31))
        with pytest.raises(DataWriteError, match="nothing has been published"):
            _ = sink.result
    result = sink.result

    assert (result.rows, result.columns) == (31, ("id", "code"))
    assert [path.name for path in result.path.parent.iterdir()] == [f"s.{file_format}"]
    if file_format in {"csv", "parquet"}:
        read = DataReader().read(result.path).table
        assert read.to_pylist() == rows(0, 31).to_pylist()


@pytest.mark.parametrize(
    "options", [{}, {"partition_rows": 2}, {"partition_cols": ["code"]}], ids=str
)
def test_exception_publishes_nothing(writer: DataWriter, options: dict[str, Any]) -> None:
    """The file that was there stays, and nothing is left beside it."""
    old = writer.write_dataframe(rows(0, 3), "s", "parquet").path.read_bytes()
    sinks = []

    def fail() -> None:
        with writer.stream(SCHEMA, "s", **options) as sink:
            sinks.append(sink)
            sink.write(rows(0, 5))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    with pytest.raises(DataWriteError, match="nothing has been published"):
        _ = sinks[0].result
    with pytest.raises(DataWriteError, match="stream has ended"):
        sinks[0].write(rows(0, 1))
    (left,) = (path for path in writer.task_dir.rglob("*") if path.is_file())
    assert left.read_bytes() == old


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(pieces=st.lists(st.integers(0, 9), max_size=6), part=st.integers(1, 7))
def test_parts_have_the_rows_asked_for_however_they_come(
    writer: DataWriter, pieces: list[int], part: int
) -> None:
    """All parts but the last have that many; together they have every row in order."""
    ends = [sum(pieces[:at]) for at in range(len(pieces) + 1)]
    with writer.stream(SCHEMA, "s", partition_rows=part) as sink:
        for first, last in pairwise(ends):
            sink.write(rows(first, last))
    lengths = [pq.read_metadata(sink.result.path / name).num_rows for name in sink.result.parts]

    assert pq.read_table(sink.result.path).to_pylist() == rows(0, ends[-1]).to_pylist()
    assert set(lengths[:-1]) <= {part}
    assert len(lengths) == max(-(-ends[-1] // part), 1)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (pa.table({"id": [1]}), "column 'code' of data for 's': missing"),
        (pa.table({"id": [1], "code": ["a"], "x": [1]}), "column 'x' .* not in the schema"),
        (pa.table({"id": ["Margarethe"], "code": ["a"]}), "column 'id'.*do not all fit"),
        ([1], "a value of type builtins.list"),
    ],
)
def test_rows_that_do_not_fit_are_refused_without_their_values(
    writer: DataWriter, data: object, match: str
) -> None:
    """The error names the column; nothing is published."""
    with pytest.raises(DataWriteError, match=match) as caught, writer.stream(SCHEMA, "s") as sink:
        sink.write(data)  # type: ignore[arg-type]  # on purpose
    assert "Margarethe" not in str(caught.value)
    assert not [path for path in writer.task_dir.rglob("*") if path.is_file()]


def test_two_streams_with_one_time_are_two_files(tmp_path: Path) -> None:
    """Behaviour 60: also while both are open."""
    writer = DataWriter(tmp_path)
    options: dict[str, Any] = {"timestamp_in_name": True}
    with writer.stream(SCHEMA, "s", **options) as one, writer.stream(SCHEMA, "s", **options) as two:
        one.write(rows(0, 1))
        two.write(rows(0, 2))
    assert one.result.path != two.result.path
    assert (one.result.rows, two.result.rows) == (1, 2)


@pytest.mark.parametrize("name", ["../s", "/s", "a/s", ""])
def test_stream_outside_of_the_task_is_refused(writer: DataWriter, name: str) -> None:
    """Behaviour 59: for streams and sets as for files."""
    variants: list[dict[str, Any]] = [{}, {"partition_rows": 1}]
    for options in variants:
        with pytest.raises(PathRefusedError), writer.stream(SCHEMA, name, **options):
            pass
        with pytest.raises(PathRefusedError), writer.stream(SCHEMA, "s", subdir="../x", **options):
            pass


@pytest.mark.parametrize("number", [0, -1])
def test_parts_without_rows_are_refused(writer: DataWriter, number: int) -> None:
    """A part has at least one row."""
    with (
        pytest.raises(DataWriteError, match="partition_rows"),
        writer.stream(SCHEMA, "s", partition_rows=number),
    ):
        pass


@pytest.mark.slow
def test_long_stream_is_never_held_in_memory(tmp_path: Path) -> None:
    """320 MiB go to an encrypted Parquet file while the process grows by less than 200 MiB."""
    script = textwrap.dedent("""
        import json, resource, sys
        import numpy as np, pyarrow as pa
        from ops import DataWriter
        batch = pa.table({str(at): np.random.default_rng(at).random(1 << 16) for at in range(8)})
        writer = DataWriter(sys.argv[1])
        with writer.stream(batch.schema, "warm") as sink:
            sink.write(batch)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with writer.stream(batch.schema, "s", encryption_key="5f" * 32) as sink:
            for _ in range(80):
                sink.write(batch)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps([sink.result.rows, grown // 1024]))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=True, text=True
    )
    rows_written, grown_mib = json.loads(done.stdout)
    assert rows_written == 80 << 16
    assert grown_mib < 200
