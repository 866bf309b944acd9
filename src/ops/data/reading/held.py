"""Columns and rows of a dataset that is held in memory, chosen as those of a file are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.data import frames
from ops.data.reading import filters as row_filters
from ops.data.reading.filters import FilterForm

if TYPE_CHECKING:
    import pandas as pd


def rows_of_table(
    table: pa.Table,
    subject: str,
    *,
    columns: Sequence[str] | None,
    filters: Sequence[FilterForm] | None,
) -> pa.Table:
    """Return some columns and rows of a table.

    Args:
        table: The dataset.
        subject: What it is, for the message ("dataset 'adult'").
        columns: The wanted columns in the wanted order; all when None.
        filters: Which rows are wanted, see `ops.data.reading.filters`; all when None.

    Raises:
        DataReadError: The dataset lacks a column.
        ConfigurationError: The filters make no sense.
    """
    conditions = row_filters.parse(filters)
    wanted = frames.choose_columns(subject, table.column_names, columns)
    needed = [*wanted, *(each.column for each in conditions)]
    looked_at = table.select(frames.choose_columns(subject, table.column_names, needed))
    return row_filters.rows_of(looked_at, conditions, subject).select(wanted)


def rows_of_dataframe(
    df: pd.DataFrame,
    subject: str,
    *,
    columns: Sequence[str] | None,
    filters: Sequence[FilterForm] | None,
) -> pd.DataFrame:
    """Return some columns and rows of a pandas frame, in its types and with its index.

    Args:
        df: The dataset, as of `frames.settle`; it is not changed.
        subject: As in `rows_of_table`.
        columns: As in `rows_of_table`.
        filters: As in `rows_of_table`.

    Raises:
        DataReadError: The dataset lacks a column, or one to filter by has values of several types.
        ConfigurationError: The filters make no sense.
    """
    conditions = row_filters.parse(filters)
    header = df.columns.to_list()
    chosen = df[frames.choose_columns(subject, header, columns)]
    if conditions:
        needed = frames.choose_columns(subject, header, [each.column for each in conditions])
        table = frames.to_table(df[needed], subject, fault=DataReadError)
        numbers = row_filters.row_numbers(table, conditions)
        rows = chosen.iloc[numbers.to_numpy()]
        settled: pd.DataFrame = frames.settle(rows, subject, fault=DataReadError)
        return settled
    return chosen.copy(deep=False)
