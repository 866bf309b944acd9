"""Suppress cells, columns and records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.effects import Effect
from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.distinct import encode_distinct
from ops.data.source import DataSource
from ops.deidentify.column_transform import ColumnTransform, Transformed, replace
from ops.deidentify.conditions import Condition, read_conditions
from ops.measures.classes import Integers, group
from ops.parameters import require_at_least
from ops.registry import register


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What is left of a table.

    Attributes:
        table: The records that stay.
        cells: Cells that were made null because their value was rare, by column.
        small_classes: Records that were left out with their class.
    """

    table: pa.Table
    cells: Mapping[str, int]
    small_classes: int


def suppress_rare(
    table: pa.Table,
    columns: Sequence[str],
    rare_below: int,
    *,
    quasi_identifiers: Sequence[str] = (),
    k: int = 1,
) -> Suppression:
    """Make rare values null, and leave records of small classes out, until neither is left.

    Args:
        table: Any rows; a null is a value of its own as a quasi-identifier, and never rare.
        columns: The columns in which values that fewer than `rare_below` rows have become null.
        rare_below: The least number of rows that a value must have; 1 keeps all.
        quasi_identifiers: Columns of which the rows that are equal in all are a class.
        k: The least size of a class; 1 keeps all.

    Returns:
        What is left: every value in the columns has at least `rare_below` rows, every class at
        least `k`.

    Raises:
        AnonymizationError: The values of a column cannot be compared.
    """
    cells = dict.fromkeys(columns, 0)
    left = table
    while True:
        before = left.num_rows, sum(cells.values())
        for name in columns:
            kept, count = _without_rare(left.column(name), rare_below, f"column {name!r}")
            cells[name] += count
            left = replace(left, {name: kept}) if count else left
        if quasi_identifiers and k > 1:
            left = left.filter(pa.array(_class_sizes(left, quasi_identifiers) >= k))
        if before == (left.num_rows, sum(cells.values())):
            return Suppression(
                table=left, cells=cells, small_classes=table.num_rows - left.num_rows
            )


