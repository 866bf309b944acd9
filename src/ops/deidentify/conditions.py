"""Conditions on rows, given as data: a column, how it is compared, with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError
from ops.data import row_values

_COMPARE: Final[Mapping[str, Callable[[pa.ChunkedArray, pa.Scalar], pa.ChunkedArray]]] = {
    "==": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_LISTS: Final = ("in", "not in")
_NULLS: Final = ("is null", "is not null")
_KEYS: Final = {"column", "is", "value"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition on a row.

    Attributes:
        column: The column that is looked at.
        comparison: "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is null" or "is not null".
        value: What it is compared with; a list for "in" and "not in", None for the last two.
    """

    column: str
    comparison: str
    value: object = None

    def holds(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return for each row whether the condition holds; for a null only "is null" does.

        Args:
            column: The values of the column, any number of rows.

        Raises:
            ConfigurationError: The value cannot be compared with the column.
        """
        values = row_values.plain(column)
        if self.comparison in _NULLS:
            return values.is_null() if self.comparison == "is null" else values.is_valid()
        try:
            found = self._compared(values)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            found = None
        if found is None:  # outside of the handler: Arrow's message may quote a value
            raise ConfigurationError(
                f"condition on column {self.column!r}",
                problem=f"its value cannot be compared with values of type {values.type}",
                expected="a value of that type",
            )
        return pc.fill_null(found, fill_value=False)

    def _compared(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        if self.comparison in _LISTS:
            assert isinstance(self.value, Sequence)  # noqa: S101  # seen when it was read
            chosen = pa.array([_scalar(value, values.type) for value in self.value], values.type)
            is_in = pc.is_in(values, value_set=chosen)
            wanted = is_in if self.comparison == "in" else pc.invert(is_in)
            return pc.and_(wanted, values.is_valid())
        return _COMPARE[self.comparison](values, _scalar(self.value, values.type))


def read_conditions(given: Sequence[object], subject: str) -> list[Condition]:
    """Return conditions from their form in a configuration.

    Args:
        given: Mappings such as `{"column": "age", "is": ">=", "value": 90}`.
        subject: What they are, for the message.

    Raises:
        ConfigurationError: One has another form; the message does not quote its value.
    """
    return [_condition(entry, f"{subject}, entry {n}") for n, entry in enumerate(given, start=1)]


def _condition(entry: object, subject: str) -> Condition:
    known = [*_COMPARE, *_LISTS, *_NULLS]
    if not isinstance(entry, Mapping) or not {"column", "is"} <= entry.keys() <= _KEYS:
        raise ConfigurationError(
            subject,
            problem="not a condition",
            expected="a mapping with column, is and value, as in "
            '{"column": "age", "is": ">=", "value": 90}',
        )
    column, comparison, value = entry["column"], entry["is"], entry.get("value")
    if not isinstance(column, str) or comparison not in known:
        raise ConfigurationError(
            subject,
            problem="an unknown comparison" if isinstance(column, str) else "no name of a column",
            expected=f"a column's name, and one of {', '.join(known)}",
        )
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if (comparison in _LISTS) != is_list or (comparison in _NULLS) != (value is None):
        wanted = "a list" if comparison in _LISTS else "no value"
        raise ConfigurationError(
            f"{subject}, value",
            problem="it does not fit the comparison",
            expected=wanted if comparison in {*_LISTS, *_NULLS} else "a single value",
        )
    return Condition(column=column, comparison=comparison, value=value)


def _scalar(value: object, kind: pa.DataType) -> pa.Scalar:
    """Return a value in the type of a column, where nothing is lost; texts may name dates."""
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if isinstance(value, str) == is_text or pa.types.is_temporal(kind):
        return pa.scalar(value).cast(kind)
    raise TypeError
