"""The differences between runs: inputs, processing and outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.changes import change, changes_of, is_other, leaves, matched

Document = dict[str, Any]
_Values = Mapping[str, Any]

PARTS: Final = (
    "outcome",
    "seed",
    "code",
    "configuration",
    "inputs",
    "environment",
    "operations",
    "metrics",
    "outputs",
)
"""What is compared, in order. Durations are shown, but do not count as differences."""

_SHOWN: Final = (
    "run_id",
    "task_id",
    "status",
    "started_at",
    "duration_s",
    "peak_memory_mb",
    "actor",
    "is_imported",
)
_SQL: Final = statements(__name__)
_PARTS: Final = {
    "runs": _SQL["runs"],
    "inputs": _SQL["inputs"],
    "operations": _SQL["operations"],
    "metrics": _SQL["metrics"],
    "outputs": _SQL["outputs"],
}
"""What is loaded of each run."""


def build_run_diff(catalog: Catalog, left: str, right: str) -> Document:
    """Compare two runs.

    Operations are matched by order and name, inputs by their name, outputs by their path, or by
    file name where the paths differ.

    Args:
        catalog: The catalog to query.
        left: Id of one run, usually the earlier one.
        right: Id of the other run.

    Returns:
        `left` and `right` (the runs), `notes` (texts about the comparison), `differs`, a list of
        changes for each of `PARTS`, and `durations`. A change has `what`, `change` (changed;
        added: only right has it; removed: only left has it; unknown: no digest to compare),
        `left`, `right`, and for two numbers `difference`.
        `durations` has the same keys for the run and each operation that both have, in seconds.

    Raises:
        RunNotFoundError: There is no such run.
    """
    one, other = _load(catalog, [left, right])
    pairs, added, removed = matched(one["operations"], other["operations"])
    parts = {
        name: [*changes_of(one[name], other[name])]
        for name in PARTS
        if name not in {"operations", "metrics", "outputs"}
    }
    parts["operations"] = [*_operation_changes(pairs, added, removed)]
    labels = {id(b): _label(a) for a, b in pairs}
    parts["metrics"] = [*changes_of(_metrics(one, {}), _metrics(other, labels))]
    other["outputs"] = _at_same_paths(other["outputs"], one["outputs"])
    parts["outputs"] = [*changes_of(one["outputs"], other["outputs"])]
    for name in ("inputs", "outputs"):
        parts[name] += _unknown(one[name], other[name])
    return {
        "left": one["run"],
        "right": other["run"],
        "notes": [*_notes(one["run"], other["run"])],
        "differs": any(parts.values()),
        **{name: parts[name] for name in PARTS},
        "durations": [*_durations(one["run"], other["run"], pairs)],
    }


def build_run_comparison(catalog: Catalog, run_ids: Sequence[str]) -> Document:
    """Compare any number of runs.

    Operations are matched by name and number, inputs by their name, outputs by their path, or by
    file name where the paths differ from those of the first run.

    Args:
        catalog: The catalog to query.
        run_ids: Ids of the runs, in the order of the answer.

    Returns:
        `runs` (as in `build_run_diff`), `notes` (texts about the comparison), `differs`, and for
        each of `PARTS` a list of what is not the same in all runs: `what` and `values`, one for
        each run, None where a run does not have it.

    Raises:
        RunNotFoundError: There is no such run.
    """
    sides = _load(catalog, run_ids)
    parts = {
        part: [*_unequal([_flat(side, part, sides[0]) for side in sides])] if sides else []
        for part in PARTS
    }
    tasks = sorted({side["run"]["task_id"] for side in sides})
    notes = [f"the runs belong to different tasks: {', '.join(tasks)}"] if len(tasks) > 1 else []
    return {
        "runs": [side["run"] for side in sides],
        "notes": notes + [note for side in sides for note in _notes_on(side["run"])],
        "differs": any(parts.values()),
        **parts,
    }


def _flat(side: Document, part: str, first: Document) -> Document:
    """Return a part of a run as values by name."""
    match part:
        case "operations":
            labelled = [(_label(one), _of_operation(one)) for one in side["operations"]]
            return {f"{label}: {key}": value for label, of in labelled for key, value in of.items()}
        case "metrics":
            return _metrics(side, {})
        case "outputs":
            return _at_same_paths(side["outputs"], first["outputs"])
    values: Document = side[part]
    return values


def _unequal(sides: Sequence[Document]) -> Iterator[Document]:
    for what in dict.fromkeys(key for side in sides for key in side):
        values = [side.get(what) for side in sides]
        is_everywhere = all(what in side for side in sides)
        if not is_everywhere or any(is_other(values[0], value) for value in values[1:]):
            yield {"what": what, "values": values}


def _load(catalog: Catalog, run_ids: Sequence[str]) -> list[Document]:
    """Return what is compared of each run, in the order of the ids."""
    wanted = {"runs": [*run_ids]}
    rows = {name: _by_run(catalog.rows(sql, wanted)) for name, sql in _PARTS.items()}
    return [
        _side(run_id, {name: found.get(run_id, []) for name, found in rows.items()})
        for run_id in run_ids
    ]


def _by_run(rows: Iterable[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(row)
    return found


def _side(run_id: str, rows: Mapping[str, list[Document]]) -> Document:
    if not rows["runs"]:
        raise RunNotFoundError(f"run {run_id!r}", problem="not recorded")
    run = rows["runs"][0]
    surroundings = run["surroundings"] | (run["packages"] or {})
    inputs: dict[str, list[Document]] = {}
    for row in rows["inputs"]:
        inputs.setdefault(row["name"], []).append(_without(row, "name"))
    return {
        "run": {key: run[key] for key in _SHOWN} | {"started_at": run["started_at"].isoformat()},
        "outcome": {key: run[key] for key in ("status", "error_type", "message")},
        "seed": {"seed": run["seed"]},
        "code": {
            key: run[key]
            for key in ("class_name", "task_version", "source_sha256", "product_version")
        },
        "configuration": dict(leaves(run["configuration"] or {})),
        "inputs": inputs,
        "environment": {key: value for key, value in surroundings.items() if value is not None},
        "operations": _numbered([_without(row) for row in rows["operations"]]),
        "metrics": rows["metrics"],
        "outputs": {row["uri"]: _without(row, "uri") for row in rows["outputs"]},
    }


def _without(row: _Values, *keys: str) -> Document:
    return {key: value for key, value in row.items() if key not in {"run_id", *keys}}


def _numbered(operations: list[Document]) -> list[Document]:
    """Number the operations of each name from 1."""
    seen: Counter[str] = Counter()
    for operation in operations:
        seen[operation["name"]] += 1
        operation["of_name"] = seen[operation["name"]]
    return operations


def _operation_changes(
    pairs: Iterable[tuple[Document, Document]], added: list[Document], removed: list[Document]
) -> Iterator[Document]:
    for one, other in pairs:
        for found in changes_of(_of_operation(one), _of_operation(other)):
            yield found | {"what": f"{_label(one)}: {found['what']}"}
    yield from (change(_label(o), "removed", _of_operation(o), None) for o in removed)
    yield from (change(_label(o), "added", None, _of_operation(o)) for o in added)


def _of_operation(operation: Document) -> Document:
    fixed = {key: operation[key] for key in ("status", "class_name", "code_version", "seed")}
    return fixed | dict(leaves({"parameters": operation["parameters"] or {}}))


def _label(operation: Document) -> str:
    number = operation["of_name"]
    return operation["name"] if number == 1 else f"{operation['name']} ({number})"


def _metrics(side: Document, labels: Mapping[int, str]) -> Document:
    """Return the metrics of a run by name; those of a matched operation under its partner's."""
    operations = {o["operation"]: labels.get(id(o), _label(o)) for o in side["operations"]}
    return {
        ".".join(
            part
            for part in (operations.get(row["operation"]), row["category"], row["metric"])
            if part is not None
        ): row["text"] if row["number"] is None else row["number"]
        for row in side["metrics"]
    }


