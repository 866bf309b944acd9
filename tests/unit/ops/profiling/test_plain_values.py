"""Values come out of every form that Arrow stores them in, and foreign errors stay inside."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from lineage.kernel.errors import DataReadError, OperationError
from ops.profiling import plain_values

MARKER = "Margarethe"


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
    column = plain_values.plain(pa.chunked_array([stored, stored]))
    assert column.to_pylist() == values * 2


def test_foreign_error_becomes_one_that_names_the_column_only() -> None:
    """Arrow's message quotes a value, so neither it nor its traceback is passed on."""

    def cast() -> object:
        return pa.array([MARKER]).cast(pa.int64())

    with pytest.raises(OperationError, match="column 'v': values of type string") as caught:
        plain_values.computed("column 'v'", pa.string(), cast)
    assert MARKER not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("error", [DataReadError("file"), MemoryError()])
def test_error_of_ours_and_lack_of_memory_pass(error: Exception) -> None:
    """What already says what is wrong is not said twice."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        plain_values.computed("column 'v'", pa.string(), fail)
    assert caught.value is error
