"""The graph of dataset versions, operations, runs and columns, and questions about it.

`ask` turns the names a person types into the graph that answers: `names` resolves them, a
question finds the reached keys in `search`, and `node_graph` or `column_naming` names them. Every
answer is a `networkx.DiGraph`, the exchange type, not the engine. What draws is in
`projections.graph_formats`.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from projections.catalog.file_states import file_state as file_state
    from projections.dependency_graph.asking import Asked as Asked
    from projections.dependency_graph.asking import Question as Question
    from projections.dependency_graph.asking import ask as ask
    from projections.dependency_graph.asking import ask_impact as ask_impact
    from projections.dependency_graph.columns import column_graph as column_graph
    from projections.dependency_graph.columns import column_path as column_path
    from projections.dependency_graph.columns import columns_between as columns_between
    from projections.dependency_graph.exposure import Exposure as Exposure
    from projections.dependency_graph.impacts import impact as impact
    from projections.dependency_graph.lineage_graph import LineageGraph as LineageGraph
    from projections.dependency_graph.names import Found as Found
    from projections.dependency_graph.names import find as find
    from projections.dependency_graph.names import find_columns as find_columns
    from projections.dependency_graph.picture.disk import mark_missing as mark_missing
    from projections.dependency_graph.questions import Selection as Selection
    from projections.dependency_graph.questions import between as between
    from projections.dependency_graph.questions import dependency_graph as dependency_graph
    from projections.dependency_graph.questions import shortest_path as shortest_path
    from projections.dependency_graph.search import Direction as Direction
    from projections.dependency_graph.surroundings import Around as Around
    from projections.dependency_graph.surroundings import neighbourhood as neighbourhood
    from projections.dependency_graph.undeclared import Reply as Reply

__getattr__, __dir__ = Facade(__name__, __file__).hooks
