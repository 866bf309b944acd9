"""Find the events that are about what a person names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lineage.kernel.errors import DatasetNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.names import find

Kind = Literal["event", "run", "task", "file", "stream"]

_POSITION: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_SQL: Final = statements(__name__)
_OF_KIND: Final = {"run": "of_run", "task": "of_task"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The events about something.

    Attributes:
        kind: What it is.
        label: What it is called.
        positions: Positions of the events, in order; at least one.
    """

    kind: Kind
    label: str
    positions: tuple[int, ...]


def records_of(catalog: Catalog, name: str) -> Records:
    """Return the events that are about what a name means.

    Args:
        catalog: The history.
        name: The position of an event; the name of a stream ("release:..."); a run, a task or a
            file as `find` takes them. Of a file, the newest version is meant.

    Raises:
        DatasetNotFoundError: The name is unknown or ambiguous, or means something else.
    """
    if _POSITION.fullmatch(name) and 0 < int(name) <= catalog.position:
        return Records(kind="event", label=f"event {int(name)}", positions=(int(name),))
    positions = _positions(catalog, "of_stream", {"name": name})
    if positions:
        return Records(kind="stream", label=name, positions=positions)
    found = find(catalog, name)
    if found.kind == "file":
        uri, sha256 = ids.parse_dataset(found.nodes[0])
        positions = _positions(catalog, "of_file", {"uri": uri, "sha256": sha256})
        return Records(kind="file", label=uri, positions=positions)
    if found.kind not in {"run", "task"}:
        raise DatasetNotFoundError(
            f"{name!r}",
            problem=f"it is an {found.kind}",
            expected="the position of an event, a run, a task or a file",
        )
    positions = _positions(catalog, _OF_KIND[found.kind], {"name": found.label})
    kind: Kind = "run" if found.kind == "run" else "task"
    return Records(kind=kind, label=found.label, positions=positions)


def _positions(catalog: Catalog, query: str, values: Mapping[str, object]) -> tuple[int, ...]:
    return tuple(row["position"] for row in catalog.rows(_SQL[query], dict(values)))
