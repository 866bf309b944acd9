"""How the texts of a column are written: "AA-9999" for two letters, a dash and four digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops.profiling.sample import Sample

_LONGEST: Final = 40
_LETTERS: Final = (
    (r"\p{Nd}", "9"),
    (r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", "a"),
    (r"[\p{Lu}\p{Lt}]", "A"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Texts that are written alike.

    Attributes:
        shape: "9" for a digit, "A" for a capital letter, "a" for another letter; the rest as it is.
        values: Different values that were tested and have it.
        rows: Rows that have one of them.
    """

    shape: str
    values: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The shapes that many values of a column have.

    Attributes:
        shown: The most frequent, most rows first, ties by text.
        unlisted: How many more may be shown.
        withheld: How many shapes too few rows or values have, or are longer than 40 characters.
        values_tested: Different values that were looked at.
        rows_tested: Rows that have one of them.
    """

    shown: tuple[Shape, ...]
    unlisted: int
    withheld: int
    values_tested: int
    rows_tested: int


def of_texts(sample: Sample, *, k: int, top: int, is_withheld: bool) -> Shapes:
    """Return the shapes of texts.

    Args:
        sample: Different values, with their rows.
        k: Fewest rows of a shape that is shown, and fewest different values if the column shows
            no values: rows alone may be those of one person.
        top: How many to list.
        is_withheld: The column shows no values.
    """
    texts = sample.texts
    for letters, sign in _LETTERS:
        texts = pc.replace_substring_regex(texts, letters, sign)
    table = pa.table({"shape": texts.cast(pa.string()), "rows": sample.rows})
    grouped = table.group_by("shape").aggregate([("rows", "sum"), ("rows", "count")])
    found = [
        Shape(shape=shape, values=values, rows=rows)
        for shape, rows, values in zip(
            *(grouped.column(name).to_pylist() for name in ("shape", "rows_sum", "rows_count")),
            strict=True,
        )
    ]
    least = k if is_withheld else 1
    common = [s for s in found if s.rows >= k and s.values >= least and len(s.shape) <= _LONGEST]
    common.sort(key=lambda shape: (-shape.rows, shape.shape))
    return Shapes(
        shown=tuple(common[:top]),
        unlisted=max(0, len(common) - top),
        withheld=len(found) - len(common),
        values_tested=len(sample.texts),
        rows_tested=int(np.sum(sample.rows)),
    )