def _at_same_paths(outputs: Document, others: Document) -> Document:
    """Return outputs by path; one without a partner takes the path of its only namesake."""
    partners = _by_file_name(uri for uri in others if uri not in outputs)
    mine = _by_file_name(uri for uri in outputs if uri not in others)
    moved = {uri: partners.get(name, uri) for name, uri in mine.items()}
    return {moved.get(uri, uri): row for uri, row in outputs.items()}


def _by_file_name(uris: Iterable[str]) -> dict[str, str]:
    """Return file name to path, without ambiguous names."""
    named = [(uri.rpartition("/")[2], uri) for uri in uris]
    counts = Counter(name for name, _ in named)
    return {name: uri for name, uri in named if counts[name] == 1}


def _unknown(left: _Values, right: _Values) -> Iterator[Document]:
    """Yield what cannot be compared because no digest is known."""
    for what in [key for key in left if key in right]:
        versions = left[what] if isinstance(left[what], list) else [left[what]]
        if left[what] == right[what] and any(v["sha256"] is None for v in versions):
            yield change(what, "unknown", left[what], right[what])


def _durations(
    left: Document, right: Document, pairs: Iterable[tuple[Document, Document]]
) -> Iterator[Document]:
    known = [("run", left, right), *((_label(a), a, b) for a, b in pairs)]
    for what, one, other in known:
        yield change(what, "changed", one["duration_s"], other["duration_s"])


def _notes(left: Document, right: Document) -> Iterator[str]:
    if left["run_id"] == right["run_id"]:
        yield "the run is compared with itself"
    if left["task_id"] != right["task_id"]:
        yield f"the runs belong to different tasks: {left['task_id']} and {right['task_id']}"
    for run in (left, right):
        yield from _notes_on(run)


def _notes_on(run: Document) -> Iterator[str]:
    if run["status"] == "running":
        yield f"run {run['run_id']} is still running; this is its present state"
    if run["is_imported"]:
        yield f"run {run['run_id']} was imported; only its record is known"
