"""One error for what cannot be computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pyarrow as pa

from lineage.kernel.errors import LineageError, OperationError

_Computed = TypeVar("_Computed")


def computed(subject: str, kind: pa.DataType, compute: Callable[[], _Computed]) -> _Computed:
    """Return what a computation gives, or fail with an error of ours.

    Every error of Arrow, NumPy and pandas in this package passes here.

    Args:
        subject: What is computed, for the message ("column 'age'").
        kind: The Arrow type of its values.
        compute: The computation.

    Raises:
        OperationError: The computation failed; without the foreign message, which may quote
            a value.
    """
    try:
        return compute()
    except (LineageError, MemoryError):
        raise
    except Exception:  # noqa: BLE001, S110  # foreign code, which may raise anything; told below
        pass
    raise OperationError(
        subject,
        problem=f"values of type {kind} cannot be compared",
        remedy="convert the column, or leave it out with the parameter columns",
    )
