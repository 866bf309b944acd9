"""The verdict on a column is that of all paths to it, whatever the graph looks like."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from privacy_graphs import (
    FILES,
    NAMES,
    TAGGED,
    ByAllWays,
    Column,
    History,
    Told,
    histories,
)

from projections.dependency_graph.exposure import EFFECTS, LEVELS, Step
from projections.dependency_graph.privacy_flow.roles import Classification
from projections.dependency_graph.privacy_flow.verdicts import Flow, Judged

COLUMNS = [Column(file, place) for file in range(FILES) for place in range(len(NAMES))]
KEYS = {column: key for key, column in enumerate(COLUMNS)}


def flow_of(history: History) -> Flow:
    """The steps of a history, each from result to source."""
    steps = {
        is_assumed: [
            Step(KEYS[edge.target], KEYS[edge.source], LEVELS[edge.effect], edge.is_direct)
            for edge in history.edges
            if edge.is_assumed is is_assumed
        ]
        for is_assumed in (False, True)
    }
    origins = {KEYS[column]: history.origin(column) for column in COLUMNS}
    said = {KEYS[column]: history.said_of(column) for column in COLUMNS}
    return Flow(
        steps[False],
        steps[True],
        ends={key for key, origin in origins.items() if origin == "undeclared"},
        generated={key for key, origin in origins.items() if origin == "generated"},
        seen={KEYS[column] for column in COLUMNS if column.file in history.seen},
        classified={
            key: Classification(tags=("t",)) if word == TAGGED else Classification(role=word)
            for key, word in said.items()
            if word is not None
        },
    )


def told(column: Column, judged: Judged) -> Told:
    """What was said of a column, as it is expected."""
    return Told(
        verdict=judged.verdict,
        role=judged.inherited.role,
        exposure=None if judged.exposure is None else judged.exposure.word,
        lacks_role=judged.has_no_role,
        sources={
            COLUMNS[one.key]: (
                "" if one.key == KEYS[column] else EFFECTS[max(levels_of(one.attained))],
                bool(one.attained.direct),
                one.is_known,
            )
            for one in judged.sources
        },
    )


def levels_of(attained: Any) -> Any:
    """The levels of direct paths, of the others if there are none."""
    return attained.direct or attained.indirect


@settings(max_examples=200)
@given(histories)
def test_verdict_is_that_of_all_paths(history: History) -> None:
    """Propagating levels from column to column misses no path and invents none."""
    flow = flow_of(history)

    for column in COLUMNS:
        assert told(column, flow.judge(KEYS[column])) == ByAllWays(history, column).told()
