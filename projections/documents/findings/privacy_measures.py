"""The measures of risk and utility in plain words: what each number means for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Unit = Literal["share", "count", "number"]

MOST_NAMES: Final = 8
"""Columns that a sentence names."""

_EXACT: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One dataset, as it was measured.

    Attributes:
        metrics: All its measures, nested as `ops.anonymize` reports them.
        value: The measure in question; None if it was not taken.
        columns: The quasi-identifiers; empty if they are not on record.
        column: The sensitive attribute in question, if the measure is of one.
    """

    metrics: Mapping[str, Any]
    value: float | None
    columns: Sequence[str]
    column: str

    @property
    def number(self) -> float:
        """The measure, which was taken."""
        assert self.value is not None  # noqa: S101  # nothing is said about what was not measured
        return self.value

    def other(self, part: str, name: str) -> Any:
        """Return another measure of the same dataset; None if it was not taken."""
        found = self.metrics.get(part)
        return found.get(name) if isinstance(found, dict) else None

    @property
    def rows(self) -> int:
        """Rows of the dataset; 0 if unknown."""
        rows = self.other("risk", "rows")
        return rows if isinstance(rows, int) else 0

    @property
    def named(self) -> str:
        """The quasi-identifiers in words."""
        return listed(self.columns) if self.columns else "quasi-identifiers (not recorded which)"


Say = Callable[[Side], str]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    Attributes:
        path: Where it is among the metrics; for one of a column, without the column's name.
        unit: How its number is written.
        name: What it is called, with {column} and {size} (of a group) to fill in.
        say: What its number means.
        compare: What two numbers mean, where that is more than the second one alone.
    """

    path: tuple[str, str]
    unit: Unit
    name: str
    say: Say
    compare: Callable[[Side, Side], str] | None = None

    def label(self, side: Side) -> str:
        """Return what it is called."""
        return self.name.format(column=side.column, size=_threshold(side))


def shown(value: float | None, unit: Unit) -> str:
    """Return a number for a reader, never rounded to nothing or to the whole."""
    if value is None:
        return "not measured"
    match unit:
        case "share":
            return percent(value)
        case "count":
            return f"{value:,.0f}"
    return _decimal(value)


def percent(share: float) -> str:
    """Return a share in percent; one that is not 0 or 1 does not look so."""
    if 0 < share < 0.001:  # noqa: PLR2004  # the last digit shown
        return "under 0.1%"
    if 0.999 < share < 1:  # noqa: PLR2004  # as above
        return "over 99.9%"
    return f"{share:.1%}".replace(".0%", "%")


def listed(names: Sequence[str]) -> str:
    """Return names in a sentence; of many the first, and how many there are more."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1:,} more"
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _decimal(value: float) -> str:
    if 0.9999 < value < 1:  # noqa: PLR2004  # the last digit shown
        return "over 0.9999"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004  # four digits


def _of_rows(side: Side) -> str:
    """Return a number of people, and which share of all that is, if that is known."""
    people = "person" if side.number == 1 else "people"
    if not side.rows:
        return f"{side.number:,.0f} {people}"
    share = percent(side.number / side.rows)
    return f"{side.number:,.0f} of {side.rows:,} people ({share})"


def _highest(side: Side) -> str:
    if not side.number:
        return "There are no rows, and so nobody to find."
    return (
        "At worst, somebody who knows that a person is in the data and knows their "
        f"{side.named} finds their row {_chance(side.number)}."
    )


def _lower(was: Side, now: Side) -> str:
    if not was.number or was.number == now.number:
        return _highest(now)
    return f"{_highest(now)[:-1]}; before, {_chance(was.number)}."


def _chance(risk: float) -> str:
    if risk == 1:
        return "for certain"
    if risk > _EXACT and abs(1 / risk - round(1 / risk)) <= _EXACT / risk:
        return f"with a chance of 1 in {round(1 / risk):,}"
    return f"with a chance of {percent(risk)}"


def _average(side: Side) -> str:
    return f"Averaged over all people, that chance is {percent(side.number)}."


def _k(side: Side) -> str:
    match side.number:
        case 0:
            return "There are no rows, and so no groups."
        case 1:
            return "At least one person shares these values with nobody else."
        case 2:
            return "Everybody shares these values with at least 1 other person."
    return f"Everybody shares these values with at least {side.number - 1:,.0f} other people."


def _uniques(side: Side) -> str:
    if not side.number:
        return "Nobody is the only one with their values."
    verb = "is the only one" if side.number == 1 else "are the only ones"
    return f"{_of_rows(side)} {verb} with their values."


