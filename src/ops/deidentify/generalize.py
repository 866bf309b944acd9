"""Generalize columns: each value becomes a coarser one, by a rule for its column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from ops.base import DataUse
from ops.data.distinct import encode_distinct, gather, without_nan
from ops.data.source import DataSource
from ops.deidentify.coding import Coding, code_ends, round_to
from ops.deidentify.column_transform import ColumnTransform, Transformed, replace
from ops.measures import hierarchies, hierarchy_forms
from ops.measures.hierarchies import Hierarchy, Unknown
from ops.registry import register


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one column is generalized.

    Attributes:
        how: "width", "edges", "date", "prefix", "hierarchy", "round" or "ends".
        given: The entries of the rule, as they were given.
    """

    how: str
    given: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalized:
    """What became of a column.

    Attributes:
        column: Texts; numbers of the column's own type for "round" and "ends". Null where the
            value was null or no number, or is suppressed.
        before: Distinct values that it had, null not counted.
        after: Distinct values that it has.
        suppressed: Cells that became null because the hierarchy lacks their value.
    """

    column: pa.ChunkedArray
    before: int
    after: int
    suppressed: int


def generalize(
    column: pa.ChunkedArray, rule: Rule, name: str, hierarchy: Hierarchy, *, unknown: Unknown
) -> Generalized:
    """Generalize a column.

    Args:
        column: Any number of rows; nulls and what is not a number become null.
        rule: How.
        name: What the column is called.
        hierarchy: Of the rule's labels; not used by "round" and "ends".
        unknown: What becomes of a value that the hierarchy lacks.

    Raises:
        AnonymizationError: A value is not in the hierarchy, or the column has no numbers or dates.
        ConfigurationError: The level does not exist.
    """
    subject = f"column {name!r}"
    if rule.how in {"round", "ends"}:
        if rule.how == "round":
            made = round_to(column, rule.given["round"], subject)
        else:
            made = code_ends(column, Coding.of(rule.given, subject), subject)
        sizes = [len(encode_distinct(without_nan(each), subject).values) for each in (column, made)]
        return Generalized(column=made, before=sizes[0], after=sizes[1], suppressed=0)
    level = hierarchy.require_level(rule.given.get("level", 1))
    found = hierarchy.encode(column, level, unknown=unknown)
    return Generalized(
        column=gather(found.after.values, found.after.codes),
        before=len(found.before.values),
        after=len(found.after.values),
        suppressed=found.after.codes.null_count - found.before.codes.null_count,
    )


