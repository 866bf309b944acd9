"""Join two datasets on columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, OperationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult
from ops.tables import matching
from ops.tables.columns import ANY_ROLE, require_columns, require_different, tell_passed_on
from ops.tables.matching import Kind, Matches

_AT_MOST_ONE = {"one_to_one": (True, True), "one_to_many": (True, False)} | {
    "many_to_one": (False, True),
    "many_to_many": (False, False),
}
"""Whether keys must be unique in the left and in the right dataset."""


@register
@dataclass(kw_only=True)
class JoinOperation(BaseOperation):
    """Joins the rows of two datasets whose keys are equal.

    Null and NaN match nothing, not even each other. Text joins text, integers integers, floats
    floats and so on, in any width; keys of types that do not fit are refused rather than
    converted. Rows stand in the order of the left dataset, then in that of the right one; rows of
    the right dataset without a partner come last.

    Attributes:
        left: A dataset.
        right: Another one, or the same.
        on: The columns of the key in the left dataset.
        right_on: Those in the right one, in the same order; as `on` when empty.
        how: Which rows without a partner stay: "inner" none, "left" and "right" those of this
            side, "full" all.
        validate: How often a key may occur on each side; more often is an error.
        suffixes: What is added to the names of other columns that both datasets have.
        output_name: Base name of the file in output/; both names with "_" when None.
        format: "parquet" or "csv".
        known_columns: Columns that somebody has decided on, so that no warning names them; those
            with a declared role if not given.

    Metrics:
        rows: Rows of the output.
        matched: Pairs of rows that met.
        left_unmatched: Rows of the left dataset without a partner.
        right_unmatched: Rows of the right dataset without a partner.

    Files:
        output/{output_name}.{format}: The columns of the left dataset, then those of the right
            one without its key.

    Columns:
        on: identity. From the left key, and unless `how` is "left" from the right one.
        every column: identity or transformation. Identity from the column itself; indirectly, as
            a transformation, from the keys of both sides.

    Warnings:
        passed on unchanged, no role declared: A column of the output is as it was, and nobody has
            decided what it tells about people.
    """

    steps = 2
    column_roles: ClassVar[Mapping[str, ColumnRole | tuple[ColumnRole, ...]]] = {
        "known_columns": ANY_ROLE
    }
    dataset_parameters: ClassVar[tuple[str, ...]] = ("left", "right")

    left: str
    right: str
    on: Sequence[str]
    right_on: Sequence[str] = ()
    how: Kind = "inner"
    validate: Literal["one_to_one", "one_to_many", "many_to_one", "many_to_many"] = "many_to_many"
    suffixes: Sequence[str] = ("_left", "_right")
    output_name: str | None = None
    format: Literal["parquet", "csv"] = "parquet"
    known_columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse keys that are none, or not equally many."""
        for parameter, names in (("on", self.on), ("right_on", self._right_on)):
            require_different(f"{parameter} of JoinOperation", names)
        if not self.on or len(self.on) != len(self._right_on):
            raise ConfigurationError(
                "on of JoinOperation",
                problem=f"{len(self.on)} columns on the left, {len(self._right_on)} on the right",
                expected="equally many, at least one",
            )
        if len(self.suffixes) != 2 or self.suffixes[0] == self.suffixes[1]:  # noqa: PLR2004  # sides
            raise ConfigurationError(
                "suffixes of JoinOperation",
                found=list(self.suffixes),
                expected="two different texts",
            )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Join the datasets and write the rows.

        Raises:
            DataReadError: A dataset cannot be read or lacks a column.
            DataWriteError: The output cannot be written.
            OperationError: The types of the keys do not fit, keys occur too often, two columns
                would have one name, or there are too many pairs.
        """
        progress = progress_or_silence(progress_tracker)
        sides = data_source.get_table(self.left), data_source.get_table(self.right)
        require_columns(self.left, sides[0], self.on)
        require_columns(self.right, sides[1], self._right_on)
        names = self._names(*(side.column_names for side in sides))
        keys = [
            (sides[0].column(one), sides[1].column(other), one)
            for one, other in zip(self.on, self._right_on, strict=True)
        ]
        found = matching.match(keys, self.how)
        self._require_valid(found)
        joined = self._joined(sides, names, found)
        progress.update(1, {"step": "join", "rows": joined.num_rows})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            joined, self._output, format=self.format
        )
        progress.update(1, {"step": "write"})
        counts = {
            "matched": found.matched,
            "left_unmatched": found.left_unmatched,
            "right_unmatched": found.right_unmatched,
        }
        result = OperationResult(metrics={"rows": joined.num_rows, **counts})
        result.add_file(written, f"{self.left} and {self.right} joined")
        self._derive(result, written.path, names)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its file."""
        return DataUse(reads={self.left, self.right}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.left}_{self.right}"

    @property
    def _right_on(self) -> Sequence[str]:
        return self.right_on or self.on

    def _names(self, left: Sequence[str], right: Sequence[str]) -> tuple[dict[str, str], ...]:
        """Return the names of the columns of each side in the output; without the right key."""
        others = [name for name in right if name not in self._right_on]
        both = {*left} & {*others}
        one, other = self.suffixes
        named = (
            {n: n + one if n in both and n not in self.on else n for n in left},
            {n: n + other if n in both else n for n in others},
        )
        twice = frames.first_repeated([*named[0].values(), *named[1].values()])
        if twice is not None:
            raise OperationError(
                f"columns of datasets {self.left!r} and {self.right!r}",
                problem=f"two would be called {twice!r}",
                expected="different names",
                remedy="choose other suffixes",
            )
        return named

    def _require_valid(self, found: Matches) -> None:
        sides = (self.left, found.left_repeated), (self.right, found.right_repeated)
        for must_be_unique, (dataset, repeated) in zip(
            _AT_MOST_ONE[self.validate], sides, strict=True
        ):
            if must_be_unique and repeated:
                raise OperationError(
                    f"key of dataset {dataset!r}",
                    problem=f"{repeated:,} values occur more than once",
                    expected=f"a key that fits validate={self.validate!r}",
                    remedy="aggregate the dataset first, or correct validate",
                )

    def _joined(
        self, sides: Sequence[pa.Table], names: Sequence[Mapping[str, str]], found: Matches
    ) -> pa.Table:
        right_of = dict(zip(self.on, self._right_on, strict=True))
        columns = {}
        for name, new in names[0].items():
            taken = matching.take(sides[0].column(name), found.left_rows, name)
            if name in right_of and self.how in {"right", "full"}:
                other = sides[1].column(right_of[name])
                taken = matching.filled(taken, other, found, name)
            columns[new] = taken
        for name, new in names[1].items():
            columns[new] = matching.take(sides[1].column(name), found.right_rows, name)
        return pa.table(columns)

    def _derive(
        self, result: OperationResult, path: Path, names: Sequence[Mapping[str, str]]
    ) -> None:
        keys = [(self.left, name) for name in self.on]
        keys += [(self.right, name) for name in self._right_on]
        right_of = dict(zip(self.on, self._right_on, strict=True))
        for side, (dataset, named) in enumerate(zip((self.left, self.right), names, strict=True)):
            for name, new in named.items():
                direct = [(dataset, name)]
                if side == 0 and name in right_of and self.how != "left":
                    direct.append((self.right, right_of[name]))
                result.derive(path, new, "identity", *dict.fromkeys(direct))
                others = [key for key in dict.fromkeys(keys) if key not in direct]
                if others:
                    result.derive(path, new, "transformation", *others, is_direct=False)
        result.details |= {
            "covered": [],
            "unchanged": [new for named in names for new in named.values()],
        }
        passed_on = {new: [name] for named in names for name, new in named.items()}
        tell_passed_on(result, passed_on, self.known_columns)
