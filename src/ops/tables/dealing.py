"""Deal rows out to parts: exact counts, by chance from a seed, evenly over strata."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lineage.kernel.errors import OperationError
from ops.data import frames
from ops.measures.classes import classify

Integers = npt.NDArray[np.int64]


def apportion(total: int, shares: Sequence[float]) -> list[int]:
    """Return whole numbers that add up to a total, each as near to its share as they can be.

    Args:
        total: At least 0.
        shares: At least 0, not all 0; they need not add up to 1.

    Returns:
        Each quota rounded down, and one more for those with the largest remainders, of equal
        ones for the first.

    Source: Hamilton's method of the largest remainder; Balinski, Young, Fair Representation
    (1982), appendix A.
    """
    exact = [Fraction(share) for share in shares]
    whole = sum(exact)
    quotas = [total * share / whole for share in exact]
    counts = [int(quota) for quota in quotas]
    remainders = [quota - count for quota, count in zip(quotas, counts, strict=True)]
    best = sorted(range(len(shares)), key=lambda part: (-remainders[part], part))
    for part in best[: total - sum(counts)]:
        counts[part] += 1
    return counts


def deal(strata: Integers, counts: Sequence[int], random: np.random.Generator) -> Integers:
    """Deal rows out to parts.

    Within a stratum chance decides. The rows of each stratum fall to the parts as the counts say,
    but for at most one row more than there are parts.

    Args:
        strata: The stratum of each row, 0-based; shape (rows,).
        counts: The rows of each part; they add up to the number of rows.
        random: Where chance comes from.

    Returns:
        The part of each row; shape (rows,).
    """
    rows = len(strata)
    order = random.permutation(rows)
    shuffled = random.permutation(int(strata.max()) + 1 if rows else 0)
    order = order[np.argsort(shuffled[strata[order]], kind="stable")]
    # The places of each part lie evenly between 0 and 1, so that each run of them is mixed.
    places = np.concatenate([(np.arange(count) + 0.5) / max(count, 1) for count in counts])
    labels = np.repeat(np.arange(len(counts)), counts)[np.argsort(places, kind="stable")]
    parts = np.empty(rows, dtype=np.int64)
    parts[order] = labels
    return parts


def strata_of(table: pa.Table, columns: Sequence[str], dataset: str) -> Integers:
    """Return the stratum of each row: rows that are equal in all columns have one.

    Args:
        table: Any rows.
        columns: Columns of it; without any there is one stratum. A null is a value of its own.
        dataset: What the table is called, for the message.

    Raises:
        AnonymizationError: The values of a column cannot be compared.
    """
    if not columns:
        return np.zeros(table.num_rows, dtype=np.int64)
    frame = frames.to_dataframe(table.select(list(columns)), f"dataset {dataset!r}")
    return classify(frame, columns).labels


def persons_of(table: pa.Table, column: str, dataset: str) -> Integers:
    """Return the person of each row, numbered from 0.

    Raises:
        OperationError: Some rows have no person.
    """
    missing = table.column(column).null_count
    if missing:
        raise OperationError(
            f"column {column!r} of dataset {dataset!r}",
            problem=f"{missing:,} rows without a value",
            expected="the person of each row",
            remedy="leave out these rows, or give them a value",
        )
    return strata_of(table, [column], dataset)
