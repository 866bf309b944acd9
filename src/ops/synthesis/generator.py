"""Fit the models of all columns of a table, and draw rows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops.synthesis import copula, marginals


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How rows are made.

    Attributes:
        model: Whether columns depend on each other.
        minimum_count: The fewest rows that have a category which is drawn.
        clip: The share of the numbers at each end that is never reached.
    """

    model: Literal["copula", "independent"]
    minimum_count: int
    clip: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Rows that were made.

    Attributes:
        table: The rows, with the types of the original.
        rare: By column, how many values are too rare to be drawn.
        unmodelled: Columns of which there is no model.
    """

    table: pa.Table
    rare: Mapping[str, int]
    unmodelled: tuple[str, ...]


def make(table: pa.Table, rows: int, settings: Settings, seed: int) -> Made:
    """Make rows like those of a table.

    Args:
        table: What the model sees; at least one row.
        rows: How many rows to make.
        settings: How.
        seed: Seed of NumPy's PCG64 generator.
    """
    random = np.random.Generator(np.random.PCG64([seed, 1]))
    fitted = {
        name: marginals.fit(column, minimum_count=settings.minimum_count, clip=settings.clip)
        for name, column in zip(table.column_names, table.columns, strict=True)
        if not isinstance(column.type, pa.BaseExtensionType)
    }
    models = {name: model for name, model in fitted.items() if model is not None}
    unmodelled = tuple(name for name in table.column_names if name not in models)
    if settings.model == "copula" and models:
        places = copula.draw(copula.fit([*models.values()], random), rows, random)
    else:
        places = random.random((rows, len(models)))
    columns = {
        name: _of_type(model.draw(places[:, at], random), table.column(name))
        for at, (name, model) in enumerate(models.items())
    }
    rare = {name: model.rare for name, model in models.items()}
    return Made(table=pa.table(columns), rare=rare, unmodelled=unmodelled)


def _of_type(values: pa.Array, original: pa.ChunkedArray) -> pa.Array:
    """Return drawn values in the type of the original column."""
    kind = original.type
    if not pa.types.is_dictionary(kind):
        return values.cast(kind)
    unified = original.unify_dictionaries()
    entries = unified.chunk(0).dictionary if unified.num_chunks else pa.array([], kind.value_type)
    indices = pc.index_in(values, value_set=entries.cast(values.type), skip_nulls=True)
    return pa.DictionaryArray.from_arrays(
        indices.cast(kind.index_type), entries, ordered=kind.ordered
    )
