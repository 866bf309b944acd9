"""Choose rows by comparing columns with values.

A filter is (column, operator, value): "==", "!=", "<", "<=", ">", ">=" with one value, "in" and
"not in" with a list; or (column, "is null") and (column, "not null"). Several are joined by "and".
Null matches only "is null", and NaN only "!=", "not in" and "not null".
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import column_types, row_values

FilterValue: TypeAlias = str | int | float | bool | Decimal | dt.date
FilterForm: TypeAlias = (
    "tuple[str, str] | tuple[str, str, FilterValue | Sequence[FilterValue] | None]"
)

_COMPARED: Final[dict[str, Callable[[pc.Expression, pa.Scalar], pc.Expression]]] = {
    "==": lambda field, value: field == value,
    "!=": lambda field, value: field != value,
    "<": lambda field, value: field < value,
    "<=": lambda field, value: field <= value,
    ">": lambda field, value: field > value,
    ">=": lambda field, value: field >= value,
}
_LISTED: Final = ("in", "not in")
_OF_NULLS: Final = ("is null", "not null")
_OPERATORS: Final = (*_COMPARED, *_LISTED, *_OF_NULLS)
# Parquet's statistics pass over NaN, which is unequal to everything.
_PRUNED: Final = ("==", "<", "<=", ">", ">=", "in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on a column.

    Attributes:
        column: The column's name.
        operator: One of the operators.
        values: What to compare with: one value, those of a list, or none.
    """

    column: str
    operator: str
    values: tuple[FilterValue, ...] = ()

    def expression(self, kind: pa.DataType) -> pc.Expression:
        """Return the condition for a column of this type.

        Raises:
            ConfigurationError: A value is of another kind than the column.
        """
        field = pc.field(self.column)
        if self.operator in _OF_NULLS:
            return field.is_null() if self.operator == "is null" else field.is_valid()
        if pa.types.is_null(kind):
            return field.is_valid()
        operator, values = self.operator, self.values
        if pa.types.is_integer(kind) and operator in _COMPARED and isinstance(values[0], float):
            operator, values = _of_integers(operator, values[0])
        scalars = [self._scalar(value, kind) for value in values]
        if operator in _COMPARED:
            return _COMPARED[operator](field, scalars[0])
        is_in = field.isin(pa.array([each.as_py() for each in scalars], _compared_as(kind)))
        return field.is_valid() & (is_in if operator == "in" else ~is_in)

    def _scalar(self, value: FilterValue, kind: pa.DataType) -> pa.Scalar:
        expected = _kind_of(kind)
        try:
            if _is_kind(value, expected):
                scalar = pa.scalar(value, _compared_as(kind))
                if _is_same(scalar.as_py(), value):
                    return scalar
        except (pa.ArrowException, OverflowError, ValueError, TypeError):
            pass  # its message may quote the value
        raise ConfigurationError(
            f"filter on column {self.column!r}",
            problem=f"a value of type {type(value).__name__} that {expected} cannot be compared "
            "with",
            expected=f"{expected}, as the column's type is {kind}",
        )


def parse(given: Sequence[FilterForm] | None) -> tuple[Filter, ...]:
    """Return the filters of an option; none when None.

    Raises:
        ConfigurationError: It is no list, or one of them has another form.
    """
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _wrong_form(f"a value of type {type(given).__name__}")
    return tuple(_parsed(each) for each in given)


def rows_of(table: pa.Table, filters: Sequence[Filter], subject: str) -> pa.Table:
    """Return the rows of a table that match all filters, in order, and nothing of the others.

    Args:
        table: The columns of the filters, and any others.
        filters: The conditions; all rows without any.
        subject: What the table is, for the message.

    Raises:
        ConfigurationError: A value is of another kind than its column.
        DataReadError: A column of a rare nested type has a dictionary.
    """
    if not filters:
        return table
    chosen = row_numbers(table, filters)
    columns = [row_values.takeable(column) for column in table.columns]
    fields = [
        pa.field(field.name, column.type, field.nullable)
        for field, column in zip(table.schema, columns, strict=True)
    ]
    kept = pa.Table.from_arrays(columns, schema=pa.schema(fields))
    if len(chosen) < len(kept):
        kept = kept.take(chosen)
    return row_values.strip(kept, subject, fault=DataReadError)


