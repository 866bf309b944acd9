"""The ids of graph nodes, and their keys in the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lineage.kernel.errors import DatasetNotFoundError
from projections.catalog import Catalog

UNKNOWN: Final = "unknown"
"""Replaces the digest of a file that could not be read."""

_DATASET: Final = re.compile(r"(?P<uri>.*)@(?P<digest>[0-9a-f]{64}|unknown)", re.DOTALL)
_OPERATION: Final = re.compile(r"(?P<run>.*)#(?P<number>\d{1,18})", re.DOTALL)
_COLUMN: Final = re.compile(
    r"(?P<uri>.*?)@(?P<digest>[0-9a-f]{64}|unknown):(?P<column>.*)", re.DOTALL
)


def kind_of(node: str) -> str:
    """Return the kind of a node: dataset, operation or run."""
    if _DATASET.fullmatch(node):
        return "dataset"
    return "operation" if _OPERATION.fullmatch(node) else "run"


def is_column(node: str) -> bool:
    """Tell whether a node is a column of a dataset version."""
    return _DATASET.fullmatch(node) is None and _COLUMN.fullmatch(node) is not None


def keys_of(catalog: Catalog, nodes: Iterable[str]) -> dict[int, str]:
    """Return datasets, operations and runs by their keys."""
    datasets: dict[str, tuple[str, str | None]] = {}
    steps: dict[str, tuple[str, int | None]] = {}
    for node in nodes:
        if _DATASET.fullmatch(node):
            datasets[node] = parse_dataset(node)
        else:
            step = _OPERATION.fullmatch(node)
            steps[node] = (step["run"], int(step["number"])) if step else (node, None)
    by_content = _hashes(catalog, ("varchar", "varchar"), datasets)
    return by_content | _hashes(catalog, ("varchar", "bigint"), steps)


def column_keys_of(catalog: Catalog, columns: Iterable[str]) -> dict[int, str]:
    """Return columns ("uri@sha256:column") by their keys."""
    parts = {column: parse_column(column) for column in columns}
    return _hashes(catalog, ("varchar",) * 3, parts)


def dataset_id(uri: str, sha256: str | None) -> str:
    """Return the id of a dataset version."""
    return f"{uri}@{sha256 or UNKNOWN}"


def step_id(run_id: str, operation: int | None) -> str:
    """Return the id of an operation, or of a run as a whole."""
    return run_id if operation is None else f"{run_id}#{operation}"


def parse_dataset(node: str) -> tuple[str, str | None]:
    """Return file and digest of a dataset version ("uri@sha256")."""
    uri, _, digest = node.rpartition("@")
    return uri, _digest(digest)


def parse_column(column: str) -> tuple[str, str | None, str]:
    """Return file, digest and name of a column ("uri@sha256:column").

    Raises:
        DatasetNotFoundError: The text has a different form.
    """
    found = _COLUMN.fullmatch(column)
    if found is None:
        raise DatasetNotFoundError(f"column {column!r}", expected="the form uri@sha256:column")
    return found["uri"], _digest(found["digest"]), found["column"]


def run_of(node: str) -> str:
    """Return the run of an operation or run."""
    found = _OPERATION.fullmatch(node)
    return found["run"] if found else node


def column_id(uri: str, sha256: str | None, column: str) -> str:
    """Return the id of a column of a dataset version."""
    return f"{dataset_id(uri, sha256)}:{column}"


def _digest(text: str) -> str | None:
    return None if text == UNKNOWN else text


def _hashes(
    catalog: Catalog, types: Sequence[str], parts: Mapping[str, tuple[object, ...]]
) -> dict[int, str]:
    """Return names by the keys that the folds compute of their parts, see `projections/sql`."""
    if not parts:
        return {}
    values = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    rows = catalog.rows(
        f"select hash({values}) as key",  # types are constants of this module
        [list(column) for column in zip(*parts.values(), strict=True)],
    )
    return {row["key"]: node for row, node in zip(rows, parts, strict=True)}
