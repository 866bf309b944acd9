"""Foreign errors stay inside."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lineage.kernel.errors import DataReadError, OperationError
from ops.profiling import plain_values

MARKER = "Margarethe"


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
