"""The graph of dataset versions, operations, runs and columns, and questions about it.

`ask` turns the names a person types into the graph that answers: `names` resolves them, a
question finds the reached keys in `search`, and `node_graph` or `column_graph` names them. Every
answer is a `networkx.DiGraph`, the exchange type, not the engine. What draws is in
`projections.graph_formats`.
"""

from projections.catalog.file_states import file_state
from projections.dependency_graph.ask import Asked, Question, ask, ask_impact
from projections.dependency_graph.columns import column_graph, column_path, columns_between
from projections.dependency_graph.exposure import Exposure
from projections.dependency_graph.impact import impact
from projections.dependency_graph.lineage_graph import LineageGraph
from projections.dependency_graph.names import Found, find, find_columns
from projections.dependency_graph.neighbourhood import Around, neighbourhood
from projections.dependency_graph.picture.disk import mark_missing
from projections.dependency_graph.questions import (
    Selection,
    between,
    dependency_graph,
    shortest_path,
)
from projections.dependency_graph.search import Direction
from projections.dependency_graph.undeclared import Reply

__all__ = [
    "Around",
    "Asked",
    "Direction",
    "Exposure",
    "Found",
    "LineageGraph",
    "Question",
    "Reply",
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
    "neighbourhood",
    "shortest_path",
]
