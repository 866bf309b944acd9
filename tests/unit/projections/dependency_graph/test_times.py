"""Since when the nodes and edges of a graph are there, by both clocks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from projection_scenarios import (
    START,
    Step,
    append,
    folded,
    of_run,
    operation,
    read,
    started,
    wrote,
)

from lineage.events import RunImported
from lineage.kernel.clock import SteppingClock
from lineage.ledger import Ledger
from projections import Projector
from projections.dependency_graph import Selection, dependency_graph
from projections.graph_formats import folding, since


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Runs that read and wrote some of a few files, one of them outside of operations."""
    names = st.sampled_from("abcd")
    steps = []
    for number in range(draw(st.integers(1, 4))):
        by = draw(st.sampled_from([1, None]))
        files = [read(draw(names), "x", by=by) for _ in range(draw(st.integers(0, 2)))]
        files += [wrote(draw(names), "x", by=by) for _ in range(draw(st.integers(0, 2)))]
        task = f"t_{number % 2}"
        steps.append(of_run(started(), operation(1), *files, run=f"r{number}", task=task))
    return steps


@settings(max_examples=8, deadline=None)
@given(steps=histories(), data=st.data())
def test_past_has_exactly_what_had_come_to_be(steps: list[Step], data: st.DataObject) -> None:
    """The graph as of a position has the nodes and edges of the whole whose position is not later.

    Folded, the boxes and ways are those of which anything had come to be.
    """
    with Ledger("memory://", clock=SteppingClock(), actor="tester@host") as ledger:
        head = append(ledger, *steps)
        position = data.draw(st.integers(0, head))
        projector = Projector(ledger, Path("unused.duckdb"))
        with projector.as_of(head) as now, projector.as_of(position) as then:
            whole, past = dependency_graph(now), dependency_graph(then)

    assert _by(whole, position) == _by(past, head)
    kept = {*folding.boxes_of(whole).values()}
    boxes = folding.folded(whole, kept).nodes(data=True)
    assert {*folding.folded(past, kept)} == {box for box, one in boxes if _is_by(one, position)}
    for _, one in whole.nodes(data=True):
        moment = since.since(one)
        assert moment is not None
        assert moment.recorded_us == moment.happened_us


def _is_by(data: dict[str, int], position: int) -> bool:
    return data["position"] <= position


def _by(graph: nx.DiGraph, position: int) -> tuple[set[str], set[tuple[str, str]]]:
    nodes = {node for node, data in graph.nodes(data=True) if _is_by(data, position)}
    return nodes, {(a, b) for a, b, data in graph.edges(data=True) if _is_by(data, position)}


def test_imported_run_happened_before_it_was_recorded() -> None:
    """Its files are as old as its record says by one clock, as old as its import by the other."""
    record = {
        "task_id": "t_old",
        "input_files": [{"name": "in", "path": "in.csv"}],
        "output_files": [{"name": "out", "path": "out.csv"}],
    }
    imported = RunImported(
        occurred_at=datetime.fromisoformat("2025-06-01T10:00:00+00:00"),
        is_success=True,
        record=record,
        source="log.json",
    )
    with folded(of_run(imported, run="old", task="t_old")) as history:
        graph = dependency_graph(history.catalog, Selection())

    assert len(graph) > 1
    for _, data in graph.nodes(data=True):
        assert data["happened_at"] == "2025-06-01T10:00:00+00:00"
        assert data["recorded_at"] == START.isoformat()
