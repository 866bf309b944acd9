"""Some of the different values of a column, to be looked at one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types

MOST: Final = 10_000
"""How many different values of a column are looked at."""
_EXACT: Final = float(1 << 53)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Different values of a column.

    Attributes:
        texts: The values as text, without surrounding white space; none null.
        rows: Rows that have each.
        of: How many different values the column has.
    """

    texts: pa.Array
    rows: npt.NDArray[np.int64]
    of: int

    def without(self, characters: str) -> pa.Array:
        """Return the texts without some characters."""
        if not characters:
            return self.texts
        return pc.replace_substring_regex(self.texts, f"[{re.escape(characters)}]", "")


def take(values: pa.Array, counts: npt.NDArray[np.int64]) -> Sample:
    """Return up to `MOST` of the different values of a column, evenly spread over their order.

    Args:
        values: Different values, none null. Only texts, whole numbers (floats without a fraction,
            too), dates and timestamps have a text to look at.
        counts: Rows of each, same order.
    """
    if not _has_texts(values.type):
        return Sample(texts=pa.array([], pa.string()), rows=counts[:0], of=len(values))
    places = np.arange(len(values))
    if len(values) > MOST:
        places = np.linspace(0, len(values) - 1, MOST).astype(np.int64)
    texts = pc.utf8_trim_whitespace(_texts(values.take(pa.array(places))))
    return Sample(texts=texts, rows=counts[places], of=len(values))


def _has_texts(kind: pa.DataType) -> bool:
    return (
        column_types.is_text(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
    )


def _texts(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_floating(kind):
        floats = pc.cast(values, pa.float64())
        is_whole = pc.and_(pc.equal(floats, pc.floor(floats)), pc.less(pc.abs(floats), _EXACT))
        if pc.all(is_whole).as_py():
            values = pc.cast(floats, pa.int64())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        values = values.cast(pa.timestamp(kind.unit))  # the zone may be unknown here
    return pc.cast(values, pa.string())
