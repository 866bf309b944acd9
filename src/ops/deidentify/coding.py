"""Make numbers coarser that stay numbers: rounding, top and bottom coding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data import row_values
from ops.data.distinct import without_nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """Where the ends of a column of numbers are.

    Attributes:
        bottom: Lower values become this; None leaves them.
        top: Higher values become this; None leaves them.
        bottom_quantile: In place of `bottom`: the value at this share of the rows.
        top_quantile: In place of `top`: the value at this share of the rows.
    """

    bottom: float | None = None
    top: float | None = None
    bottom_quantile: float | None = None
    top_quantile: float | None = None

    @classmethod
    def of(cls, given: Mapping[str, object], subject: str) -> Self:
        """Return the coding that a configuration describes.

        Raises:
            ConfigurationError: A value is no finite number, an end is given twice, a quantile is
                not between 0 and 1, or the bottom is not below the top.
        """
        numbers = {name: _number(value, f"{name} of {subject}") for name, value in given.items()}
        made = cls(**numbers)
        for end, quantile in (("bottom", "bottom_quantile"), ("top", "top_quantile")):
            if end in given and quantile in given:
                raise ConfigurationError(subject, problem=f"both {end} and {quantile}")
            share = numbers.get(quantile)
            if share is not None and not 0 < share < 1:
                raise ConfigurationError(
                    f"{quantile} of {subject}", found=share, expected="a number between 0 and 1"
                )
        for low, high in ((made.bottom, made.top), (made.bottom_quantile, made.top_quantile)):
            if low is not None and high is not None and low >= high:
                raise ConfigurationError(
                    subject, problem="the bottom is not below the top", expected="bottom < top"
                )
        return made


def code_ends(column: pa.ChunkedArray, coding: Coding, subject: str) -> pa.ChunkedArray:
    """Return numbers with those beyond the ends moved to them.

    Args:
        column: Numbers, any number of rows; nulls stay null, and what is not a number becomes null.
        coding: The ends.
        subject: What the column is, for the message.

    Returns:
        Numbers of the same type.

    Raises:
        AnonymizationError: The column has no numbers, an end does not fit its type, or a quantile
            puts the bottom above the top.
    """
    numbers = numbers_of(column, subject)
    bottom = _end(numbers, coding.bottom, coding.bottom_quantile, subject)
    top = _end(numbers, coding.top, coding.top_quantile, subject)
    if bottom.is_valid and top.is_valid and bottom.as_py() > top.as_py():
        raise AnonymizationError(subject, problem="the bottom would be above the top")
    made = numbers
    if bottom.is_valid:
        made = pc.if_else(pc.less(made, bottom), bottom, made)
    return pc.if_else(pc.greater(made, top), top, made) if top.is_valid else made


def round_to(column: pa.ChunkedArray, multiple: object, subject: str) -> pa.ChunkedArray:
    """Return numbers rounded to multiples; halves go to the even multiple.

    Args:
        column: Numbers, any number of rows; nulls stay null, and what is not a number becomes null.
        multiple: A positive number; a whole one for whole numbers.
        subject: What the column is, for the message.

    Returns:
        Numbers of the same type.

    Raises:
        AnonymizationError: The column has no numbers, or the multiple does not fit its type.
        ConfigurationError: The multiple is no positive number.
    """
    number = _number(multiple, f"round of {subject}")
    if number <= 0:
        raise ConfigurationError(
            f"round of {subject}", found=multiple, expected="a positive number"
        )
    numbers = numbers_of(column, subject)
    if pa.types.is_null(numbers.type):
        return numbers
    step = _fitting(number, numbers.type, subject)
    try:
        return pc.round_to_multiple(numbers, multiple=step, round_mode="half_to_even")
    except pa.ArrowException:
        problem = "a rounded number does not fit its type"
    raise AnonymizationError(subject, problem=problem, remedy="round to a smaller multiple")


def numbers_of(column: pa.ChunkedArray, subject: str) -> pa.ChunkedArray:
    """Return the numbers of a column; nulls stay null, and what is not a number becomes null.

    Args:
        column: Any number of rows.
        subject: What the column is, for the message.

    Raises:
        AnonymizationError: It has no numbers.
    """
    numbers = without_nan(row_values.plain(column))
    kind = numbers.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if is_number or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return numbers
    raise AnonymizationError(
        subject,
        problem=f"its values are of type {column.type}",
        expected="numbers",
        remedy="declare the column's type as number",
    )


def _end(
    numbers: pa.ChunkedArray, fixed: float | None, share: float | None, subject: str
) -> pa.Scalar:
    if fixed is not None and not pa.types.is_null(numbers.type):
        return _fitting(fixed, numbers.type, subject)
    if share is None or numbers.null_count == len(numbers):
        return pa.scalar(None, numbers.type)
    # An element, not a mean of two, fits every type of number.
    order = numbers.drop_null().combine_chunks().sort()
    place = math.floor(share * len(order)) if share < 1 / 2 else math.ceil(share * len(order)) - 1
    return order[min(max(place, 0), len(order) - 1)]


def _fitting(number: float, kind: pa.DataType, subject: str) -> pa.Scalar:
    try:
        if pa.types.is_decimal(kind):
            return pa.scalar(Decimal(str(number)), kind)
        whole = pa.types.is_integer(kind) and float(number).is_integer()
        return pa.scalar(int(number) if whole else number).cast(kind)
    except (pa.ArrowException, OverflowError):
        problem = f"{number!r} is no number of its type {kind}"
    raise AnonymizationError(subject, problem=problem, remedy="give a number that fits")


def _number(value: object, subject: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigurationError(subject, found=value, expected="a finite number")
    return value
