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
        self._index = frame.index
        is_named = any(name is not None for name in frame.index.names)
        self.frame = frame.reset_index() if is_named else frame.copy(deep=not _IS_COPIED_ON_WRITE)
        self.names: Sequence[str] = [_text(name) for name in self.frame.columns]
        self.rows: int = len(frame)
        self.is_numbered = isinstance(frame.index, pd.RangeIndex) and (
            frame.index.start == 0 and frame.index.step == 1
        )

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
        places = _places(self._index, other.rows) if other.is_numbered else None
        if places is None and self.rows == other.rows:
            return slice(None)
        return places

    def is_same(self, at: int, other: Columns, other_at: int, rows: Rows) -> bool:
        """Tell whether a column is seen to be rows of another one without a conversion.

        It is if both lie at one place in memory, or have the same Python objects.
        """
        if not isinstance(other, PandasColumns):
            return False
        mine, theirs = self.frame.iloc[:, at], other.frame.iloc[:, other_at].iloc[rows]
        if not isinstance(mine.dtype, np.dtype) or mine.dtype != theirs.dtype:
            return False
        one, two = mine.to_numpy(), theirs.to_numpy()
        if mine.dtype != np.dtype(object) or _memory(one) == _memory(two):
            return _memory(one) == _memory(two)
        kinds = {pd.api.types.infer_dtype(values, skipna=True) for values in (one, two)}
        is_one_kind = len(kinds) == 1 and not kinds.pop().startswith("mixed")
        return is_one_kind and pd.Series(one).equals(pd.Series(two))


def _places(labels: pd.Index, rows: int) -> Rows | None:
    """Return the rows that labels name; None if any of them names none, or two the same one."""
    if not pd.api.types.is_integer_dtype(labels.dtype):
        return None
    if isinstance(labels, pd.RangeIndex) and labels.step == 1:
        is_there = labels.start >= 0 and labels.stop <= rows
        return slice(labels.start, labels.stop) if is_there else None
    # Whether labels ascend is the quicker question, and pandas keeps what it learns from it.
    is_unique = labels.is_monotonic_increasing is not None and labels.is_unique
    if not is_unique or labels.hasnans or labels.min() < 0 or labels.max() >= rows:
        return None
    return labels.to_numpy(np.intp)


def _memory(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> tuple[object, ...]:
    return values.__array_interface__["data"][0], values.strides, values.shape


def _text(name: object) -> str:
    return str(tuple(map(str, name))) if isinstance(name, tuple) else str(name)
