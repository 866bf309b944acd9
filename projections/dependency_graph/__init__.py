"""The graph of dataset versions, operations, runs and columns, and questions about it.

`ask` goes from the names a person types to the graph that answers: `names` finds what they mean,
a question finds keys in `edges` (what is reached) and gives them names in `node_graph` or
`column_graph`. Every answer is a `networkx.DiGraph`, which is the type of exchange, not the
engine. Nothing here draws, see `projections.graph_formats`.
"""

from projections.dependency_graph.ask import Asked, Question, ask, ask_impact
from projections.dependency_graph.columns import column_graph, column_path, columns_between
from projections.dependency_graph.disk import file_state, mark_missing
from projections.dependency_graph.edges import Direction
from projections.dependency_graph.exposure import Exposure
from projections.dependency_graph.impact import impact
from projections.dependency_graph.names import Found, find, find_columns
from projections.dependency_graph.questions import (
    Selection,
    between,
    dependency_graph,
    shortest_path,
)

__all__ = [
    "Asked",
    "Direction",
    "Exposure",
    "Found",
    "Question",
    "Selection",
    "ask",
    "ask_impact",
    "between",
    "column_graph",
    "column_path",
    "columns_between",
    "dependency_graph",
    "file_state",
    "find",
    "find_columns",
    "impact",
    "mark_missing",
    "shortest_path",
]
