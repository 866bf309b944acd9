"""A table carries what its rows have, and nothing that Arrow drags along."""

from __future__ import annotations

import io
import pickle
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import DataReadError
from ops.data import row_values

MARKER = "Margarethe"


def stripped(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Strip a table of one column."""
    return row_values.strip(pa.table({"x": column}), "data", fault=DataReadError)["x"]


def as_stored(table: pa.Table) -> bytes:
    """Return all that a table carries, uncompressed: schema, dictionaries, values."""
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_table(table)
    return buffer.getvalue()


ENTRIES = pa.array(["a", MARKER, "b"])
USED = pa.DictionaryArray.from_arrays(pa.array([2, None, 0], pa.int8()), ENTRIES)
VIEWS = pa.DictionaryArray.from_arrays([2, None, 0], ENTRIES.cast(pa.string_view()))
NULLS = pa.DictionaryArray.from_arrays([0, 1, 2], pa.array(["b", None, "a", MARKER]))
MASKED = pa.DictionaryArray.from_arrays(
    pa.array([2, 1, 0], mask=pa.array([False, True, False])), ENTRIES
)
DEEP = pa.DictionaryArray.from_arrays([0, 1, 2], USED)
INTERVALS = pa.array(pd.Series(pd.cut([1.0, np.nan, 9.0], [0, 2, 5, 9])))


class Tagged(pa.ExtensionType):
    """Dictionaries under another name."""

    def __init__(self) -> None:
        super().__init__(USED.type, "tests.tagged")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""


COLUMNS: dict[str, Any] = {
    "dictionary": USED,
    "slice": pa.array(["b", None, "a", MARKER]).dictionary_encode().slice(0, 3),
    "view entries": VIEWS,
    "null entries": NULLS,
    "null entries in chunks": pa.chunked_array([NULLS.slice(0, 2), NULLS.slice(2)]),
    "masked rows": MASKED,
    "chunks": pa.chunked_array([USED.slice(0, 1), USED.slice(1, 2)]),
    "dictionary of a dictionary": DEEP,
    "list": pa.ListArray.from_arrays([0, 2, 3], USED),
    "large list": pa.LargeListArray.from_arrays([0, 2, 3], USED),
    "fixed list": pa.FixedSizeListArray.from_arrays(USED, 3),
    "structure": pa.StructArray.from_arrays([USED], names=["y"]),
    "map": pa.MapArray.from_arrays([0, 3], pa.array(["k", "l", "m"]), USED),
    "list of structures": pa.ListArray.from_arrays(
        [0, 3], pa.StructArray.from_arrays([USED], names=["y"])
    ),
    "extension": pa.ExtensionArray.from_storage(Tagged(), USED),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_entry_that_no_row_has_is_left_out(kind: str) -> None:
    """However a dictionary is stored, values stay and what no row has goes."""
    table = pa.table({"x": COLUMNS[kind]})
    bare = row_values.strip(table, "data", fault=DataReadError)
    assert bare["x"].to_pylist() == table["x"].to_pylist()
    assert MARKER.encode() in pickle.dumps(table)
    assert MARKER.encode() not in as_stored(bare)


def test_categories_keep_type_and_order() -> None:
    """A dictionary of text or numbers stays one, ordered if it was; a full one is left alone."""
    sizes = pd.Categorical(["L", "S"], categories=["S", "M", "L"], ordered=True)
    bare = stripped(pa.array(sizes))
    assert bare.type == pa.array(sizes).type
    assert bare.chunk(0).dictionary.to_pylist() == ["S", "L"]
    assert stripped(INTERVALS).chunk(0).dictionary.to_pandas().astype(str).to_list() == [
        "(0, 2]",
        "(5, 9]",
    ]
    full = pa.chunked_array([pa.array([7, 8]).dictionary_encode()])
    assert stripped(full).equals(full)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.list_(pa.field("item", pa.string(), True, {"n": MARKER}))]
)
def test_notes_of_schema_and_columns_are_left_out(kind: pa.DataType) -> None:
    """Polars notes the values of an Enum at its column, pandas its index at the schema."""
    field = pa.field("x", kind, nullable=False, metadata={"_PL_ENUM_VALUES2": MARKER})
    table = pa.table([pa.array([], kind)], pa.schema([field], metadata={"pandas": MARKER}))
    bare = row_values.strip(table, "data", fault=DataReadError)
    assert MARKER.encode() not in as_stored(bare)
    assert not bare.schema.field("x").nullable


def test_dictionary_that_cannot_be_taken_apart_is_refused_by_name() -> None:
    """Where Arrow cannot convert a type, nothing passes unseen."""
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 4], pa.int16()), USED)
    with pytest.raises(DataReadError, match=r"column 'x' of data: .*cannot be converted"):
        row_values.strip(pa.table({"x": runs}), "data", fault=DataReadError)


rows = st.lists(st.none() | st.integers(0, 5), max_size=9)


@given(st.lists(rows, max_size=4), st.permutations(range(6)))
@settings(max_examples=60, deadline=None)
def test_dictionary_is_that_of_the_rows(chunks: list[list[int | None]], order: list[int]) -> None:
    """Any chunks keep their values, in one dictionary of what they hold, in its order."""
    entries = pa.array([f"v{place}" for place in order])
    column = pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array(c, pa.int16()), entries) for c in chunks],
        pa.dictionary(pa.int16(), pa.string()),
    )
    bare = stripped(column)
    assert bare.to_pylist() == column.to_pylist()
    held = {value for value in column.to_pylist() if value is not None}
    for chunk in bare.chunks:
        assert chunk.dictionary.to_pylist() == [v for v in entries.to_pylist() if v in held]


def test_copy_of_a_slice_carries_its_own_rows_only() -> None:
    """Arrow pickles a slice with the whole of its table."""
    table = pa.table({"x": ["a", MARKER]}).slice(0, 1)
    assert MARKER.encode() in pickle.dumps(table)
    assert MARKER.encode() not in pickle.dumps(row_values.detached(table))
    assert row_values.detached(table).equals(table)


@pytest.mark.parametrize(
    ("stored", "values"),
    [
        (pa.array(["a", None], pa.string_view()), ["a", None]),
        (pa.array([b"a", None], pa.binary_view()), [b"a", None]),
        (pa.array([1, None], pa.decimal32(4, 1)), [Decimal("1.0"), None]),
        (pa.DictionaryArray.from_arrays([0, 1, None], ["a", None]), ["a", None, None]),
        (pa.DictionaryArray.from_arrays([0], pa.array(["a"]).dictionary_encode()), ["a"]),
        (pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int16()), ["a"]), ["a", "a"]),
        (pa.array([bytes(16)], pa.uuid()), [bytes(16)]),
        (pa.array([[1], None]), [[1], None]),
        (pa.array([], pa.dictionary(pa.int8(), pa.string())), []),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_values_are_those_that_were_stored(stored: pa.Array, values: list[object]) -> None:
    """Dictionaries, runs, views, extensions and small decimals become what they stand for."""
    column = row_values.plain(pa.chunked_array([stored, stored]))
    assert column.to_pylist() == values * 2
