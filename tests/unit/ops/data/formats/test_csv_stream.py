"""The bytes that reach the parser are the file's, within bounds."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import DataReadError
from ops.data.formats import csv_stream
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.reader import DataReader
from ops.data.reading.input_file import InputFile
from ops.data.reading.place import Place

reader = DataReader()
BLOCK = csv_stream.ROW_BYTES
cells = st.lists(st.sampled_from(["a", "é", "\r\n", "\r", "\n", '"', ","]), max_size=12).map(
    "".join
)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("shift", [-2, -1, 0, 1])
def test_line_end_in_quotes_survives_the_edge_of_a_block(
    tmp_path: Path, encoding: str, shift: int
) -> None:
    r"""The "\n" of a "\r\n" is not lost where the parser's next block begins with it."""
    start = 'a,b\r\n1,"'
    long = "x" * (BLOCK - len(start) - 1 + shift - 40) + "y" * 40
    lines = [f'{start}{long[: BLOCK // 2]}"\r\n', f'2,"{long[BLOCK // 2 + 6 :]}\r\nend"\r\n']
    (tmp_path / "a.csv").write_bytes("".join(lines).encode(encoding))
    assert (
        reader.read_table(tmp_path / "a.csv", encoding=encoding)["b"][1]
        .as_py()
        .endswith("y\r\nend")
    )


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=20), st.integers(2, 9), st.booleans())
@settings(max_examples=100, deadline=None)
def test_stream_gives_the_bytes_and_splits_no_line_end(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    size: int,
    is_packed: bool,  # noqa: FBT001  # drawn
) -> None:
    """Whatever the size of the reads, encoding and packing, nothing is lost or split."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path = tmp_path_factory.mktemp("t") / ("a.csv.gz" if is_packed else "a.csv")
    encoded = text.getvalue().encode("utf-16")
    path.write_bytes(gzip.compress(encoded) if is_packed else encoded)
    with csv_stream.CsvStream(InputFile(Place.of(path)), CsvDialect(encoding="utf-16")) as stream:
        blocks = list(iter(lambda: stream.read(size), b""))
    assert b"".join(blocks) == text.getvalue().encode()
    assert all(len(block) <= size for block in blocks)
    assert not any(a.endswith(b"\r") and b.startswith(b"\n") for a, b in pairwise(blocks))


def test_content_that_unpacks_beyond_its_limit_is_refused(tmp_path: Path) -> None:
    """A small file does not fill the memory, unless the caller allows it."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" + b"1\n" * (csv_stream.ROW_BYTES * 5)))
    with pytest.raises(DataReadError, match=r"a\.csv\.gz': its content unpacks to over 67,108,864"):
        reader.read_table(path)
    small = tmp_path / "b.csv.gz"
    small.write_bytes(gzip.compress(b"a\n1\n2\n"))
    with pytest.raises(DataReadError, match=r"over 5 bytes.*give a larger max_unpacked_bytes"):
        reader.read_table(small, max_unpacked_bytes=5)
    assert reader.read_table(small, max_unpacked_bytes=6).num_rows == 2


def test_packed_line_without_end_is_refused_in_little_memory(tmp_path: Path) -> None:
    """A header is a row like any other: it has an end within bounds."""
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"x" * (9 << 20)))
    with pytest.raises(DataReadError, match=r"every row under 8 MB"):
        reader.read_table(tmp_path / "a.csv.gz")
