"""What was another one for each operation of a run than in an earlier run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.changes import changes_of, leaves, matched
from projections.documents.reuse import rows_behind

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_step_changes(catalog: Catalog, earlier: str, run_id: str) -> Document:
    """Return which code, seed, parameters and inputs of a run's operations are other than before.

    Operations are matched by order and name. Those that reused a result are left out.

    Args:
        catalog: The catalog to query.
        earlier: Id of the run to compare with.
        run_id: Id of the run.

    Returns:
        A document with run_id, earlier and steps. Each step has operation (its number), name,
        is_new (whether the earlier run has no such operation) and changes: a list of
        `projections.documents.changes.change`, whose `what` is code, seed, "parameter NAME" or
        "input NAME". The values of an input are its path and digest.
    """
    before, now = (_operations(catalog, run) for run in (earlier, run_id))
    pairs, added, _ = matched(before, now)
    partners = {one["operation"]: other for other, one in pairs}
    return {
        "run_id": run_id,
        "earlier": earlier,
        "steps": [
            {
                "operation": one["operation"],
                "name": one["name"],
                "is_new": one in added,
                "changes": [*_changes(partners.get(one["operation"]), one)],
            }
            for one in now
            if not one["is_reused"]
        ],
    }


def _operations(catalog: Catalog, run_id: str) -> list[Document]:
    inputs: dict[int | None, Document] = {}
    for row in rows_behind(catalog, "inputs", run_id):
        version = {"uri": row["uri"], "sha256": row["sha256"]}
        inputs.setdefault(row["operation"], {})[row["name"]] = version
    return [
        row | {"inputs": inputs.get(row["operation"], {})}
        for row in catalog.rows(_SQL["operations"], [run_id])
    ]


def _changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Iterator[Document]:
    if before is not None:
        yield from changes_of(_told(before), _told(now))


def _told(operation: Mapping[str, Any]) -> Document:
    given = {f"parameter {name}": value for name, value in leaves(operation["parameters"] or {})}
    read = {f"input {name}": version for name, version in operation["inputs"].items()}
    seed = {} if "parameter seed" in given else {"seed": operation["seed"]}
    return {"code": operation["code_version"], **seed, **given, **read}
