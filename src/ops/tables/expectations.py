"""What a dataset is expected to be, and how many of its rows are not.

Each kind of expectation is a function from a table and what it was given to a finding. None of
them raises for what the data are: a missing column, or values that cannot be compared, is a
failure like another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError, OperationError
from ops.columns import join_keys
from ops.data import column_types, frames, row_values
from ops.measures.classes import classify

Given: TypeAlias = Mapping[str, object]
Read: TypeAlias = Callable[[str, str], pa.ChunkedArray]
"""Reads a column of another dataset."""
_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether an expectation holds.

    Attributes:
        checked: Rows that were looked at; nulls are not, but where they matter.
        failed: Those that are not as expected.
        problem: What is wrong if rows do not tell; None if nothing is, or rows do.
    """

    checked: int = 0
    failed: int = 0
    problem: str | None = None

    def holds(self, allowed_share: float) -> bool:
        """Tell whether no more than a share of the rows failed."""
        return self.problem is None and self.failed <= allowed_share * self.checked


class NotCheckableError(Exception):
    """The data do not let an expectation be checked; the message says why."""


class Kind(NamedTuple):
    """A kind of expectation: how it is checked, and what it must and may be given."""

    check: Callable[[pa.Table, Given, Read], Finding]
    required: Mapping[str, type | tuple[type, ...]]
    optional: Mapping[str, type | tuple[type, ...]]


def check(table: pa.Table, given: Given, read: Read) -> Finding:
    """Return whether a table is as expected.

    Args:
        table: The dataset.
        given: An expectation as of `require_known`.
        read: Reads a column of another dataset.

    Raises:
        DataReadError: Another dataset cannot be read, or lacks the column.
    """
    kind = KINDS[str(given["expect"])]
    missing = [name for name in columns_of(given) if name not in table.column_names]
    if missing and kind.check is not _columns:
        return Finding(problem=f"no column {', '.join(map(repr, missing))}")
    try:
        return kind.check(table, given, read)
    except (NotCheckableError, pa.ArrowException) as error:
        said = str(error) if isinstance(error, NotCheckableError) else "its values do not fit"
    return Finding(problem=said)


def columns_of(given: Given) -> list[str]:
    """Return the columns that an expectation is about."""
    if "column" in given:
        return [str(given["column"])]
    return [str(name) for name in cast("Sequence[object]", given.get("columns", ()))]


def require_known(given: Given, subject: str) -> None:
    """Refuse an expectation that is not one.

    Raises:
        ConfigurationError: It has no known kind, lacks something, or has something else.
    """
    kind = KINDS.get(str(given.get("expect")))
    if kind is None:
        raise ConfigurationError(
            subject, found=given.get("expect"), expected='"expect" to be one of ' + ", ".join(KINDS)
        )
    known = {**kind.required, **kind.optional, **_OF_ALL}
    unknown = sorted(map(str, given.keys() - known.keys() - {"expect"}))
    missing = [name for name in kind.required if name not in given]
    if unknown or missing:
        raise ConfigurationError(
            subject,
            problem=f"{given['expect']} has no {', '.join(missing)}"
            if missing
            else f"{given['expect']} does not know {', '.join(unknown)}",
            expected=f"it with {', '.join(known)}",
        )
    for name, value in given.items():
        wanted = known.get(name, str)
        is_letters = wanted is Sequence and isinstance(value, str)
        if not isinstance(value, wanted) or isinstance(value, bool) or is_letters:
            raise ConfigurationError(f"{name} of {subject}", found=value, expected=_said(wanted))
    _require_meaning(given, subject)


def _require_meaning(given: Given, subject: str) -> None:
    share = given.get("allowed_share", 0)
    if not 0 <= cast("float", share) < 1:
        raise ConfigurationError(f"allowed_share of {subject}", found=share, expected="0 to 1")
    if given["expect"] in {"between", "row_count_between"} and not {"minimum", "maximum"} & {
        *given
    }:
        raise ConfigurationError(subject, problem="no limit", expected="minimum, maximum, or both")
    if given["expect"] == "matches":
        _require_pattern(str(given["pattern"]), subject)
    if "as_of" in given:
        _date(str(given["as_of"]), f"as_of of {subject}")


def _require_pattern(pattern: str, subject: str) -> None:
    try:
        pc.match_substring_regex(pa.array([""]), _whole(pattern))
    except pa.ArrowException as error:
        raise ConfigurationError(
            f"pattern of {subject}", found=pattern, expected="a regular expression of RE2"
        ) from error


