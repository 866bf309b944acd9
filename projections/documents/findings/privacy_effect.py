"""What a run did to the risk of the people in its data, and to the use of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.findings.privacy_measures import (
    RISK,
    RISK_BY_COLUMN,
    UTILITY,
    Measure,
    Side,
    Unit,
    shown,
)
from projections.documents.reuse import rows_behind

Document = dict[str, Any]

NOTE: Final = "The numbers count rows; they count people if each person has one row."

_PARTS: Final = ("risk", "diversity", "closeness", "utility")
_MOST: Final = 2**63
_SQL: Final = statements(__name__)


def build_privacy_effect(catalog: Catalog, run_id: str) -> list[Document]:
    """Return the measures of risk and utility of a run, before and after, each with a sentence.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        run_id: Id of the run.

    Returns:
        One object per operation (or None for the run as a whole) that recorded such measures, as
        `ops.anonymize` does: operation, name, dataset, quasi_identifiers, sensitive_attributes
        (null or empty if not recorded), is_comparison (false for a measurement of one dataset,
        whose values are under after), note, and measures. Each of these has measure (what it is
        called), metric (its path below before and after), kind ("risk" or "utility"), unit
        ("share", "count" or "number"), before and after (numbers; null if not measured),
        before_text and after_text, and meaning: what the numbers say about a person, in one or two
        sentences. Empty if nothing was measured.
    """
    owners: dict[tuple[int | None, str | None], Document] = {}
    for row in rows_behind(catalog, "metrics", run_id):
        owners.setdefault((row["operation"], row["category"]), {})[row["name"]] = row["value"]
    measured = [
        (operation, sides)
        for (operation, _), metrics in owners.items()
        if (sides := _sides(metrics)) is not None
    ]
    rows = catalog.rows(_SQL["operations"], [run_id]) if measured else []
    operations = {row["operation"]: row for row in rows}
    found = [
        _Told(*sides, _facts(operations.get(operation))).document(operation)
        for operation, sides in measured
    ]
    return [document for document in found if document["measures"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is on record about the operation that measured."""

    name: str | None = None
    dataset: str | None = None
    quasi_identifiers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """The measures of one operation."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    facts: _Facts

    @property
    def is_comparison(self) -> bool:
        return self.before is not None

    def document(self, operation: int | None) -> Document:
        return {
            "operation": operation,
            "name": self.facts.name,
            "dataset": self.facts.dataset,
            "quasi_identifiers": [*self.facts.quasi_identifiers],
            "sensitive_attributes": self.sensitive,
            "is_comparison": self.is_comparison,
            "note": NOTE,
            "measures": [*self._measures()],
        }

    @property
    def sensitive(self) -> list[str]:
        names = [
            name
            for side in (self.after, self.before)
            for part in ("diversity", "closeness")
            for name in _inside(side, part)
        ]
        return [*dict.fromkeys(names)]

    def _measures(self) -> Iterator[Document]:
        for measure in RISK:
            yield from self._row("risk", measure, measure.path)
        for name in self.sensitive:
            for measure in RISK_BY_COLUMN:
                yield from self._row("risk", measure, (measure.path[0], name, measure.path[1]))
        for measure in UTILITY:
            yield from self._row("utility", measure, measure.path)

    def _row(self, kind: str, measure: Measure, path: tuple[str, ...]) -> Iterator[Document]:
        before, after = (_number(side, path, measure.unit) for side in (self.before, self.after))
        if before is None and after is None:
            return
        names = self.facts.quasi_identifiers
        was, now = (
            Side(metrics=side or {}, value=value, columns=names, column=path[1])
            for side, value in ((self.before, before), (self.after, after))
        )
        yield {
            "measure": measure.label(now if after is not None else was),
            "metric": ".".join(path),
            "kind": kind,
            "unit": measure.unit,
            "before": before,
            "after": after,
            "before_text": shown(before, measure.unit),
            "after_text": shown(after, measure.unit),
            "meaning": self._meaning(measure, was, now),
        }

    def _meaning(self, measure: Measure, was: Side, now: Side) -> str:
        if now.value is None:
            return f"Before: {measure.say(was)} Not measured afterwards."
        said = measure.say(now)
        if was.value is None and self.is_comparison:
            return f"{said} Not measured before."
        if was.value is None or measure.compare is None:
            return said
        return measure.compare(was, now)


def _sides(metrics: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Return what was measured before and after, or None and a measurement, or None."""
    before, after = metrics.get("before"), metrics.get("after")
    if any(_is_measured(side) for side in (before, after)):
        return (before if _is_measured(before) else {}), (after if _is_measured(after) else {})
    return (None, metrics) if _is_measured(metrics) else None


def _is_measured(side: object) -> bool:
    return isinstance(side, dict) and any(isinstance(side.get(part), dict) for part in _PARTS)


def _facts(operation: Mapping[str, Any] | None) -> _Facts:
    if operation is None:
        return _Facts()
    parameters = operation["parameters"]
    given = parameters if isinstance(parameters, dict) else {}
    names = given.get("quasi_identifiers")
    columns = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    dataset = given.get("dataset_name", given.get("input_dataset"))
    return _Facts(
        name=operation["name"],
        dataset=dataset if isinstance(dataset, str) else None,
        quasi_identifiers=columns,
    )


def _inside(side: Mapping[str, Any] | None, *path: str) -> Mapping[str, Any]:
    """Return the object at a path; an empty one if there is none."""
    found: Any = side or {}
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _number(side: Mapping[str, Any] | None, path: tuple[str, ...], unit: Unit) -> float | None:
    """Return a measure; None if there is none, or it is no possible value of one."""
    value: Any = _inside(side, *path[:-1]).get(path[-1])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= (1 if unit == "share" else _MOST):
        return None
    return value if unit != "count" or value == int(value) else None
