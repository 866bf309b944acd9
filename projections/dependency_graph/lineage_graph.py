"""The graph that answers a question: one of networkx that a notebook draws."""

from __future__ import annotations

from html import escape
from typing import Final

import networkx as nx

from lineage.kernel.digest import sha256_bytes

DRAWN_NODES: Final = 200
"""Nodes that a notebook draws."""


class LineageGraph(nx.DiGraph):  # type: ignore[misc]  # networkx has no types
    """A directed graph of datasets, operations and runs, or of columns, from source to result."""

    def _repr_html_(self) -> str:
        """Return a picture; of a large graph only its size and the remedy."""
        from projections.graph_formats import labels, svg  # noqa: PLC0415  # start-up time

        if self.number_of_nodes() > DRAWN_NODES:
            size = escape(f"{labels.title_of(self)}: {labels.summary_of(self)}")
            return f"<p>{size}. Too large to draw; ask for at most {DRAWN_NODES} nodes.</p>"
        # several pictures on a page need ids of their own
        ids = f"lineage-{sha256_bytes(svg.picture(self).encode())[:8]}-"
        return f'<div style="overflow-x:auto">{svg.picture(self, ids=ids)}</div>'
