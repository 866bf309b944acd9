"""What pandas does for `held_frame`, which loads this module when it meets a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from ops.columns.held_frame import Columns, Rows

_IS_COPIED_ON_WRITE: Final = (
    int(pd.__version__.partition(".")[0]) >= 3 or pd.options.mode.copy_on_write is True  # noqa: PLR2004  # the release
)


class PandasColumns:
    """The columns of a pandas frame, its index among them if it has a name.

    It shares the values of the frame: whoever changes the frame changes a copy, as pandas 3
    always does. Of a pandas that copies nothing, it takes a copy itself.

    Args:
        frame: The frame.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.index = frame.index
        is_named = any(name is not None for name in frame.index.names)
        self.frame = frame.reset_index() if is_named else frame.copy(deep=not _IS_COPIED_ON_WRITE)
        self.names: Sequence[str] = [_text(name) for name in self.frame.columns]
        self.rows: int = len(frame)

    def column(self, at: int, rows: Rows | None = None) -> pa.ChunkedArray:
        """Return a column, or some rows of it."""
        series = self.frame.iloc[:, at]
        found = pa.array(series if rows is None else series.iloc[rows], from_pandas=True)
        return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])

    def rows_in(self, other: Columns) -> Rows | None:
        """Return the places in another frame of the rows here.

        They are known by their labels: each is that of a row there, where rows are numbered from
        0. Otherwise the rows may be the same ones if there are equally many.
        """
        if isinstance(other, PandasColumns) and (places := _places(self.index, other.index)):
            return places[0]
        return slice(None) if self.rows == other.rows else None

    def shares(self, at: int, other: Columns, other_at: int) -> bool:
        """Tell whether a column lies at the same place in memory as one of another frame."""
        if not isinstance(other, PandasColumns) or self.rows != other.rows:
            return False
        mine, theirs = (
            each.frame.iloc[:, place] for each, place in ((self, at), (other, other_at))
        )
        if not isinstance(mine.dtype, np.dtype) or mine.dtype != theirs.dtype:
            return False
        return _memory(mine) == _memory(theirs)


def _places(labels: pd.Index, numbers: pd.Index) -> tuple[Rows] | None:
    """Return the places that labels name; None if any of them names none, or one twice."""
    is_numbered = isinstance(numbers, pd.RangeIndex) and numbers.start == 0 and numbers.step == 1
    if not is_numbered or not pd.api.types.is_integer_dtype(labels.dtype):
        return None
    if isinstance(labels, pd.RangeIndex) and labels.step == 1:
        is_there = labels.start >= 0 and labels.stop <= len(numbers)
        return (slice(labels.start, labels.stop),) if is_there else None
    # The first question is the quicker one, and answers the second if labels ascend.
    is_unique = labels.is_monotonic_increasing is not None and labels.is_unique
    if not is_unique or labels.hasnans or labels.min() < 0 or labels.max() >= len(numbers):
        return None
    return (labels.to_numpy(np.intp),)


def _memory(series: pd.Series) -> tuple[object, ...]:
    values = series.to_numpy()
    return values.__array_interface__["data"][0], values.strides, values.shape


def _text(name: object) -> str:
    return str(tuple(map(str, name))) if isinstance(name, tuple) else str(name)
