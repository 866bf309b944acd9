"""The distinct values of a column at the levels of its hierarchy, as numbers.

A null is a value of its own, and a leaf. It stays null until the level that has a single label for
all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from lineage.kernel.errors import AnonymizationError
from ops.measures.classes import Integers
from ops.measures.hierarchies import Hierarchy
from ops.measures.hierarchy_levels import ANYTHING, texts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCodes:
    """The levels of a column's distinct values.

    Attributes:
        codes: For each level the code of each value; shape (values,) each, level 0 numbers them.
        texts: For each level the text of each code, null for null.
        shares: For each level the share of the hierarchy's leaves under each code, leaves that no
            row has among them.
        leaves: The number of leaves.
    """

    codes: tuple[Integers, ...]
    texts: tuple[tuple[str | None, ...], ...]
    shares: tuple[npt.NDArray[np.float64], ...]
    leaves: int

    @property
    def highest(self) -> int:
        """The number of the highest level."""
        return len(self.codes) - 1


def of_values(hierarchy: Hierarchy, values: pd.Index) -> LevelCodes:
    """Return the distinct values of a column at all levels.

    Args:
        hierarchy: Of the column. If it lists values these are its leaves, else `values` are.
        values: The distinct values; null among them.

    Raises:
        AnonymizationError: The hierarchy lacks a value, or cannot take their type.
    """
    is_null = np.asarray(values.isna(), dtype=np.bool_)
    known = _arrow(values[~is_null], hierarchy.name)
    places = hierarchy.places(known)
    if places.null_count:
        raise _missing(hierarchy, f"no row for {places.null_count} of {len(values)} values")
    leaves = known if hierarchy.leaves is None else hierarchy.leaves
    count = len(leaves) + int(is_null.any())
    rows = np.full(len(values), len(leaves), dtype=np.int64)
    rows[~is_null] = places.to_numpy()
    codes, texts, shares = [np.arange(len(values))], [texts_or_none(values, hierarchy.name)], []
    shares.append(np.full(len(values), 1 / max(count, 1)))
    for level in range(1, hierarchy.height + 1):
        of_leaf, names = _level(hierarchy, leaves, level, has_null=count > len(leaves))
        codes.append(of_leaf[rows])
        texts.append(names)
        shares.append(np.bincount(of_leaf, minlength=len(names)) / max(count, 1))
    return LevelCodes(
        codes=tuple(codes), texts=tuple(texts), shares=tuple(shares), leaves=max(count, 1)
    )


def texts_or_none(values: pd.Index, subject: str) -> tuple[str | None, ...]:
    """Return the texts by which hierarchies know values; None for null."""
    return tuple(texts_of(_arrow(values, subject), subject).to_pylist())


def _arrow(values: pd.Index, subject: str) -> pa.Array:
    """Return values as Arrow has them; as texts where it has no type or no text for them."""
    try:
        array = pa.Array.from_pandas(pd.Series(values))
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        array = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
        texts_of(array, subject)
    except (pa.ArrowException, AnonymizationError):
        texts = [None if pd.isna(value) else _text(value) for value in values.tolist()]
        return pa.array(texts, pa.string())
    return array


def _level(
    hierarchy: Hierarchy, leaves: pa.Array, level: int, *, has_null: bool
) -> tuple[Integers, tuple[str | None, ...]]:
    """Return the code of each leaf at a level, null the last of them, and the text of each code."""
    labels = hierarchy.labels(leaves, level)
    if labels.null_count:
        raise _missing(
            hierarchy, f"level {level} does not know {labels.null_count} of {len(leaves)} values"
        )
    codes, found = pd.factorize(labels.to_numpy(zero_copy_only=False))
    of_leaf, names = codes.astype(np.int64, copy=False), (*found.tolist(),)
    if not has_null:
        return of_leaf, names
    if level == hierarchy.height and len(names) <= 1:
        return np.append(of_leaf, 0), names or (ANYTHING,)
    return np.append(of_leaf, len(names)), (*names, None)


def _missing(hierarchy: Hierarchy, problem: str) -> AnonymizationError:
    return AnonymizationError(
        hierarchy.name,
        problem=problem,
        expected="every value of the column",
        remedy="add them to the hierarchy",
    )


def _text(value: object) -> str:
    return str(value).removesuffix(".0" if isinstance(value, float) else "")