def row_numbers(table: pa.Table, filters: Sequence[Filter]) -> pa.ChunkedArray:
    """Return the numbers of the rows that match all filters, from 0 and in order.

    Args:
        table: The columns of the filters, and any others.
        filters: The conditions, at least one.

    Raises:
        ConfigurationError: A value is of another kind than its column.
    """
    plain = {each.column: row_values.plain(table[each.column]) for each in filters}
    expressions = [each.expression(plain[each.column].type) for each in filters]
    row = "".join((*plain, "row"))
    numbered = pa.table(plain | {row: np.arange(table.num_rows)})
    return numbered.filter(_joined(expressions))[row]


def pruning(filters: Sequence[Filter], schema: pa.Schema) -> pc.Expression | None:
    """Return what statistics of a file can tell of the filters; None if nothing."""
    pruned = [each for each in filters if each.operator in _PRUNED]
    kinds = {each.column: schema.field(each.column).type for each in pruned}
    found = [
        each.expression(kinds[each.column])
        for each in pruned
        if not pa.types.is_nested(kinds[each.column])
        and not pa.types.is_dictionary(kinds[each.column])
    ]
    return _joined(found) if found else None


def _joined(expressions: Sequence[pc.Expression]) -> pc.Expression:
    joined = expressions[0]
    for each in expressions[1:]:
        joined &= each
    return joined


def _parsed(each: object) -> Filter:
    match each:
        case (str() as column, str() as operator) if operator in _OF_NULLS:
            return Filter(column=column, operator=operator)
        case (str() as column, str() as operator, list() | tuple() | set() as values) if (
            operator in _LISTED
        ):
            return Filter(column=column, operator=operator, values=tuple(values))
        case (str() as column, str() as operator, value) if operator in _COMPARED:
            if not isinstance(value, FilterValue) or (
                isinstance(value, float) and math.isnan(value)
            ):
                raise _wrong_form(
                    f"column {column!r} is compared with null, NaN or no single value"
                )
            return Filter(column=column, operator=operator, values=(value,))
        case (str() as column, str() as operator, *_):
            known = operator in _OPERATORS
            raise _wrong_form(
                f"the operator {operator!r} of column {column!r} "
                + ("has another number or kind of values" if known else "is not known")
            )
    raise _wrong_form(f"an item of type {type(each).__name__}")


def _wrong_form(problem: str) -> ConfigurationError:
    return ConfigurationError(
        "filters",
        problem=problem,
        expected="a list of (column, operator, value) with an operator of "
        + ", ".join(map(repr, _OPERATORS)),
        remedy='write it as [("age", ">=", 25), ("region", "in", ["north"]), ("zip", "not null")]',
    )


def _kind_of(kind: pa.DataType) -> str:
    if column_types.is_text(kind):
        return "a text"
    if column_types.is_number(kind):
        return "a number"
    if pa.types.is_boolean(kind):
        return "true or false"
    if pa.types.is_timestamp(kind):
        return "a date with a time"
    return "a date" if pa.types.is_date(kind) else "no value"


def _is_kind(value: object, kind: str) -> bool:
    match kind:
        case "a text":
            return isinstance(value, str)
        case "a number":
            return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        case "true or false":
            return isinstance(value, bool)
        case "a date with a time":
            return isinstance(value, dt.datetime)
        case "a date":
            return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return False


def _compared_as(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values that a column of a type is compared with."""
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        return pa.int64()
    return pa.float64() if pa.types.is_floating(kind) else kind


def _is_same(taken: object, value: object) -> bool:
    return taken == value


def _of_integers(operator: str, value: float) -> tuple[str, tuple[FilterValue, ...]]:
    """Return the same comparison with an integer, since Arrow would make floats of the column."""
    if value.is_integer():
        return operator, (int(value),)
    if operator in {"==", "!="}:
        return ("in", ()) if operator == "==" else ("not in", ())
    if math.isinf(value):
        is_all = (value > 0) == operator.startswith("<")
        return ("not in", ()) if is_all else ("in", ())
    if operator.startswith("<"):
        return "<=", (math.floor(value),)
    return ">=", (math.ceil(value),)