def _threshold(side: Side) -> str:
    threshold = side.other("risk", "threshold")
    return f"{threshold:,}" if isinstance(threshold, int) else "the size asked for"


def _below(side: Side) -> str:
    threshold = _threshold(side)
    if not side.number:
        return f"Nobody is in a group smaller than {threshold}."
    verb = "is" if side.number == 1 else "are"
    return f"{_of_rows(side)} {verb} in a group smaller than {threshold}."


def _distinct(side: Side) -> str:
    name = side.column
    match side.number:
        case 0:
            return "There are no rows, and so no groups."
        case 1:
            return (
                f"In at least one group everybody has the same {name}: to know somebody's group "
                f"is to know their {name}, without finding their row."
            )
    of_column = side.other("diversity", name)
    entropy = of_column.get("entropy_l") if isinstance(of_column, dict) else None
    least = f"Every group has at least {side.number:,.0f} different values of {name}"
    if not isinstance(entropy, int | float):
        return f"{least}; one of them may be far more common than the others."
    return f"{least}; the least varied is as varied as {_decimal(entropy)} equally common ones."


def _closeness(side: Side) -> str:
    name = side.column
    if not side.number:
        return f"In every group {name} is distributed as among all people."
    return (
        f"In the group that differs most, {name} is distributed {_decimal(side.number)} away from "
        "all people; 0 is the same, 1 the farthest."
    )


def _rows(side: Side) -> str:
    return f"The data has {side.number:,.0f} rows."


def _kept(was: Side, now: Side) -> str:
    lost = was.number - now.number
    if lost < 0:
        return _rows(now)
    if not lost:
        return "There are as many rows as before."
    return f"{lost:,.0f} of {was.number:,.0f} rows ({percent(lost / was.number)}) were left out."


def _suppressed(side: Side) -> str:
    k = side.other("utility", "k")
    smaller = f"smaller than {k:,}" if isinstance(k, int) else "too small"
    if not side.number:
        return f"No group is {smaller}, so no row counts as suppressed."
    rows = "row" if side.number == 1 else "rows"
    return f"{side.number:,.0f} {rows} in groups {smaller} count as suppressed."


def _groups(side: Side) -> str:
    return f"The data tells {side.number:,.0f} groups of people apart."


def _size(side: Side) -> str:
    return (
        f"A group has {_decimal(side.number)} people on average; larger groups hide people "
        "better and tell less about each."
    )


def _loss(side: Side) -> str:
    if not side.number:
        return "The values are as precise as the original ones."
    spans = (
        f"On average a value covers {percent(side.number)} of the range of its column; 0% is as "
        "precise as the original, 100% tells nothing"
    )
    by_column = side.other("utility", "gcp_by_attribute")
    losses = by_column if isinstance(by_column, dict) else {}
    numbers = {k: v for k, v in losses.items() if isinstance(v, int | float)}
    if len(numbers) < 2:  # noqa: PLR2004  # nothing to compare
        return f"{spans}."
    most = max(numbers, key=lambda name: numbers[name])
    return f"{spans}. {most} lost most ({percent(numbers[most])})."


def _discernibility(side: Side) -> str:
    if not side.rows:
        return "The larger, the less detail is left."
    return (
        f"On average a row looks the same as {_decimal(side.number / side.rows)} rows, itself "
        "included; a suppressed row looks like all of them."
    )


RISK: Final = (
    Measure(("risk", "prosecutor_max"), "share", "Highest risk", _highest, _lower),
    Measure(("risk", "prosecutor_average"), "share", "Average risk", _average),
    Measure(("risk", "k"), "count", "Smallest group (k)", _k),
    Measure(("risk", "uniques"), "count", "People alone", _uniques),
    Measure(("risk", "rows_below_threshold"), "count", "People in groups under {size}", _below),
)
UTILITY: Final = (
    Measure(("risk", "rows"), "count", "Rows", _rows, _kept),
    Measure(("utility", "suppressed_rows"), "count", "Suppressed rows", _suppressed),
    Measure(("utility", "gcp"), "share", "Information lost (GCP)", _loss),
    Measure(("risk", "classes"), "count", "Groups", _groups),
    Measure(("utility", "average_class_size"), "number", "Average group", _size),
    Measure(("utility", "discernibility"), "count", "Discernibility (DM)", _discernibility),
)
RISK_BY_COLUMN: Final = (
    Measure(("diversity", "distinct_l"), "count", "Diversity of {column} (l)", _distinct),
    Measure(("closeness", "t"), "number", "Closeness of {column} (t)", _closeness),
)