def _date(text: str, subject: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(subject, found=text, expected="a date as 2026-01-31") from error


def _said(wanted: type | tuple[type, ...]) -> str:
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    words = {str: "a text", int: "a whole number", float: "a number", Sequence: "a list"}
    return " or ".join(words.get(kind, kind.__name__) for kind in kinds)


def _whole(pattern: str) -> str:
    return rf"\A(?:{pattern})\z"


def _values(table: pa.Table, given: Given) -> pa.ChunkedArray:
    """Return the values of a column, without nulls."""
    return row_values.plain(table.column(str(given["column"]))).drop_null()


def _failures(values: pa.ChunkedArray, is_right: pa.ChunkedArray) -> Finding:
    right = pc.sum(pc.fill_null(is_right, False)).as_py() or 0
    return Finding(checked=len(values), failed=len(values) - right)


def _as(kind: pa.DataType, value: object) -> pa.Scalar:
    """Return a value to compare with values of a type."""
    is_text = isinstance(value, str)
    if column_types.is_number(kind) == is_text or isinstance(value, bool):
        raise NotCheckableError(f"values of type {kind} cannot be compared with {value!r}")
    return pa.scalar(value).cast(kind) if is_text else pa.scalar(value)


def _not_null(table: pa.Table, given: Given, _: Read) -> Finding:
    column = table.column(str(given["column"]))
    return Finding(checked=len(column), failed=column.null_count)


def _unique(table: pa.Table, given: Given, _: Read) -> Finding:
    chosen = table.select(columns_of(given)).drop_null()
    try:
        frame = frames.to_dataframe(chosen, "columns to compare")
        sizes = classify(frame, columns_of(given)).sizes
    except (AnonymizationError, OperationError):
        raise NotCheckableError("its values cannot be compared") from None
    return Finding(checked=len(chosen), failed=int(sizes[sizes > 1].sum()))


def _between(table: pa.Table, given: Given, _: Read) -> Finding:
    values = _values(table, given)
    is_right = pa.chunked_array([pa.repeat(pa.scalar(True), len(values))])
    for limit, compare in (("minimum", pc.greater_equal), ("maximum", pc.less_equal)):
        if limit in given:
            is_right = pc.and_(is_right, compare(values, _as(values.type, given[limit])))
    return _failures(values, is_right)


def _in_set(table: pa.Table, given: Given, _: Read) -> Finding:
    values = _values(table, given)
    allowed = [value for value in cast("Sequence[object]", given["values"]) if value is not None]
    return _failures(values, pc.is_in(values, value_set=pa.array(allowed).cast(values.type)))


def _matches(table: pa.Table, given: Given, _: Read) -> Finding:
    values = _values(table, given)
    if not column_types.is_text(values.type) and len(values):
        raise NotCheckableError(f"values of type {values.type} are no texts")
    texts = values.cast(pa.large_string())
    return _failures(texts, pc.match_substring_regex(texts, _whole(str(given["pattern"]))))


def _foreign_key(table: pa.Table, given: Given, read: Read) -> Finding:
    column = str(given["column"])
    other = read(str(given["dataset"]), str(given.get("key", column)))
    try:
        ours, theirs = join_keys.comparable(table.column(column), other, column)
    except OperationError as error:
        raise NotCheckableError(str(error.problem)) from None
    ours = ours.drop_null()
    return _failures(ours, pc.is_in(ours, value_set=pc.unique(theirs)))


def _row_count(table: pa.Table, given: Given, _: Read) -> Finding:
    rows = table.num_rows
    least, most = (cast("int", given.get(name, rows)) for name in ("minimum", "maximum"))
    problem = None if least <= rows <= most else f"{rows:,} rows"
    return Finding(problem=problem)


def _type(table: pa.Table, given: Given, _: Read) -> Finding:
    column = str(given["column"])
    field = table.schema.field(column)
    names = {column_types.names_of(table.schema)[column], column_types.name_of(field.type)}
    is_right = given["type"] in names | {str(field.type)}
    return Finding(problem=None if is_right else f"it is of type {min(names)}")


def _columns(table: pa.Table, given: Given, _: Read) -> Finding:
    wanted, found = set(columns_of(given)), set(table.column_names)
    problems = [f"no column {name!r}" for name in sorted(wanted - found)]
    problems += [f"also {name!r}" for name in sorted(found - wanted)]
    return Finding(problem=", ".join(problems) or None)


def _fresh(table: pa.Table, given: Given, _: Read) -> Finding:
    values = _values(table, given)
    if not len(values):
        raise NotCheckableError("it has no date")
    newest = pc.max(values.cast(pa.timestamp("us"), safe=False)).as_py()
    now = datetime.combine(_date(str(given["as_of"]), "as_of"), time.max)
    limit = now - timedelta(
        days=float(cast("float", given["max_age_days"])), seconds=_SECONDS_A_DAY
    )
    is_fresh = newest > limit
    return Finding(
        problem=None if is_fresh else f"nothing of the last {given['max_age_days']} days"
    )


_NUMBER: Final = (int, float)
_LIMITS: Final[Mapping[str, tuple[type, ...]]] = {
    "minimum": (int, float, str),
    "maximum": (int, float, str),
}
_COLUMN: Final[Mapping[str, type]] = {"column": str}
_OF_ALL: Final[Mapping[str, type | tuple[type, ...]]] = {"allowed_share": _NUMBER, "name": str}
KINDS: Final[Mapping[str, Kind]] = {
    "not_null": Kind(_not_null, _COLUMN, {}),
    "unique": Kind(_unique, {"columns": Sequence}, {}),
    "between": Kind(_between, _COLUMN, _LIMITS),
    "in_set": Kind(_in_set, {"column": str, "values": Sequence}, {}),
    "matches": Kind(_matches, {"column": str, "pattern": str}, {}),
    "row_count_between": Kind(_row_count, {}, {"minimum": int, "maximum": int}),
    "type": Kind(_type, {"column": str, "type": str}, {}),
    "columns": Kind(_columns, {"columns": Sequence}, {}),
    "foreign_key": Kind(_foreign_key, {"column": str, "dataset": str}, {"key": str}),
    "fresh": Kind(_fresh, {"column": str, "max_age_days": _NUMBER, "as_of": str}, {}),
}
