"""Match the rows of two tables by keys: which row meets which, in an order that repeats."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import OperationError
from ops.columns import join_keys
from ops.data import row_values
from ops.measures import classes

Kind: TypeAlias = Literal["inner", "left", "right", "full"]
Integers = npt.NDArray[np.int64]
Keys: TypeAlias = Sequence[tuple[pa.ChunkedArray, pa.ChunkedArray, str]]
"""For each column of the key: of the left table, of the right one, what it is called."""
_MOST_ROWS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Which rows of two tables stand beside each other.

    Attributes:
        left_rows: The left row of each row of the output, -1 for none; shape (rows,).
        right_rows: The right row of it, -1 for none; shape (rows,).
        matched: Pairs that met.
        left_unmatched: Left rows without a partner, whether they are in the output or not.
        right_unmatched: Right rows without a partner.
        left_repeated: Keys that occur more than once on the left.
        right_repeated: Keys that occur more than once on the right.
    """

    left_rows: Integers
    right_rows: Integers
    matched: int
    left_unmatched: int
    right_unmatched: int
    left_repeated: int
    right_repeated: int


def match(keys: Keys, how: Kind) -> Matches:
    """Match rows whose keys are equal in every column.

    Args:
        keys: The columns of the key, at least one. Null and NaN match nothing.
        how: Which rows without a partner stay.

    Returns:
        The pairs in the order of the left rows, then of the right ones; right rows without a
        partner last.

    Raises:
        OperationError: Types do not fit, or there are more pairs than a table may have rows.
    """
    left, right, count = _coded(keys)
    in_left, in_right = (np.bincount(side[side >= 0], minlength=count) for side in (left, right))
    partners = np.where(left >= 0, in_right[left], 0) if count else np.zeros_like(left)
    matched = int(partners.sum())
    repeats = partners if how in {"inner", "right"} else np.maximum(partners, 1)
    if int(repeats.sum()) > _MOST_ROWS:
        raise OperationError(
            f"join on {', '.join(repr(name) for *_, name in keys)}",
            problem=f"{matched:,} pairs of rows have equal keys",
            expected=f"at most {_MOST_ROWS:,}",
            remedy="aggregate one of the datasets first, or join on more columns",
        )
    left_rows = np.repeat(np.arange(len(left)), repeats)
    right_rows = _right_rows(left, right, in_right, partners, repeats)
    alone = np.flatnonzero((right < 0) | (in_left[right] == 0) if count else right < 0)
    if how in {"right", "full"}:
        left_rows = np.concatenate([left_rows, np.full(len(alone), -1)])
        right_rows = np.concatenate([right_rows, alone])
    return Matches(
        left_rows=left_rows,
        right_rows=right_rows,
        matched=matched,
        left_unmatched=int((partners == 0).sum()),
        right_unmatched=len(alone),
        left_repeated=int((in_left > 1).sum()),
        right_repeated=int((in_right > 1).sum()),
    )


def take(column: pa.ChunkedArray, rows: Integers, name: str) -> pa.ChunkedArray:
    """Return the values of some rows, null for row -1.

    Raises:
        OperationError: Arrow cannot take values of this type.
    """
    with suppress(pa.ArrowException):  # its message may quote values
        return row_values.takeable(column).take(pa.array(rows, mask=rows < 0))
    raise OperationError(
        f"column {name!r}",
        problem=f"rows of type {column.type} cannot be chosen",
        remedy="convert the column, or leave it out",
    )


def filled(
    key: pa.ChunkedArray, other: pa.ChunkedArray, found: Matches, name: str
) -> pa.ChunkedArray:
    """Return a key of the output, that of the right table where there is no left row.

    Args:
        key: The values of the left key by the rows of the output.
        other: The right key, by its own rows.
        found: The rows of the output.
        name: What the key is called, for the message.

    Raises:
        OperationError: A right key is of a type that does not hold in that of the left one.
    """
    is_right = found.left_rows < 0
    alone = take(other, found.right_rows[is_right], name)
    with suppress(pa.ArrowException):  # its message may quote values
        kind = row_values.plain(key).type
        parts = [row_values.plain(key).filter(pa.array(~is_right))]
        parts.append(row_values.plain(alone).cast(kind))
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], kind)
    raise OperationError(
        f"join key {name!r}",
        problem=f"values of type {other.type} do not fit into {key.type}",
        remedy="declare its type when the files are added",
    )


def _right_rows(
    left: Integers, right: Integers, in_right: Integers, partners: Integers, repeats: Integers
) -> Integers:
    """Return the right row of each pair, and -1 for a left row without one."""
    order = np.argsort(right, kind="stable")[int((right < 0).sum()) :]
    starts = np.cumsum(in_right) - in_right
    first = np.where(partners > 0, starts[left], 0) if len(in_right) else np.zeros_like(left)
    within = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    places = np.repeat(first, repeats) + within
    has_partner = np.repeat(partners > 0, repeats)
    rows = np.full(len(places), -1, dtype=np.int64)
    rows[has_partner] = order[places[has_partner]]
    return rows


def _coded(keys: Keys) -> tuple[Integers, Integers, int]:
    """Number the keys that occur: the code of each left and right row, -1 for null."""
    left_rows = len(keys[0][0])
    coded, is_known = [], np.ones(left_rows + len(keys[0][1]), dtype=bool)
    for first, second, name in keys:
        codes, count = _codes(first, second, name)
        is_known &= codes >= 0
        coded.append((np.maximum(codes, 0), max(count, 1)))
    together = classes.group(coded)
    codes = np.where(is_known, together.labels, -1)
    return codes[:left_rows], codes[left_rows:], together.count


def _codes(first: pa.ChunkedArray, second: pa.ChunkedArray, name: str) -> tuple[Integers, int]:
    kind = first.type
    with suppress(pa.ArrowException):  # its message may quote values
        left, right = join_keys.comparable(first, second, name)
        kind = left.type
        if pa.types.is_null(kind):
            return np.full(len(left) + len(right), -1), 0
        both = pa.chunked_array([*left.chunks, *right.chunks], kind)
        values = pc.unique(both).drop_null()
        codes = pc.index_in(both, value_set=values, skip_nulls=True)
        return pc.fill_null(codes, -1).to_numpy().astype(np.int64), len(values)
    raise OperationError(
        f"join key {name!r}",
        problem=f"values of type {kind} cannot be compared",
        remedy="convert the column",
    )