@register
@dataclass(kw_only=True)
class GeneralizeOperation(ColumnTransform):
    """Generalizes columns, each by a rule: intervals, parts of dates, prefixes, hierarchies.

    Nulls stay null. What is generalized is not yet anonymous: `MeasureRiskOperation` tells what is
    left to be found, and `AnonymizeOperation` generalizes until a guarantee holds.

    Attributes:
        rules: Column to its rule, a mapping with one of these. "width": intervals of it,
            from "origin" or 0. "edges": intervals between these numbers. "date": "day", "week",
            "month", "quarter", "year" or "decade". "prefix": so many characters, and a star
            for each other one, or one star for all of them if "keep_length" is False. "hierarchy":
            one in the form of `ops.measures.hierarchy_forms`, as
            a mapping of values to their levels, the name of a dataset without header that has one
            row a value, or {"intervals": [5, 10]}; "level" says which, 1 if left out. "round": to
            multiples of this.
            "bottom" and "top": values beyond become these numbers; "bottom_quantile" and
            "top_quantile": the values at these shares of the rows.
        unknown: What becomes of a value that the hierarchy lacks, or that is no longer than its
            prefix: "error", or "suppress", which makes it null.

    Metrics:
        rows.before, rows.after: Rows of the dataset.
        changed: Cells that are not as they were, by column.
        distinct.before, distinct.after: Distinct values by column, null not counted.
        suppressed: Cells that became null because the hierarchy lacks their value, by column.

    Columns:
        columns of rules: generalization.
        every other column: identity.
    """

    done: ClassVar[str] = "generalized"

    rules: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    unknown: Unknown = "error"

    def __post_init__(self) -> None:
        """Refuse rules that cannot be meant."""
        if not self.rules:
            raise ConfigurationError(
                "rules of GeneralizeOperation", problem="none", expected="a rule for a column"
            )
        hierarchy_forms.require(self._hierarchies)
        for name, rule in self._rules.items():
            if rule.how == "ends":
                Coding.of(rule.given, f"rule of column {name!r}")
            elif rule.how != "hierarchy":
                _hierarchy(name, rule)

    @property
    def named_columns(self) -> Sequence[str]:
        """The columns that have a rule."""
        return list(self.rules)

    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Generalize the columns."""
        del task_dir
        listed = hierarchy_forms.read(self._hierarchies, data_source)
        made: dict[str, Generalized] = {}
        for name, rule in self._rules.items():
            hierarchy = listed.get(name) or _hierarchy(name, rule)
            made[name] = generalize(table.column(name), rule, name, hierarchy, unknown=self.unknown)
        return Transformed(
            table=replace(table, {name: each.column for name, each in made.items()}),
            effects=dict.fromkeys(made, "generalization"),
            metrics=_measures(made),
            details={"rules": {name: rule.how for name, rule in self._rules.items()}},
        )

    def data_use(self) -> DataUse:
        """Return its datasets, hierarchies among them, and its files."""
        names = hierarchy_forms.dataset_names(self._hierarchies.values())
        return DataUse(reads={self.dataset_name, *names}, writes={self._output})

    @property
    def _rules(self) -> dict[str, Rule]:
        return {name: read_rule(given, name) for name, given in self.rules.items()}

    @property
    def _hierarchies(self) -> dict[str, object]:
        rules = self._rules.items()
        return {name: rule.given["hierarchy"] for name, rule in rules if rule.how == "hierarchy"}


_ENDS = frozenset({"bottom", "top", "bottom_quantile", "top_quantile"})
_FORMS: Mapping[str, frozenset[str]] = {
    "width": frozenset({"width", "origin"}),
    "edges": frozenset({"edges"}),
    "date": frozenset({"date"}),
    "prefix": frozenset({"prefix", "keep_length"}),
    "hierarchy": frozenset({"hierarchy", "level"}),
    "round": frozenset({"round"}),
}


def read_rule(given: object, name: str) -> Rule:
    """Return the rule of a column from its form in a configuration.

    Args:
        given: See `GeneralizeOperation`.
        name: The column.

    Raises:
        ConfigurationError: It names no way to generalize, several, or entries of another.
    """
    keys = set(given) if isinstance(given, Mapping) else set()
    if isinstance(given, Mapping) and keys and keys <= _ENDS:
        return Rule(how="ends", given=given)
    chosen = [how for how in _FORMS if how in keys]
    if not isinstance(given, Mapping) or len(chosen) != 1 or not keys <= _FORMS[chosen[0]]:
        raise ConfigurationError(
            f"rule of column {name!r}",
            found=sorted(map(str, keys)),
            expected=f"one of {', '.join(_FORMS)}, or some of {', '.join(sorted(_ENDS))}",
        )
    if given.get("level", 1) == 0:
        raise ConfigurationError(
            f"level of column {name!r}", found=0, expected="at least 1, since 0 changes nothing"
        )
    return Rule(how=chosen[0], given=given)


def _hierarchy(name: str, rule: Rule) -> Hierarchy:
    """Return the hierarchy that a rule without one describes."""
    subject, given = f"column {name!r}", rule.given
    match rule.how, given.get(rule.how):
        case "width", int() | float() as width:
            origin = given.get("origin", 0)
            if isinstance(origin, int | float):
                return hierarchies.numeric_intervals(subject, [width], origin=origin)
        case "edges", list() | tuple() as edges:
            return hierarchies.numeric_intervals(subject, [edges])
        case "date", str() as part:
            return hierarchies.date_parts(subject, [part])  # type: ignore[list-item]  # it checks
        case "prefix", int() as length:
            keep_length = given.get("keep_length", True)
            if isinstance(keep_length, bool):
                return hierarchies.prefixes(subject, [length], keep_length=keep_length)
        case "round" | "ends", _:
            return Hierarchy(name=subject, levels=())
    raise ConfigurationError(
        f"rule of {subject}",
        problem=f"{' or '.join(map(repr, given))} has a value of another type",
        expected="a number for width, origin and prefix, a list for edges, a text for date, true "
        "or false for keep_length",
    )


def _measures(made: Mapping[str, Generalized]) -> dict[str, object]:
    return {
        "distinct": {
            "before": {name: each.before for name, each in made.items()},
            "after": {name: each.after for name, each in made.items()},
        },
        "suppressed": {name: each.suppressed for name, each in made.items()},
    }
