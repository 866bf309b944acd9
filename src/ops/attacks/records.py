"""Records of several frames on one scale, so that they can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from lineage.kernel.errors import AnonymizationError
from ops.data import frames, row_values
from ops.data.frames import Frame
from ops.measures.value_domain import encode_ordered, is_range

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_FRAMES: Final = ("original", "released", "control")
_BLOCK: Final = 32_768
"""Rows that are compared at once, few enough for a processor's cache."""
_ALIKE: Final = 1e-12
"""Distances that differ by less are equal but for rounding."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a frame.

    Attributes:
        is_number: Whether its values are numbers or dates; they are otherwise codes, equal for
            equal values of all frames, null among them.
        numbers: Numbers from 0, the lowest of all frames, to 1, the highest, NaN for null; or
            codes. Shape (rows,).
        has_null: Whether a number may be NaN.
    """

    is_number: bool
    numbers: Numbers
    has_null: bool

    def add_gaps(self, value: float, rows: slice, total: Numbers) -> None:
        """Add to some rows how far they are from a value, from 0 to 1; null is 1 from others."""
        numbers = self.numbers[rows]
        if not self.is_number:
            total += numbers != value
        elif np.isnan(value):
            total += ~np.isnan(numbers)
        else:
            gaps = np.abs(numbers - value)
            if self.has_null:
                gaps[np.isnan(gaps)] = 1.0
            total += gaps


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one frame.

    Attributes:
        columns: Its columns, all with as many rows.
        rows: The number of records.
    """

    columns: tuple[Column, ...]
    rows: int

    def select(self, columns: Sequence[int]) -> Records:
        """Return some of the columns, by their places."""
        return Records(tuple(self.columns[at] for at in columns), self.rows)

    def take(self, rows: Places) -> Records:
        """Return some of the records, by their places."""
        chosen = (replace(column, numbers=column.numbers[rows]) for column in self.columns)
        return Records(tuple(chosen), len(rows))

    def distances(self, others: Records, at: int) -> Numbers:
        """Return how far each record is from a record of another frame: the sum over columns.

        Source:
            Gower: A General Coefficient of Similarity and Some of Its Properties, Biometrics
            27(4), 1971, here not divided by the number of columns.
        """
        total = np.zeros(self.rows)
        values = [float(theirs.numbers[at]) for theirs in others.columns]
        for start in range(0, self.rows, _BLOCK):
            rows = slice(start, start + _BLOCK)
            for column, value in zip(self.columns, values, strict=True):
                column.add_gaps(value, rows, total[rows])
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctRecords:
    """The different ones of some records; far fewer to compare with, where columns are few.

    Attributes:
        records: The different records.
        rows: The places of all records, those of equal ones together and ascending.
        starts: Where the places of each different record begin in `rows`, and the number of rows.
    """

    records: Records
    rows: Places
    starts: Places

    @classmethod
    def of(cls, records: Records) -> DistinctRecords:
        """Find the different ones of some records; at least one record and one column."""
        codes = np.zeros(records.rows, dtype=np.int64)
        for column in records.columns:
            values, own = np.unique(column.numbers, return_inverse=True)
            codes = np.unique(codes * len(values) + own, return_inverse=True)[1]
        rows = np.argsort(codes, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(codes))])
        return cls(records=records.take(rows[starts[:-1]]), rows=rows, starts=starts)

    def closest(self, others: Records, at: int) -> float:
        """Return how far the nearest record is from one of another frame."""
        return float(self.records.distances(others, at).min())

    def nearest(self, others: Records, at: int) -> Places:
        """Return the places of the records nearest to one of another frame; at least one."""
        distances = self.records.distances(others, at)
        found = np.flatnonzero(distances <= distances.min() + _ALIKE)
        places = [self.rows[self.starts[each] : self.starts[each + 1]] for each in found]
        return np.sort(np.concatenate(places))


def align(
    original: Frame, released: Frame, control: Frame, columns: Sequence[str]
) -> tuple[Records, Records, Records]:
    """Put the records of the three frames on one scale.

    Args:
        original: The rows of which the release was made.
        released: The release; the rows may be others, of any number.
        control: Rows of the same population that the release was not made of.
        columns: The columns to compare, in all three frames.

    Raises:
        AnonymizationError: A frame has no rows or lacks a column, a column has numbers in one
            frame and texts in another or infinite numbers, or none is named.
        DataReadError: A column cannot be read as one type.
    """
    if isinstance(columns, str) or not columns or len(set(columns)) < len(columns):
        raise AnonymizationError(
            "columns of the attack",
            found=columns if isinstance(columns, str) else list(columns),
            expected="a list of at least one column, each named once",
        )
    chosen = [
        _chosen(frame, columns, name)
        for frame, name in zip((original, released, control), _FRAMES, strict=True)
    ]
    aligned = [_aligned(name, [frame[name] for frame in chosen]) for name in columns]
    first, second, third = (
        Records(tuple(column[at] for column in aligned), len(frame))
        for at, frame in enumerate(chosen)
    )
    return first, second, third


def targets(records: Records, attacks: int, random: np.random.Generator) -> Places:
    """Return the places of records to attack, each at most once, in random order.

    Raises:
        AnonymizationError: Fewer than one attack is wanted.
    """
    require_attacks(attacks)
    return random.choice(records.rows, size=min(attacks, records.rows), replace=False)


def require_attacks(attacks: int) -> None:
    """Refuse a number of attacks that tells nothing.

    Raises:
        AnonymizationError: It is below 1.
    """
    if attacks < 1:
        raise AnonymizationError("number of attacks", found=attacks, expected="at least 1")


def one_of(places: Places, random: np.random.Generator) -> int:
    """Return one of several equally good places."""
    return int(places[random.integers(len(places))])


def _chosen(frame: Frame, columns: Sequence[str], name: str) -> pd.DataFrame:
    subject = f"{name} frame"
    header = list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
    unfit = [column for column in columns if header.count(column) != 1]
    if unfit:
        raise AnonymizationError(
            f"columns of the {subject}",
            found=unfit,
            expected=f"columns that occur exactly once in {header}",
            remedy="correct the names",
        )
    part = frame if isinstance(frame, pa.Table) else frame.reset_index(drop=True)[[*columns]]
    table = frames.to_table(part, subject, fault=AnonymizationError).select([*columns])
    if not table.num_rows:
        raise AnonymizationError(subject, problem="no rows", expected="at least one")
    for at, column in enumerate(table.columns):
        table = table.set_column(at, columns[at], row_values.plain(column))
    return frames.to_dataframe(table, subject)


def _aligned(name: str, parts: Sequence[pd.Series]) -> list[Column]:
    whole = pd.concat(parts, ignore_index=True)
    kinds = {is_range(pd.Index(part)) for part in (whole, *parts) if part.notna().any()}
    if len(kinds) > 1:
        raise AnonymizationError(
            f"column {name!r}",
            problem=f"its types differ: {', '.join(str(part.dtype) for part in parts)}",
            expected="values of one kind in the original, the release and the control rows",
            remedy="convert them; ranges and other labels cannot be compared with numbers",
        )
    codes, domain = encode_ordered(whole)
    values = codes.astype(np.float64)
    if domain.is_range:
        positions = domain.positions.copy()
        if domain.null_code is not None:
            positions[domain.null_code] = np.nan
        present = positions[~np.isnan(positions)]
        width = float(np.ptp(present)) if len(present) else 0.0
        lowest = float(present[0]) if len(present) else 0.0
        values = ((positions - lowest) / (width or 1.0))[codes]
    borders = np.cumsum([len(part) for part in parts])[:-1]
    has_null = domain.is_range and domain.null_code is not None
    return [Column(domain.is_range, part, has_null) for part in np.split(values, borders)]
