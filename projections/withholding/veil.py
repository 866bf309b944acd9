"""Put what is withheld in the place of values: in rows of a catalog, and in events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from lineage import events
from lineage.kernel.packages.statements import statements
from lineage.kernel.roles import ColumnRole
from lineage.ledger.envelope import RecordedEvent
from projections.catalog.catalog import Catalog
from projections.withholding import rules
from projections.withholding.rules import Known
from projections.withholding.words import BUNDLED

Row = dict[str, Any]
Datasets = Mapping[str, Any]
"""What is declared of each dataset, as in the project's `datasets:`."""

_SQL: Final = statements(__name__)
_WHOLE: Final = (
    *("payload", "record", "imported_record", "summary", "context", "disjoint_part"),
    *("partition", "query", "last_message", "last_error_message"),
)
"""What is withheld altogether: values, records of other programs, SQL."""

_OURS: Final = frozenset({"skipped", "interrupted", "refused"})
"""States whose message the product words, if there is no error."""

_REFUSED_PATH: Final = "path refused"


class Veil:
    """Withholds what nobody asked for, in one answer. Not safe for many threads at once.

    Args:
        catalog: What the answer is made of; it is asked for names, and not changed. None if all
            events of a run come by `note`.
        declared: Returns what is declared of each dataset, once for each place that says it; a
            column is open if all of them say so.
    """

    def __init__(self, catalog: Catalog | None, declared: Callable[[], Iterable[Datasets]]) -> None:
        self._catalog = catalog
        self._declared = declared
        self._of_runs: dict[str, Known] = {}
        self._classes: dict[str, dict[int, str | None]] = {}
        self._messages: dict[str, Any] = {}

    def apart(self) -> Veil:
        """Return one that learns from events only, and does not need the catalog."""
        known = self._known
        made = Veil(None, tuple)
        made._known = known
        return made

    @cached_property
    def _known(self) -> Known:
        return _known(self._declared())

    def row(self, row: Row) -> Row:
        """Return a row of a catalog with what may be shown of it."""
        if _INTERESTING.isdisjoint(row):
            return row
        shown = dict(row)
        for key in _WHOLE:
            if key in row:
                shown[key] = rules.withheld(row[key])
        if isinstance(row.get("state"), dict | list):
            shown["state"] = rules.withheld(row["state"])  # of a checkpoint; others are words
        self._objects(shown, row.get("run_id"))
        self._metric(shown)
        if "message" in row:
            shown["message"] = self._message(row)
        if "traceback" in row:
            shown["traceback"] = rules.traceback(row["traceback"])
        return shown

    def event(self, recorded: RecordedEvent) -> Row:
        """Return the payload of an event with what may be shown of it."""
        event = recorded.event
        payload = event.model_dump(mode="json")
        self.note(recorded)
        kind = {"level": "warning"} if isinstance(event, events.WarningRaised) else {}
        if isinstance(event, events.RunRefused):
            kind = {"status": "refused"}
        row = self.row({**payload, **kind, "run_id": recorded.run})
        if isinstance(event, events.RunAnnotated):
            row["changes"] = rules.said_of_run(payload["changes"], self._of_run(recorded.run))
        if isinstance(payload.get("error"), dict):
            row["error"] = self.row(payload["error"])
        return {key: row[key] for key in payload}

    def note(self, recorded: RecordedEvent) -> None:
        """Learn from an event what later ones need: names, classes, why a run failed."""
        event, run_id = recorded.event, recorded.run
        if run_id is None:
            return
        match event:
            case events.OperationStarted():
                self._classes_of(run_id)[event.operation] = event.class_name
            case events.DatasetRead() | events.ArtifactWritten():
                names = {event.uri, *event.columns, getattr(event, "name", event.uri)}
                known = self._of_run(run_id)
                self._of_runs[run_id] = replace(
                    known, names=known.names | names, columns=known.columns | {*event.columns}
                )
            case events.RunFailed():
                error = self.row(event.error.model_dump(mode="json"))
                self._messages[run_id] = error["message"]
            case events.RunInterrupted():
                self._messages[run_id] = event.detail
            case events.RunRefused():
                self._messages[run_id] = event.message

    def message_of(self, run_id: str, text: str) -> Any:
        """Return why a run ended, as `note` found it."""
        return self._messages.get(run_id) or rules.withheld(text)

    def _objects(self, row: Row, run_id: str | None) -> None:
        for key, rule in _OBJECTS.items():
            if row.get(key) is not None:
                row[key] = rule(row[key], self._of_run(run_id))

    def _metric(self, row: Row) -> None:
        run_id = row.get("run_id")
        if "metric" in row and "category" in row:
            class_name = self._class_name(row)
            row |= rules.single_metric(row, self._of_run(run_id), class_name)
        elif "value" in row and row["value"] is not None:
            name = str(row.get("name") or row.get("key") or "")
            row["value"] = rules.metric(
                name, row["value"], self._of_run(run_id), self._class_name(row)
            )

    def _message(self, row: Row) -> Any:
        details = row.get("details")
        error_type = row.get("error_type")
        if error_type is None and isinstance(details, dict):
            error_type = details.get("error_type") if row.get("level") == "error" else None
        is_ours = (
            row.get("status") in _OURS
            or (row.get("operation") is None and row.get("name") == _REFUSED_PATH)
            or (self._class_name(row) or "").startswith(BUNDLED)
        )
        return rules.message(row["message"], error_type=error_type, is_ours=is_ours)

    def _class_name(self, row: Row) -> str | None:
        """Return the class of the operation that a row is about; None if a program said it."""
        if row.get("class_name") is not None:
            return str(row["class_name"])
        run_id, operation = row.get("run_id"), row.get("operation")
        if run_id is None or operation is None:
            return None
        return self._classes_of(run_id).get(operation)

    def _classes_of(self, run_id: str) -> dict[int, str | None]:
        if run_id not in self._classes:
            found = self._rows(_SQL["classes"], run_id)
            self._classes[run_id] = {row["operation"]: row["class_name"] for row in found}
        return self._classes[run_id]

    def _rows(self, sql: str, run_id: str) -> list[Row]:
        return [] if self._catalog is None else self._catalog.sql(sql, {"run": run_id}).rows()

    def _of_run(self, run_id: str | None) -> Known:
        if run_id is None:
            return self._known
        if run_id not in self._of_runs:
            found = self._rows(_SQL["names"], run_id)
            columns = {row["name"] for row in found if row["is_column"]}
            self._of_runs[run_id] = Known(
                names=self._known.names | {row["name"] for row in found},
                columns=self._known.columns | columns,
                open_columns=self._known.open_columns,
            )
        return self._of_runs[run_id]