@register
@dataclass(kw_only=True)
class SuppressOperation(ColumnTransform):
    """Suppresses cells, columns and records.

    Records go first that a condition names. Then rare cells and records of small classes go, until
    neither is left. Each count is on record, so that a reader can tell how much is missing.

    Attributes:
        rare_columns: Columns in which rare values become null.
        rare_below: A value that fewer rows have is rare.
        null_columns: Columns in which every value becomes null.
        drop_columns: Columns to leave out.
        k: Records are left out if fewer than k, themselves included, are equal to them in all
            quasi-identifiers that are published; None leaves none out for that.
        drop_where: Records are left out if all these conditions hold. Each is a mapping of
            "column", "is" ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is null" or
            "is not null") and "value". A null fulfils only "is null".

    Metrics:
        rows.before, rows.after: Rows of the dataset, and of what is published.
        changed: Cells that are not as they were, by column; if no record was left out.
        suppressed.cells: Cells that became null, by column.
        suppressed.columns: Columns that were left out.
        suppressed.records.by_condition: Records that the conditions named.
        suppressed.records.in_small_classes: Records whose class was smaller than k.

    Columns:
        rare_columns and null_columns: suppression.
        every other published column: identity or suppression. Identity, and indirectly suppression
            from the columns that decided on records.
    """

    done: ClassVar[str] = "suppressed"
    without_role: ClassVar[tuple[str, ...]] = ("null_columns", "drop_columns")

    rare_columns: Sequence[str] = ()
    rare_below: int = 5
    null_columns: Sequence[str] = ()
    drop_columns: Sequence[str] = ()
    k: int | None = None
    drop_where: Sequence[Mapping[str, object]] = ()

    def __post_init__(self) -> None:
        """Refuse what suppresses nothing, or one column in two ways."""
        require_at_least(self, rare_below=2)
        if self.k is not None:
            require_at_least(self, k=2)
        self._read_conditions()
        named = [*self.rare_columns, *self.null_columns, *self.drop_columns]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ConfigurationError(
                "columns of SuppressOperation",
                problem=f"named more than once: {twice}",
                expected="one of rare_columns, null_columns and drop_columns for each",
            )
        if not named and self.k is None and not self.drop_where:
            raise ConfigurationError(
                "SuppressOperation",
                problem="nothing to suppress",
                expected="rare_columns, null_columns, drop_columns, k or drop_where",
            )
        if self.k is not None and not self._published_quasi_identifiers:
            raise ConfigurationError(
                "quasi_identifiers of SuppressOperation",
                problem="none that are published",
                expected="at least one, since k is given",
            )

    @property
    def named_columns(self) -> Sequence[str]:
        """The columns to suppress, and those that decide."""
        looked_at = [c.column for c in self._read_conditions()]
        quasi_identifiers = self.quasi_identifiers if self.k is not None else ()
        return [
            *self.rare_columns,
            *self.null_columns,
            *self.drop_columns,
            *quasi_identifiers,
            *looked_at,
        ]

    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Suppress records, cells and columns."""
        del data_source, task_dir
        conditions = self._read_conditions()
        left = _without_records(table, conditions)
        by_condition = table.num_rows - left.num_rows
        nulled = {n: left.num_rows - left.column(n).null_count for n in self.null_columns}
        left = replace(left, {n: _nulls(left.column(n)) for n in self.null_columns})
        left = left.drop_columns([*self.drop_columns])
        quasi_identifiers = self._published_quasi_identifiers if self.k is not None else []
        found = suppress_rare(
            left,
            self.rare_columns,
            self.rare_below,
            quasi_identifiers=quasi_identifiers,
            k=self.k or 1,
        )
        self._require_rest(table, found.table)
        suppressed = {
            "cells": {**found.cells, **nulled},
            "columns": len(self.drop_columns),
            "records": {"by_condition": by_condition, "in_small_classes": found.small_classes},
        }
        effect: Effect = "suppression"
        return Transformed(
            table=found.table,
            effects=dict.fromkeys([*self.rare_columns, *self.null_columns], effect),
            chosen_by=list(dict.fromkeys([*(c.column for c in conditions), *quasi_identifiers])),
            metrics={"suppressed": suppressed},
        )

    @property
    def _published_quasi_identifiers(self) -> list[str]:
        return [name for name in self.quasi_identifiers if name not in self.drop_columns]

    def _read_conditions(self) -> list[Condition]:
        return read_conditions(self.drop_where, "drop_where of SuppressOperation")

    def _require_rest(self, before: pa.Table, after: pa.Table) -> None:
        if before.num_rows and not after.num_rows:
            raise AnonymizationError(
                self._subject,
                problem="every record would be suppressed",
                expected="at least one that stays",
                remedy="lower k, generalize first, or narrow the conditions",
            )
        if not after.num_columns:
            raise ConfigurationError(
                "drop_columns of SuppressOperation", problem="no column would stay"
            )


def _without_records(table: pa.Table, conditions: Sequence[Condition]) -> pa.Table:
    if not conditions:
        return table
    leaves = conditions[0].holds(table.column(conditions[0].column))
    for condition in conditions[1:]:
        leaves = pc.and_(leaves, condition.holds(table.column(condition.column)))
    return table.filter(pc.invert(leaves))


def _without_rare(
    column: pa.ChunkedArray, rare_below: int, subject: str
) -> tuple[pa.ChunkedArray, int]:
    """Return a column whose rare values are null, and how many cells that were."""
    codes = _codes(column, subject)
    is_rare = np.bincount(codes) < rare_below
    cells = is_rare[codes] & column.is_valid().to_numpy()
    count = int(cells.sum())
    if not count:
        return column, 0
    return pc.if_else(pa.array(cells), pa.scalar(None, column.type), column), count


def _class_sizes(table: pa.Table, columns: Sequence[str]) -> Integers:
    """Return for each row the size of its class."""
    coded = [_codes(table.column(name), f"column {name!r}") for name in columns]
    classes = group((codes, int(codes.max(initial=0)) + 1) for codes in coded)
    return classes.sizes[classes.labels]


def _codes(column: pa.ChunkedArray, subject: str) -> Integers:
    """Return the number of each row's value; null has the last."""
    distinct = encode_distinct(column, subject)
    codes = pc.fill_null(distinct.codes, pa.scalar(len(distinct.values), pa.int32()))
    found: Integers = codes.to_numpy().astype(np.int64)
    return found


def _nulls(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(len(column), column.type)])
