"""How much of the privacy budget of each source has been spent, along the graph.

Spendings on the same rows add up (sequential composition). Spendings on different parts of one
split do not meet: each row is in one part, so the greatest of them counts (parallel composition).
That holds if nobody is in two parts, whatever the values are: a person with several rows has to be
kept together, and a stratified split does not count. A spending whose rows come from several parts
adds to all.

Source: Dwork, Roth: The Algorithmic Foundations of Differential Privacy, 2014, theorem 3.16
(basic composition); McSherry: Privacy Integrated Queries, SIGMOD 2009, theorem 4 (parallel).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog

_SQL: Final = statements(__name__)
_GIVEN: Final = -1
"""The split of rows that an operation itself says are a disjoint part."""

Parts = Mapping[int, frozenset[str]]
"""Position of a split to the parts of it that a spending's rows come from."""


class Loss(NamedTuple):
    """A privacy loss; losses add up."""

    epsilon: float
    delta: float


def build_privacy_budget(catalog: Catalog, *, without_run: str | None = None) -> dict[str, Any]:
    """Return what was spent of the budget of each source.

    Args:
        catalog: The catalog to ask.
        without_run: A run whose spendings are left out; None for none.

    Returns:
        `sources`: sorted by uri, each with uri, epsilon and delta (the loss of a person in it by
        everything on record), and spendings: position, recorded_at (ISO 8601), run_id, task_id,
        operation, source_uri, mechanism, epsilon, delta, unit, and parts, the parts of splits
        that its rows come from.
    """
    spendings = {
        row["position"]: row
        for row in catalog.rows(_SQL["spendings"])
        if without_run is None or row["run_id"] != without_run
    }
    upstream = [row for row in catalog.rows(_SQL["upstream"]) if row["spending"] in spendings]
    parts = _parts(upstream, spendings)
    by_source: dict[str, list[int]] = defaultdict(list)
    for row in upstream:
        if row["split"] is None:
            by_source[row["uri"]].append(row["spending"])
    return {
        "sources": [
            _source(uri, [spendings[position] for position in found], parts)
            for uri, found in sorted(by_source.items())
        ]
    }


def origins(catalog: Catalog, uri: str) -> list[str]:
    """Return the files from which the latest version of a file comes; itself if none is known."""
    return [row["uri"] for row in catalog.rows(_SQL["origins"], {"uri": uri})] or [uri]


def composed(spendings: Sequence[tuple[Loss, Parts]]) -> Loss:
    """Return the loss of a person by several spendings on one source.

    Args:
        spendings: Loss and parts of each.
    """
    splits = sorted({split for _, parts in spendings for split in parts})
    for split in splits:
        inside: dict[str, list[tuple[Loss, Parts]]] = defaultdict(list)
        around: list[Loss] = []
        for loss, parts in spendings:
            found = parts.get(split, frozenset())
            if len(found) == 1:
                rest = {other: names for other, names in parts.items() if other != split}
                inside[next(iter(found))].append((loss, rest))
            else:
                around.append(loss)
        if len(inside) > 1:
            return _sum([*around, _greatest([composed(part) for part in inside.values()])])
    return _sum([loss for loss, _ in spendings])


def _parts(
    upstream: Sequence[Mapping[str, Any]], spendings: Mapping[int, Mapping[str, Any]]
) -> dict[int, Parts]:
    found: dict[int, dict[int, frozenset[str]]] = {position: {} for position in spendings}
    for row in upstream:
        if row["split"] is not None:
            of_split = found[row["spending"]].get(row["split"], frozenset())
            found[row["spending"]][row["split"]] = of_split | {row["uri"]}
    for position, spending in spendings.items():
        if spending["disjoint_part"] is not None:
            found[position][_GIVEN] = frozenset({spending["disjoint_part"]})
    return dict(found)


def _source(
    uri: str, spendings: Sequence[Mapping[str, Any]], parts: Mapping[int, Parts]
) -> dict[str, Any]:
    loss = composed(
        [(Loss(one["epsilon"], one["delta"]), parts[one["position"]]) for one in spendings]
    )
    return {
        "uri": uri,
        "epsilon": loss.epsilon,
        "delta": loss.delta,
        "spendings": [_spending(one, parts[one["position"]]) for one in spendings],
    }


def _spending(row: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    shown = {k: v for k, v in row.items() if k not in {"source_sha256", "disjoint_part", "actor"}}
    names = sorted(name for found in parts.values() for name in found)
    return {**shown, "recorded_at": row["recorded_at"].isoformat(), "parts": names}


def _sum(losses: Sequence[Loss]) -> Loss:
    return Loss(sum(loss.epsilon for loss in losses), sum(loss.delta for loss in losses))


def _greatest(losses: Sequence[Loss]) -> Loss:
    return Loss(max(loss.epsilon for loss in losses), max(loss.delta for loss in losses))