_OBJECTS: Final[Mapping[str, Callable[[Any, Known], Any]]] = {
    "parameters": rules.parameters,
    "configuration": rules.parameters,
    "details": rules.parameters,
    "metadata": rules.parameters,
    "annotations": rules.said_of_run,
}
"""What is shown in part: key to the rule."""

_INTERESTING: Final = frozenset(
    {*_WHOLE, *_OBJECTS, "state", "metric", "value", "message", "traceback", "error"}
)


def _role(said: Any) -> str | None:
    """Return the role that is declared of a column, shortly or with more; None for none."""
    if not isinstance(said, dict):
        return str(said)
    return None if said.get("special_category") else said.get("role")


def _known(declared: Iterable[Datasets]) -> Known:
    names: set[str] = set()
    roles: dict[str, set[str | None]] = {}
    for datasets in declared:
        for name, one in datasets.items():
            names |= {name, *filter(None, [one.get("path")])}
            for column, said in (one.get("columns") or {}).items():
                roles.setdefault(column, set()).add(_role(said))
    is_open = {column for column, said in roles.items() if said == {ColumnRole.NON_SENSITIVE}}
    return Known(
        names=frozenset(names | roles.keys()),
        columns=frozenset(roles),
        open_columns=frozenset(is_open),
    )
