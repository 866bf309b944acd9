"""Decide the type of a text column that comes in batches, as `column_types.infer` does at once."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.data.reading import lossless

_MOST_OTHERS: Final = 1_000_000


class ColumnEvidence:
    """What the texts of a column have shown so far, in bounded memory.

    Only texts are kept that are numbers in another way than numbers are written ("1.0", "1e5"),
    once each, since another text may be the same number.

    Args:
        name: The column's name, for the message.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._has_empty = self._has_null = self._has_values = self._has_fraction = False
        self._may_be_integer = self._may_be_number = self._may_be_boolean = True
        self._words = self._others = pa.array([], pa.string())

    def add(self, text: pa.ChunkedArray) -> None:
        """Take the next texts.

        Raises:
            DataReadError: Too many different numbers are written in another way.
        """
        filled = lossless.without_empty(text)
        self._has_null = self._has_null or text.null_count > 0
        self._has_empty = self._has_empty or filled is not text
        if len(filled) > filled.null_count:
            self._has_values = True
            self._look(filled)

    def needs_confirmation(self) -> bool:
        """Tell whether `confirm` must see all texts again before the type is known."""
        return self._may_be_number and len(self._others) > 0 and self.type() == pa.float64()

    def confirm(self, text: pa.ChunkedArray) -> None:
        """Look again whether one of these texts is the same number as another one."""
        filled = lossless.without_empty(text)
        if self._may_be_number and len(filled) > filled.null_count:
            found = lossless.decimals(filled)
            self._may_be_number = found is not None and not found.has_plain(self._others)

    def type(self) -> pa.DataType | None:
        """Return the type of the column so far; None if it is text."""
        if not self._has_values or (self._has_empty and self._has_null):
            return None
        if self._may_be_integer:
            return pa.int64()
        if self._may_be_number and self._has_fraction and not lossless.shares_numbers(self._others):
            return pa.float64()
        return pa.bool_() if self._may_be_boolean else None

    def _look(self, text: pa.ChunkedArray) -> None:
        if self._may_be_integer:
            self._may_be_integer = lossless.as_integers(text) is not None
        if self._may_be_number:
            self._look_at_numbers(text)
        if self._may_be_boolean:
            self._words = _joined(self._words, text.unique().drop_null())
            words = pa.chunked_array([self._words])
            self._may_be_boolean = lossless.as_booleans(words) is not None

    def _look_at_numbers(self, text: pa.ChunkedArray) -> None:
        found = lossless.decimals(text)
        if found is None:
            self._may_be_number = False
            return
        self._has_fraction = self._has_fraction or found.has_fraction
        self._others = _joined(self._others, found.others)
        if len(self._others) > _MOST_OTHERS:
            raise DataReadError(
                f"column {self._name!r}",
                problem=f"over {_MOST_OTHERS:,} different numbers are written with an exponent or "
                "a zero at the end, too many to compare",
                remedy="declare its type, or read the file at once",
            )


def _joined(known: pa.Array, new: pa.Array) -> pa.Array:
    return pa.concat_arrays([known, new.cast(known.type)]).unique() if len(new) else known
